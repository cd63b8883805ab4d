/// For people at a terminal: the source line with the place underlined.
///
/// ```
/// error[WB2104]: unknown upstream `biling`
///   --> routes/invoices.yaml:12:13
///    |
/// 12 |   upstream: biling
///    |             ^^^^^^ no upstream has this name
///    ::: routes/upstreams.yaml:3:3
///  3 |   billing:
///    |   ------- a similar name is declared here
/// help: write `billing`                                   (fix-it available; `waybill explain WB2104`)
/// ```
public struct TerminalRenderer: DiagnosticRenderer {
    public var color: Bool
    /// Longer source lines are shown around their labels only.
    static let lineWidth = 160
    /// The column at which what stands after the help begins.
    static let helpWidth = 56

    public init(color: Bool = false) {
        self.color = color
    }

    public func render(_ diagnostics: [Diagnostic], _ store: SourceStore) -> String {
        var cache = LineIndexCache(store)
        return diagnostics.map { render($0, store, &cache) }.joined(separator: "\n")
    }

    private func render(_ diagnostic: Diagnostic, _ store: SourceStore, _ cache: inout LineIndexCache) -> String {
        let groups = groups(of: diagnostic, &cache)
        let lastLine = groups.flatMap(\.lines).map(\.number).max() ?? 0
        let gutter = max(2, String(lastLine).count)
        let margin = String(repeating: " ", count: gutter)
        let bar = paint("|", .gutter)

        var text = paint("\(diagnostic.severity.rawValue)[\(diagnostic.code)]", .severity(diagnostic.severity))
        text += paint(": " + DisplayText.line(diagnostic.title), .title) + "\n"
        for (ordinal, group) in groups.enumerated() {
            let place = "\(DisplayText.line(store[group.file].path)):\(group.place.line):\(group.place.column)"
            text += "\(margin)\(paint(ordinal == 0 ? "-->" : " :::", .gutter)) \(place)\n"
            if ordinal == 0 { text += "\(margin) \(bar)\n" }
            var previous: Int?
            for line in group.lines {
                if let previous, line.number > previous + 1 { text += paint("...", .gutter) + "\n" }
                previous = line.number
                let number = String(line.number)
                let padding = String(repeating: " ", count: gutter - number.count)
                text += trimmed("\(padding)\(paint(number, .gutter)) \(bar) \(line.shown)") + "\n"
                for mark in line.marks {
                    let indent = String(repeating: " ", count: mark.column)
                    let sign = String(repeating: mark.isPrimary ? "^" : "-", count: mark.width)
                    let label = mark.text.isEmpty ? "" : " " + DisplayText.line(mark.text)
                    let style: Style = mark.isPrimary ? .severity(diagnostic.severity) : .secondary
                    text += "\(margin) \(bar) \(indent)\(paint(sign + label, style))\n"
                }
            }
        }
        for note in diagnostic.notes { text += paint("note", .title) + ": \(DisplayText.line(note))\n" }
        return text + helpLine(diagnostic) + "\n"
    }

    private func helpLine(_ diagnostic: Diagnostic) -> String {
        let explain = "`waybill explain \(diagnostic.code)`"
        guard let help = diagnostic.help else { return paint("help", .help) + ": \(explain) says more" }
        let shown = DisplayText.line(help)
        let padding = String(repeating: " ", count: max(3, Self.helpWidth - 6 - DisplayText.width(shown)))
        let aside = diagnostic.fixIts.isEmpty ? "(\(explain))" : "(fix-it available; \(explain))"
        return paint("help", .help) + ": \(shown)\(padding)\(paint(aside, .gutter))"
    }

    private func trimmed(_ line: String) -> String {
        var end = line.endIndex
        while end > line.startIndex, line[line.index(before: end)] == " " { end = line.index(before: end) }
        return String(line[..<end])
    }
}

// MARK: - Colour

extension TerminalRenderer {
    private enum Style {
        case title, gutter, secondary, help
        case severity(Severity)

        var code: String {
            switch self {
            case .title: "1"
            case .gutter: "2"
            case .secondary: "34"
            case .help: "1;32"
            case .severity(.error): "1;31"
            case .severity(.warning): "1;33"
            case .severity(.note): "1;36"
            }
        }
    }

    private func paint(_ text: String, _ style: Style) -> String {
        color ? "\u{1B}[\(style.code)m\(text)\u{1B}[0m" : text
    }
}

// MARK: - Layout

extension TerminalRenderer {
    private struct Mark {
        var column: Int
        var width: Int
        var text: String
        var isPrimary: Bool
    }

    private struct Line {
        var number: Int
        var shown: String
        var marks: [Mark]
    }

    private struct Group {
        var file: FileID
        var place: SourcePosition
        var lines: [Line]
    }

    /// The labels by file, the primary's file first, and by line.
    private func groups(of diagnostic: Diagnostic, _ cache: inout LineIndexCache) -> [Group] {
        var labels: [(label: Label, isPrimary: Bool)] = []
        if let primary = diagnostic.primary { labels.append((primary, true)) }
        labels += diagnostic.secondary.map { ($0, false) }
        var files: [FileID] = []
        for label in labels where !files.contains(label.label.span.file) { files.append(label.label.span.file) }

        return files.map { file in
            let index = cache.index(of: file)
            let own = labels.filter { $0.label.span.file == file }
            var byLine: [Int: [(label: Label, isPrimary: Bool)]] = [:]
            for entry in own { byLine[index.line(at: Int(entry.label.span.start)), default: []].append(entry) }
            let lines = byLine.keys.sorted().map { number in layOut(byLine[number] ?? [], number, index) }
            return Group(file: file, place: index.position(at: Int(own[0].label.span.start)), lines: lines)
        }
    }

    private func layOut(_ labels: [(label: Label, isPrimary: Bool)], _ number: Int, _ index: LineIndex) -> Line {
        let lineEnd = index.range(ofLine: number).upperBound
        var shown = DisplayText.visible(index.text(ofLine: number))
        var marks = labels.map { entry in
            let start = Int(entry.label.span.start)
            // What goes on below is underlined to the end of its first line.
            let end = min(Int(entry.label.span.end), max(lineEnd, start))
            let column = DisplayText.width(DisplayText.visible(index.prefix(of: number, to: start)))
            let after = DisplayText.width(DisplayText.visible(index.prefix(of: number, to: end)))
            return Mark(
                column: column, width: max(1, after - column), text: entry.label.text, isPrimary: entry.isPrimary)
        }
        guard DisplayText.width(shown) > Self.lineWidth else { return Line(number: number, shown: shown, marks: marks) }

        let first = marks.map(\.column).min() ?? 0
        let from = first <= Self.lineWidth / 2 ? 0 : first - Self.lineWidth / 4
        var column = 0
        var window = from > 0 ? "…" : ""
        var windowStart: Int?
        for character in shown {
            if column >= from, column < from + Self.lineWidth {
                windowStart = windowStart ?? column
                window.append(character)
            }
            column += DisplayText.width(character)
        }
        if column > from + Self.lineWidth { window += "…" }
        shown = window
        let shift = (windowStart ?? 0) - (from > 0 ? 1 : 0)
        for position in marks.indices {
            marks[position].column = min(max(0, marks[position].column - shift), Self.lineWidth)
            marks[position].width = max(1, min(marks[position].width, Self.lineWidth + 1 - marks[position].column))
        }
        return Line(number: number, shown: shown, marks: marks)
    }
}

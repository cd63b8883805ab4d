internal import Contracts
internal import Diagnostics

extension TypeListing {
    /// The listing for a terminal or a file.
    ///
    /// - Parameter color: Dims what repeats, so that the paths read as a tree.
    public func text(color: Bool = false) -> String {
        let paint = TypePaint(color: color)
        var lines: [String] = []
        let title = path + (part.map { "#\($0)" } ?? "")
        lines.append(paint.bold(title) + "  " + paint.dim(([language.rawValue] + facts).joined(separator: " · ")))
        if !partKind.isEmpty { lines += partLines(paint) }
        for section in sections {
            lines.append("")
            if !section.title.isEmpty || !section.facts.isEmpty {
                let facts = section.facts.joined(separator: " · ")
                lines.append(
                    [paint.bold(section.title), paint.dim(facts)].filter { !$0.isEmpty }.joined(separator: "  "))
            }
            lines += rowLines(section, paint)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Only the paths, one a line; a comment stands before each of several messages.
    public var paths: String {
        var lines: [String] = []
        if !partKind.isEmpty { lines += parts.map { "\(path)#\($0.name)" } }
        for section in sections {
            if sections.count > 1 { lines.append("# " + ([section.title] + section.facts).joined(separator: " · ")) }
            lines += section.rows.filter { !$0.isWildcard && !$0.path.isEmpty }.map(\.path)
        }
        return lines.map { DisplayText.line($0) + "\n" }.joined()
    }

    private func partLines(_ paint: TypePaint) -> [String] {
        guard let first = parts.first else { return ["", "it has no \(partKind)"] }
        let names = parts.map { DisplayText.line($0.name) }
        let width = min(40, names.map(DisplayText.width).max() ?? 0)
        var lines = ["", "\(parts.count) \(partKind)\(parts.count == 1 ? "" : "s")"]
        for (part, name) in zip(parts, names) {
            lines.append("  " + TypePaint.padded(name, width) + "  " + paint.dim(part.facts.joined(separator: " · ")))
        }
        lines += ["", "The fields of one: waybill types '\(DisplayText.line(path))#\(DisplayText.line(first.name))'"]
        return lines
    }

    private func rowLines(_ section: Section, _ paint: TypePaint) -> [String] {
        let cells = section.rows.map { Cells($0) }
        func width(_ most: Int, _ cell: (Cells) -> String) -> Int {
            min(most, cells.map { DisplayText.width(cell($0)) }.max() ?? 0)
        }
        let paths = width(64) { $0.path }
        let types = width(28) { $0.type }
        let needs = width(8) { $0.need }
        let bounds = width(56) { $0.bounds }
        var lines = cells.map { cell in
            let line =
                "  " + paint.path(TypePaint.padded(cell.path, paths)) + "  " + TypePaint.padded(cell.type, types) + "  "
                + paint.need(TypePaint.padded(cell.need, needs)) + "  "
                + paint.bounds(TypePaint.padded(cell.bounds, bounds)) + "  " + paint.dim(cell.place)
            return TypePaint.trimmed(line)
        }
        if section.isCut { lines.append("  … there are more: ask for fewer levels with --depth") }
        return lines
    }
}

/// The columns of a row.
private struct Cells {
    var path: String
    var type: String
    var need: String
    var bounds: String
    var place: String

    private static let longest = 72

    init(_ row: TypeRow) {
        path = row.path.isEmpty ? "(the value itself)" : DisplayText.line(row.path)
        type = row.type + (row.nullable ? " or null" : "")
        need = row.isWildcard ? "" : row.required ? "required" : "optional"
        let said = [row.bounds, row.note].filter { !$0.isEmpty }.joined(separator: "; ")
        let shown = DisplayText.line(said)
        bounds = shown.count > Self.longest ? shown.prefix(Self.longest - 1) + "…" : shown
        if let source = row.source {
            let name = source.path.split(separator: "/").last.map(String.init) ?? source.path
            place = "\(DisplayText.line(name)):\(source.line)"
        } else {
            place = ""
        }
    }
}

/// Colours, or none.
private struct TypePaint {
    var color: Bool

    func bold(_ text: String) -> String { wrapped(text, "1") }
    func dim(_ text: String) -> String { wrapped(DisplayText.line(text), "2") }
    func bounds(_ text: String) -> String { wrapped(text, "36") }
    func need(_ text: String) -> String { text.hasPrefix("optional") ? wrapped(text, "2") : text }

    /// The steps before the last are dimmed: they were named on a line above.
    func path(_ text: String) -> String {
        guard color, let dot = text.lastIndex(of: ".") else { return text }
        return wrapped(String(text[...dot]), "2") + text[text.index(after: dot)...]
    }

    private func wrapped(_ text: String, _ code: String) -> String {
        let safe = code == "1" ? DisplayText.line(text) : text
        return color && !safe.isEmpty ? "\u{1B}[\(code)m\(safe)\u{1B}[0m" : safe
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - DisplayText.width(text)))
    }

    static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line = line.dropLast() }
        return String(line)
    }
}

/// For GitHub Actions: workflow commands that annotate the lines of a pull request.
public struct GitHubRenderer: DiagnosticRenderer {
    public init() {}

    public func render(_ diagnostics: [Diagnostic], _ store: SourceStore) -> String {
        var cache = LineIndexCache(store)
        return diagnostics.map { render($0, store, &cache) }.joined()
    }

    private func render(_ diagnostic: Diagnostic, _ store: SourceStore, _ cache: inout LineIndexCache) -> String {
        let command =
            switch diagnostic.severity {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        var properties: [String] = []
        if let span = diagnostic.primary?.span {
            let index = cache.index(of: span.file)
            let start = index.position(at: Int(span.start))
            let end = index.position(at: Int(span.end))
            properties.append("file=\(Self.property(store[span.file].path))")
            properties.append("line=\(start.line)")
            // GitHub takes columns only for what lies on one line.
            if start.line == end.line {
                properties.append("endLine=\(end.line)")
                properties.append("col=\(start.column)")
                properties.append("endColumn=\(max(start.column, end.column))")
            }
        }
        properties.append("title=\(Self.property("\(diagnostic.code): \(diagnostic.title)"))")
        var text = diagnostic.primary.map(\.text) ?? ""
        if text.isEmpty { text = diagnostic.title }
        for note in diagnostic.notes { text += "\n" + note }
        for label in diagnostic.secondary {
            let position = cache.position(of: label.span)
            text += "\n\(store[label.span.file].path):\(position.line):\(position.column): \(label.text)"
        }
        if let help = diagnostic.help { text += "\nhelp: " + help }
        return "::\(command) \(properties.joined(separator: ","))::\(Self.data(text))\n"
    }

    private static func data(_ text: String) -> String {
        escape(text, also: false)
    }

    private static func property(_ text: String) -> String {
        escape(text, also: true)
    }

    /// As `@actions/core` escapes: `%`, CR and LF in data, `:` and `,` in properties too.
    private static func escape(_ text: String, also isProperty: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

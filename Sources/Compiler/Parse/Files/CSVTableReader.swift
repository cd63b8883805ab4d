import Diagnostics

/// Reads a code list from CSV (RFC 4180): two columns, `from` and `to`. Strict: every line has exactly two cells, quotes
/// stand around whole cells only. A first line `from,to` or `key,value`, or one that begins with `#`, is a header.
struct CSVTableReader {
    private let bytes: [UInt8]
    private let file: FileID
    private var index = 0

    init(_ bytes: [UInt8], file: FileID) {
        self.bytes = bytes
        self.file = file
    }

    static func read(_ bytes: [UInt8], file: FileID, into sink: inout DiagnosticSink) -> ParsedTable {
        var reader = CSVTableReader(bytes, file: file)
        return reader.read(into: &sink)
    }

    private mutating func read(into sink: inout DiagnosticSink) -> ParsedTable {
        var table = ParsedTable(span: SourceSpan(file: file, start: 0, end: bytes.count))
        guard String(validating: bytes, as: UTF8.self) != nil else {
            sink.add(.notUTF8(at: SourceSpan(file: file, start: 0, end: 0)))
            table.isPoisoned = true
            return table
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        var places: [String: SourceSpan] = [:]
        var isFirst = true
        // Empty lines at the end are nobody's mistake.
        let end = (bytes.lastIndex { $0 != 0x0A && $0 != 0x0D } ?? -1) + 1
        while index < end {
            if isFirst, bytes[index] == 0x23 {
                skipLine()
                isFirst = false
                continue
            }
            let lineStart = index
            guard let cells = line(into: &sink) else {
                table.isPoisoned = true
                isFirst = false
                continue
            }
            let span = SourceSpan(file: file, start: lineStart, end: cells.last.map { Int($0.span.end) } ?? lineStart)
            guard cells.count == 2 else {
                sink.add(.wrongColumns(cells.count, at: span))
                table.isPoisoned = true
                isFirst = false
                continue
            }
            defer { isFirst = false }
            if isFirst, Self.isHeader(cells) { continue }
            if let earlier = places[cells[0].value] {
                sink.add(.duplicateCode(cells[0], earlier: earlier))
                table.isPoisoned = true
                continue
            }
            if cells[0].value.isEmpty {
                sink.add(.emptyCode(at: span))
                table.isPoisoned = true
                continue
            }
            places[cells[0].value] = cells[0].span
            table.rows.append(Named(name: cells[0], value: cells[1]))
        }
        if table.rows.isEmpty, !table.isPoisoned {
            sink.add(.empty("no rows", key: nil, at: SourceSpan(file: file, start: 0, end: 0)))
            table.isPoisoned = true
        }
        return table
    }

    private static func isHeader(_ cells: [Located<String>]) -> Bool {
        switch (cells[0].value.lowercased(), cells[1].value.lowercased()) {
        case ("from", "to"), ("key", "value"): true
        default: false
        }
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
        index = min(index + 1, bytes.count)
    }

    /// The cells of a line; the index is behind its line end afterwards. Nil when it is malformed.
    private mutating func line(into sink: inout DiagnosticSink) -> [Located<String>]? {
        var cells: [Located<String>] = []
        while true {
            guard let cell = cell(into: &sink) else {
                skipLine()
                return nil
            }
            cells.append(cell)
            guard index < bytes.count else { return cells }
            if bytes[index] == 0x2C {
                index += 1
                continue
            }
            if bytes[index] == 0x0D { index += 1 }
            if index < bytes.count, bytes[index] == 0x0A { index += 1 }
            return cells
        }
    }

    private mutating func cell(into sink: inout DiagnosticSink) -> Located<String>? {
        let start = index
        guard index < bytes.count, bytes[index] == 0x22 else {
            while index < bytes.count, bytes[index] != 0x2C, bytes[index] != 0x0A, bytes[index] != 0x0D {
                if bytes[index] == 0x22 {
                    sink.add(.strayQuote(at: SourceSpan(file: file, start: index, end: index + 1)))
                    return nil
                }
                index += 1
            }
            return Located(
                String(decoding: bytes[start..<index], as: UTF8.self),
                at: SourceSpan(file: file, start: start, end: index))
        }
        var content: [UInt8] = []
        index += 1
        while index < bytes.count {
            if bytes[index] != 0x22 {
                content.append(bytes[index])
                index += 1
            } else if index + 1 < bytes.count, bytes[index + 1] == 0x22 {
                content.append(0x22)
                index += 2
            } else {
                index += 1
                if index < bytes.count, bytes[index] != 0x2C, bytes[index] != 0x0A, bytes[index] != 0x0D {
                    sink.add(.strayQuote(at: SourceSpan(file: file, start: index - 1, end: index)))
                    return nil
                }
                return Located(
                    String(decoding: content, as: UTF8.self), at: SourceSpan(file: file, start: start, end: index))
            }
        }
        sink.add(.openQuote(at: SourceSpan(file: file, start: start, end: start + 1)))
        return nil
    }
}

extension Diagnostic {
    fileprivate static func notUTF8(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1118", "the table is not UTF-8", at: span, "cannot be read",
            help: "save it as UTF-8; in a spreadsheet program, export it as \"CSV UTF-8\"")
    }

    fileprivate static func wrongColumns(_ count: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1118", "a row of a table has two cells, this one has \(count)", at: span,
            count < 2 ? "the second cell is missing" : "more than a code and its value",
            help: count < 2
                ? "write `code,value`; a spreadsheet program may have used `;` in place of `,`"
                : "put a cell that holds a comma in quotes: `NL,\"Netherlands, the\"`")
    }

    fileprivate static func strayQuote(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1118", "a quote stands inside of a cell", at: span, "quotes stand around a whole cell",
            help: "put the whole cell in quotes and double those inside: `\"the \"\"old\"\" code\"`")
    }

    fileprivate static func openQuote(at span: SourceSpan) -> Diagnostic {
        Diagnostic("WB1118", "a quoted cell is not closed", at: span, "begins here", help: "add the closing `\"`")
    }

    fileprivate static func emptyCode(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1118", "a row of a table has no code", at: span, "the first cell is empty",
            help: "remove the line, or write the code that is looked up")
    }

    fileprivate static func duplicateCode(_ code: Located<String>, earlier: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1119", "`\(code.value)` is in the table twice", at: code.span, "the same code again",
            secondary: [Label(earlier, "first given here")], help: "keep one of the two lines")
    }
}

import Diagnostics

/// What libyaml says when it can't go on, with byte offsets.
struct LibraryProblem {
    var message: String
    var context: String
    var offset: Int
    var contextOffset: Int?
}

/// Says in the author's terms why libyaml stopped: what it names is what it stumbled over, which is seldom what was
/// written wrongly.
struct SyntaxExplainer {
    let bytes: UnsafeBufferPointer<UInt8>
    let file: FileID
    let lastQuoted: SourceSpan?

    func explain(_ problem: LibraryProblem) -> Diagnostic {
        let offset = problem.offset
        let line = Line(bytes, at: offset)
        if let tab = tabs(line, offset, problem.message) { return tab }
        switch problem.message {
        case "found character that cannot start any token":
            return reserved(offset, line)
        case "did not find expected comment or line break":
            return blockIndicator(problem.contextOffset ?? offset)
        case "mapping values are not allowed in this context":
            return unexpectedColon(offset, line)
        case "block sequence entries are not allowed in this context":
            return unexpectedDash(offset, line)
        case "could not find expected ':'":
            return missingColon(problem.contextOffset ?? offset)
        case "found unexpected end of stream" where problem.context.contains("quoted"),
            "found unexpected document indicator":
            return openQuote(problem.contextOffset ?? offset)
        case "found unknown escape character", "did not find expected hexdecimal number",
            "found invalid Unicode character escape code":
            return unknownEscape(problem)
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            return openBracket(problem.contextOffset ?? offset, offset, line)
        case "did not find expected key", "did not find expected '-' indicator",
            "did not find expected <document start>":
            return unexpectedText(problem, line)
        case "did not find expected node content":
            return noContent(offset, line)
        case "found unexpected ':'":
            return colonInValue(offset, line)
        default:
            break
        }
        if problem.context.contains("anchor") || problem.context.contains("alias") {
            let place = token(offset: problem.contextOffset ?? offset)
            return .anchor(at: place, isAlias: problem.context.contains("alias"))
        }
        if problem.context.contains("tag") { return .tag(at: token(offset: problem.contextOffset ?? offset)) }
        if problem.context.contains("directive") {
            return Diagnostic(
                "WB1001", "the file is not valid YAML", at: rest(line.start), "YAML reads a directive in this line",
                help: "remove the line, or begin it with `#` if it is a comment")
        }
        return unknown(problem)
    }

    // MARK: - Places

    func span(_ start: Int, _ end: Int) -> SourceSpan {
        SourceSpan(file: file, start: min(start, bytes.count), end: min(max(start, end), bytes.count))
    }

    /// From `offset` to the next space, comma or bracket.
    func token(offset: Int) -> SourceSpan {
        var end = offset
        let line = Line(bytes, at: offset)
        while end < line.end, bytes[end] > 0x20 {
            if end > offset, [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[end]) { break }
            end += 1
        }
        return span(offset, end)
    }

    /// The text from `offset` to the end of its line, without a comment.
    func rest(_ offset: Int) -> SourceSpan {
        span(offset, Line(bytes, at: offset).textEnd(from: offset))
    }

    func text(_ span: SourceSpan) -> String {
        String(decoding: bytes[span.range], as: UTF8.self)
    }

    /// Whether a bracket that opens on this line is open at `offset`.
    func isInFlow(_ offset: Int, _ line: Line) -> Bool {
        line.blockPlace(of: offset) == nil
    }

    /// The value from `offset` in parentheses: FEEL reads the same, YAML leaves it alone.
    func parenthesized(_ offset: Int) -> [FixIt] {
        let line = Line(bytes, at: offset)
        var value = rest(offset)
        if isInFlow(offset, line) { value = flowValue(offset, value) }
        guard !value.isEmpty, !text(value).contains(": ") else { return [] }
        return [FixIt("put the expression in parentheses", [TextEdit(value, "(\(text(value)))")])]
    }

    /// The part of a value inside of brackets that goes to the next comma or closing bracket outside of quotes.
    private func flowValue(_ offset: Int, _ rest: SourceSpan) -> SourceSpan {
        var inQuotes = false
        for i in rest.range {
            if bytes[i] == UInt8(ascii: "\"") { inQuotes.toggle() }
            guard !inQuotes else { continue }
            if [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(bytes[i]) {
                var end = i
                while end > offset, bytes[end - 1] <= 0x20 { end -= 1 }
                return span(offset, end)
            }
        }
        return rest
    }

    // MARK: - What is left

    private func tabs(_ line: Line, _ offset: Int, _ message: String) -> Diagnostic? {
        let content = line.content
        let leading = line.start..<content
        let tab: Range<Int>
        if let first = leading.first(where: { bytes[$0] == 0x09 }) {
            var end = first
            while end < content, bytes[end] == 0x09 { end += 1 }
            tab = first..<end
        } else if message.contains("tab character") || message == "found character that cannot start any token",
            offset < bytes.count, bytes[offset] == 0x09
        {
            tab = offset..<offset + 1
        } else {
            return nil
        }
        let edits = leading.contains { bytes[$0] == 0x09 } ? leadingTabs().map { TextEdit(span($0, $0 + 1), "  ") } : []
        return Diagnostic(
            "WB1005", "tab used for indentation", at: span(tab.lowerBound, tab.upperBound), "this is a tab",
            help: "indent with spaces, two for each level",
            fixIts: edits.isEmpty ? [] : [FixIt("replace the tabs by spaces", edits)])
    }

    /// All tabs of the file that stand before the text of a line: whoever indents with tabs does so everywhere.
    private func leadingTabs() -> [Int] {
        var tabs: [Int] = []
        var isLeading = true
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A, 0x0D: isLeading = true
            case 0x20: break
            case 0x09 where isLeading: tabs.append(offset)
            default: isLeading = false
            }
        }
        return tabs
    }

    private func openQuote(_ offset: Int) -> Diagnostic {
        let line = Line(bytes, at: offset)
        return Diagnostic(
            "WB1011", "quoted text is not closed", at: span(offset, line.end),
            "this quote has no closing one", help: "write the closing quote")
    }

    private func unknownEscape(_ problem: LibraryProblem) -> Diagnostic {
        var start = problem.offset
        let context = problem.contextOffset ?? 0
        while start > context, bytes[min(start, bytes.count - 1)] != UInt8(ascii: "\\") { start -= 1 }
        let escape = span(start, start + 2)
        return Diagnostic(
            "WB1013", "unknown escape `\(text(escape))` in a quoted text", at: escape,
            "inside double quotes `\\` begins an escape",
            help: "write `\\\\` for a backslash, or use single quotes, in which nothing is escaped",
            fixIts: [
                FixIt("write the backslash twice", unknownEscapes(from: start).map { TextEdit(span($0, $0), "\\") })
            ])
    }

    /// The backslashes up to the closing quote or the end of the line that begin no escape (YAML 1.2.2 section 5.7).
    private func unknownEscapes(from start: Int) -> [Int] {
        let known = Set("0abt\tnvfre \"/\\N_LPxuU".utf8)
        var found = [start]
        var i = start + 2
        let end = Line(bytes, at: start).end
        while i < end, bytes[i] != UInt8(ascii: "\"") {
            guard bytes[i] == UInt8(ascii: "\\"), i + 1 < end else {
                i += 1
                continue
            }
            if !known.contains(bytes[i + 1]) { found.append(i) }
            i += 2
        }
        return found
    }

    private func noContent(_ offset: Int, _ line: Line) -> Diagnostic {
        let place = token(offset: offset)
        guard !place.isEmpty else {
            var last = bytes.count
            while last > 0, bytes[last - 1] <= 0x20 { last -= 1 }
            return Diagnostic(
                "WB1012", "bracket is not closed", at: rest(Line(bytes, at: last).content),
                "the file ends inside of brackets", help: "write the missing closing bracket")
        }
        let first = bytes[offset]
        let title = first == UInt8(ascii: ",") ? "nothing stands between two commas" : "a value is expected here"
        return Diagnostic(
            "WB1001", "the file is not valid YAML: \(title)", at: span(offset, offset + 1),
            "YAML can't begin a value with this",
            help: first == UInt8(ascii: ",") ? "remove the comma" : "quote the value if it is text")
    }

    private func unknown(_ problem: LibraryProblem) -> Diagnostic {
        let place = token(offset: problem.offset)
        return Diagnostic(
            "WB1001", "the file is not valid YAML", at: place,
            problem.message.isEmpty ? "it can't be read from here" : problem.message,
            notes: problem.context.isEmpty ? [] : [problem.context],
            help: "quote the value if it is text")
    }
}

import Diagnostics

// The traps that YAML sets to people who write expressions and names with `@` in it.

extension SyntaxExplainer {
    /// `X: @"…"`, `` X: `a b` ``, `@version: "1"`, `X: %a`; inside of brackets `>` and `|` too.
    func reserved(_ offset: Int, _ line: Line) -> Diagnostic {
        guard offset < bytes.count else { return unexpectedEnd(line) }
        let byte = bytes[offset]
        let sign = String(decoding: [byte], as: UTF8.self)
        if let key = reservedKey(offset, line) {
            let name = text(key)
            let shown = byte == UInt8(ascii: "`") ? "a backtick" : "`\(sign)`"
            return Diagnostic(
                "WB1025", "key starts with \(shown), which YAML reserves", at: key, "this key must be quoted",
                help: "write `\"\(name)\"`",
                fixIts: [FixIt("quote the key", [TextEdit(key, "\"\(name)\"")])])
        }
        if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "|") { return blockIndicator(offset) }
        let value = rest(offset)
        let name = byte == UInt8(ascii: "`") ? "a backtick" : "`\(sign)`"
        var help = "put the expression in parentheses; if it is text, quote it"
        if byte == UInt8(ascii: "@"), bytes[min(offset + 1, bytes.count - 1)] == UInt8(ascii: "\"") {
            help = "put it in parentheses: `(@\"…\")`, or write `date(\"…\")`"
        }
        return Diagnostic(
            "WB1022", "value starts with \(name), which YAML reserves",
            at: span(offset, max(offset + 1, Int(value.end))),
            "YAML can't begin a value with \(name)", help: help,
            fixIts: byte == UInt8(ascii: "%") ? [] : parenthesized(offset))
    }

    /// The key at `offset`, if a name and `: ` stand there.
    private func reservedKey(_ offset: Int, _ line: Line) -> SourceSpan? {
        if let previous = line.previous(offset), previous >= line.firstKey {
            guard [UInt8(ascii: "{"), UInt8(ascii: ",")].contains(bytes[previous]) else { return nil }
        }
        var end = offset
        while end < line.end {
            let byte = bytes[end]
            if byte == UInt8(ascii: ":"), end + 1 == line.end || bytes[end + 1] <= 0x20 { break }
            if byte <= 0x20
                || [UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}")].contains(byte)
            {
                return nil
            }
            end += 1
        }
        return end < line.end && end > offset + 1 ? span(offset, end) : nil
    }

    /// `X: > 5`: `>` and `|` announce a block of text.
    func blockIndicator(_ offset: Int) -> Diagnostic {
        let isFolded = bytes[offset] == UInt8(ascii: ">")
        let sign = isFolded ? ">" : "|"
        return Diagnostic(
            "WB1021", "value starts with `\(sign)`", at: token(offset: offset).union(rest(offset)),
            "YAML takes `\(sign)` for the beginning of a block of text",
            help: isFolded
                ? "name what is compared, as in `amount > 5`; if it is text, quote it"
                : "begin the block's text on the next line, or quote it")
    }

    /// `a: b: c`, or a line that is indented under a value.
    func unexpectedColon(_ offset: Int, _ line: Line) -> Diagnostic {
        if hasKey(before: offset, line) { return colonInValue(offset, line) }
        let above = lineAbove(line)
        let secondary = above.map { [Label(rest($0.content), "this line has a value already")] } ?? []
        return Diagnostic(
            "WB1006", "wrong indentation", at: rest(line.content),
            "this line is indented under a line that has a value",
            secondary: secondary,
            help: above.map {
                "\(Self.indentation($0.indent)) if it belongs beside that line, or remove that line's value"
            }
                ?? "indent it like its neighbours")
    }

    func colonInValue(_ offset: Int, _ line: Line) -> Diagnostic {
        Diagnostic(
            "WB1015", "`: ` inside an unquoted value", at: span(offset, offset + 1),
            "YAML reads a second key and value here",
            help: "quote the value if it is text; write an expression on the line below `>-`")
    }

    /// Whether `key: ` stands on the line before `offset`, outside of quotes.
    private func hasKey(before offset: Int, _ line: Line) -> Bool {
        var quote: UInt8?
        var i = line.content
        while i < offset, i + 1 < line.end {
            let byte = bytes[i]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "'") && (i == 0 || bytes[i - 1] <= 0x20)) {
                quote = byte
            } else if byte == UInt8(ascii: ":"), bytes[i + 1] <= 0x20 {
                return true
            }
            i += 1
        }
        return false
    }

    /// The line before, without empty lines and comments.
    private func lineAbove(_ line: Line) -> Line? {
        var start = line.start
        while start > 0 {
            let above = Line(bytes, at: start - 1)
            if above.start >= start { return nil }
            if above.content < above.end, bytes[above.content] != UInt8(ascii: "#") { return above }
            start = above.start
        }
        return nil
    }

    /// `X: - 5`, or an item that is indented under a value.
    func unexpectedDash(_ offset: Int, _ line: Line) -> Diagnostic {
        guard let previous = line.previous(offset) else { return unexpectedColon(offset, line) }
        guard bytes[previous] == UInt8(ascii: ":") else { return unexpectedColon(offset, line) }
        return Diagnostic(
            "WB1026", "list item on the line of its key", at: rest(offset), "YAML reads a list item here",
            help: "put the items on lines of their own; for a negative value leave out the space or write `(- 5)`",
            fixIts: parenthesized(offset))
    }

    /// A line that is neither `key: value` nor a list item.
    func missingColon(_ offset: Int) -> Diagnostic {
        let line = Line(bytes, at: offset)
        if bytes[min(offset, bytes.count - 1)] == UInt8(ascii: "\""),
            !bytes[min(offset + 1, line.end)..<line.end].contains(UInt8(ascii: "\""))
        {
            return Diagnostic(
                "WB1011", "quoted text is not closed", at: span(offset, line.end),
                "this quote is not closed on its line", help: "write the closing quote")
        }
        return .noColon(rest(offset), bytes)
    }

    /// Something stands where a key, an item or the end is expected.
    func unexpectedText(_ problem: LibraryProblem, _ line: Line) -> Diagnostic {
        let offset = problem.offset
        guard let previous = line.previous(offset), previous >= line.firstKey || offset > line.firstKey else {
            return wrongIndentation(problem, line)
        }
        if let quoted = lastQuoted, Int(quoted.end) == previous + 1 { return afterQuote(quoted, offset) }
        switch bytes[previous] {
        case UInt8(ascii: "]"), UInt8(ascii: "}"): return afterBracket(previous, offset, line)
        default: return wrongIndentation(problem, line)
        }
    }

    /// `X: "a" + b`, or a quote that is closed only by the next one's opening.
    private func afterQuote(_ quoted: SourceSpan, _ offset: Int) -> Diagnostic {
        let opening = Line(bytes, at: Int(quoted.start))
        if Int(quoted.end) > opening.end {
            return Diagnostic(
                "WB1011", "quoted text is not closed", at: span(Int(quoted.start), opening.end),
                "this quote is not closed on its line",
                secondary: [
                    Label(span(Int(quoted.end) - 1, Int(quoted.end)), "YAML takes this quote for the closing one")
                ],
                help: "write the closing quote")
        }
        guard bytes[Int(quoted.start)] == UInt8(ascii: "\"") else {
            return Diagnostic(
                "WB1024", "text after a closing quote", at: rest(offset), "the value ends with the quote before this",
                help: "write `''` for a quote inside of the text, or put the whole in double quotes")
        }
        return Diagnostic(
            "WB1024", "text after a closing quote", at: rest(offset), "the value ends with the quote before this",
            help:
                "put an expression in parentheses: `(\(text(rest(Int(quoted.start)))))`; inside of a text write `\\\"`",
            fixIts: parenthesized(Int(quoted.start)))
    }

    /// `X: [a]b`.
    private func afterBracket(_ closing: Int, _ offset: Int, _ line: Line) -> Diagnostic {
        var start = line.firstKey
        while start < closing, FlowText(bytes, at: start)?.range.upperBound != closing + 1 { start += 1 }
        return Diagnostic(
            "WB1023", "text after a closing bracket", at: rest(offset), "the value ends with the bracket before this",
            help: start < closing
                ? "put an expression in parentheses: `(\(text(rest(start))))`; if it is text, quote it"
                : "put an expression in parentheses; if it is text, quote it",
            fixIts: start < closing ? parenthesized(start) : [])
    }

    private static func indentation(_ count: Int) -> String {
        count == 0 ? "don't indent it" : "indent it by \(count) space\(count == 1 ? "" : "s")"
    }

    private func wrongIndentation(_ problem: LibraryProblem, _ line: Line) -> Diagnostic {
        let offset = problem.offset
        guard offset < bytes.count else { return unexpectedEnd(line) }
        if bytes[offset] == UInt8(ascii: ":") {
            return .keyIsNotAName(at: span(offset, offset + 1), "a name must stand before this")
        }
        let place = rest(max(offset, line.content))
        guard let context = problem.contextOffset, Line(bytes, at: context).start < line.start else {
            return Diagnostic(
                "WB1006", "wrong indentation", at: place, "this line fits none of the lines above",
                help: "indent it like the first line of the file")
        }
        let column = context - Line(bytes, at: context).start
        let above = lineAbove(line)?.indent ?? column
        let isItem = bytes[offset] == UInt8(ascii: "-")
        let marked = token(offset: context)
        if problem.message.contains("'-'"), !isItem {
            return Diagnostic(
                "WB1006", "wrong indentation", at: place, "this line is no item of the list",
                secondary: [Label(marked, "the list begins here")],
                help: above == column
                    ? "begin it with `- ` if it is an item, or indent it like the list's key"
                    : "\(Self.indentation(above)) if it belongs to the item above")
        }
        if isItem, line.indent == column {
            return Diagnostic(
                "WB1006", "wrong indentation", at: place, "this is a list item among keys",
                secondary: [Label(marked, "the keys begin here")], help: "write a key above it that the list belongs to"
            )
        }
        let like = "\(Self.indentation(column)) if it goes on with the marked line"
        return Diagnostic(
            "WB1006", "wrong indentation", at: place, "this line fits none of the lines above",
            secondary: [Label(marked, "the keys begin here")],
            help: above == column ? like : "\(Self.indentation(above)) like the line above, or \(like)")
    }

    /// A bracket that isn't closed, a comma that is missing, or text behind a quote or bracket inside of it.
    func openBracket(_ opening: Int, _ offset: Int, _ line: Line) -> Diagnostic {
        let bracket = bytes[min(opening, bytes.count - 1)]
        let isList = bracket == UInt8(ascii: "[")
        let inside = String(decoding: bytes[opening..<max(opening, min(offset, bytes.count))], as: UTF8.self)
        if FlowText.openParentheses(inside) > 0, let flow = FlowText(bytes, at: opening) {
            let cut = flow.items.first { $0.upperBound >= offset } ?? flow.range
            return .cutAtComma(
                span(cut.lowerBound, cut.upperBound), in: span(flow.range.lowerBound, flow.range.upperBound), bytes)
        }
        if let previous = line.previous(offset), offset < line.end {
            if let quoted = lastQuoted, Int(quoted.end) == previous + 1 { return afterQuote(quoted, offset) }
            if bytes[offset] == UInt8(ascii: ":"), Line(bytes, at: opening).start == line.start {
                return colonInValue(offset, line)
            }
            if previous > opening, bytes[previous] == UInt8(ascii: "]") || bytes[previous] == UInt8(ascii: "}") {
                return afterBracket(previous, offset, line)
            }
        }
        let close = isList ? "]" : "}"
        if let flow = FlowText(bytes, at: opening), offset < flow.range.upperBound {
            return Diagnostic(
                "WB1027", "comma is missing between two items",
                at: rest(bytes[offset] == UInt8(ascii: ":") ? line.content : offset), "a comma must stand before this",
                secondary: [Label(span(opening, opening + 1), "inside of this bracket")],
                help: "separate the items by commas, or write each on a line of its own without the brackets")
        }
        return Diagnostic(
            "WB1012", "bracket is not closed", at: span(opening, opening + 1), "no `\(close)` closes this",
            secondary: offset < bytes.count
                ? [Label(token(offset: offset), "`,` or `\(close)` is expected before this")] : [],
            help: "write the missing `\(close)`")
    }

    private func unexpectedEnd(_ line: Line) -> Diagnostic {
        Diagnostic(
            "WB1001", "the file is not valid YAML", at: rest(line.content), "the file ends in the middle of a value",
            help: "write the rest, or remove this")
    }
}

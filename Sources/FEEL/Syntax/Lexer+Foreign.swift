/// Spellings of other languages that analysts bring along: each is named, with what FEEL writes instead.
extension Lexer {
    /// `==`, `&&`, `||`, `!`, `<>`, `%`, `;`: nil for a sign that FEEL knows.
    func foreignSign(_ byte: UInt8) -> SyntaxProblem? {
        let start = position
        switch (byte, peek(1)) {
        case (UInt8(ascii: "="), UInt8(ascii: "=")):
            let length = peek(2) == UInt8(ascii: "=") ? 3 : 2
            return replaced("`\(text(start..<start + length))` is not an operator", start..<start + length, by: "=")
        case (UInt8(ascii: "<"), UInt8(ascii: ">")):
            return replaced("`<>` is not an operator", start..<start + 2, by: "!=")
        case (UInt8(ascii: "&"), let next):
            let end = start + (next == byte ? 2 : 1)
            if next == byte { return replaced("`&&` is not an operator", start..<end, by: "and") }
            return replaced("`&` is not an operator", start..<end, by: "+", reason: "texts are joined with `+`")
        case (UInt8(ascii: "|"), UInt8(ascii: "|")):
            return replaced("`||` is not an operator", start..<start + 2, by: "or")
        case (UInt8(ascii: "!"), let next) where next != UInt8(ascii: "="):
            return SyntaxProblem(
                "WB3005", "`!` is not an operator", start..<start + 1, "negation is a function",
                help: "write `not(…)`")
        case (UInt8(ascii: "!"), UInt8(ascii: "=")) where peek(2) == UInt8(ascii: "="):
            return replaced("`!==` is not an operator", start..<start + 3, by: "!=")
        case (UInt8(ascii: "$"), UInt8(ascii: ".")):
            return SyntaxProblem(
                "WB3005", "`$.` has no meaning in a path", start..<start + 2, "the document is not named",
                help: "begin with the field: `debtor.name`", replacement: "")
        case (UInt8(ascii: "/"), let next) where previous == nil && Lexer.isNameStart(next):
            return SyntaxProblem(
                "WB3005", "a path is not written with `/`", start..<start + 1, "this is a division",
                help: "write dots between the names: `debtor.name`")
        case (UInt8(ascii: "%"), _):
            return SyntaxProblem(
                "WB3005", "`%` is not an operator", start..<start + 1, "the remainder is a function",
                help: "write `modulo(a, b)`; for a percentage multiply, as in `0.2 * amount`")
        case (UInt8(ascii: "$"), UInt8(ascii: "{")):
            return SyntaxProblem(
                "WB3005", "`${…}` has no meaning in an expression", start..<start + 2, "expressions are written bare",
                help: "write the path itself; texts are joined with `+`")
        default:
            return nil
        }
    }

    private func replaced(
        _ title: String, _ range: Range<Int>, by spelling: String, reason: String? = nil
    ) -> SyntaxProblem {
        SyntaxProblem(
            "WB3005", title, range, reason ?? "FEEL writes `\(spelling)`", help: "write `\(spelling)`",
            replacement: spelling)
    }

    /// `'text'`: quotes that FEEL does not have.
    func foreignQuote() -> SyntaxProblem {
        var end = position + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "'") { end += 1 }
        guard end < bytes.count else {
            return SyntaxProblem(
                "WB3005", "`'` has no meaning in an expression", position..<position + 1,
                help: "text goes in double quotes")
        }
        let inner = text(position + 1..<end)
        let escaped = inner.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
        return SyntaxProblem(
            "WB3005", "text in single quotes", position..<end + 1, "text inside an expression goes in double quotes",
            help: "write `\"\(escaped)\"`", replacement: "\"\(escaped)\"")
    }

    /// `a ? b : c`.
    func conditionalOperator() -> SyntaxProblem {
        SyntaxProblem(
            "WB3005", "`?` is not an operator", position..<position + 1, "a choice is written with words",
            help: "write `if … then … else …`")
    }

    /// Whether a typographic quote, dash or ellipsis, or a space that cannot be seen, starts here.
    func isTypography() -> Bool {
        guard peek(0) == 0xE2, peek(1) == 0x80 else { return false }
        switch peek(2) {
        case 0x8B...0x9F, 0xA6, 0xA8...0xAF, 0xB9, 0xBA: return true
        default: return false
        }
    }

    /// Refuses what word processors make of quotes and dashes.
    func refuseTypography() throws(SyntaxProblem) {
        guard isTypography() else { return }
        let range = position..<position + 3
        switch peek(2) {
        case 0x98...0x9B, 0xB9, 0xBA, 0x9C...0x9F:
            throw SyntaxProblem(
                "WB3005", "typographic quote", range, "a word processor made this quote",
                help: "text goes in straight double quotes: `\"…\"`")
        case 0x90...0x95:
            throw SyntaxProblem(
                "WB3005", "typographic dash", range, "a word processor made this dash", help: "write `-`",
                replacement: "-")
        case 0xA6:
            throw SyntaxProblem(
                "WB3005", "typographic ellipsis", range, "one character, not two dots",
                help: "a range is written `1..5`",
                replacement: "..")
        default:
            throw SyntaxProblem("WB3010", "invisible character", range, "U+200B or a relative of it", help: "remove it")
        }
    }
}

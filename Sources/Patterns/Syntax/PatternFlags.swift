/// The letters after a pattern: how it is read and what it ignores.
struct PatternFlags: Sendable {
    var ignoresCase = false
    /// `^` and `$` match at each line.
    var multiline = false
    /// `.` matches line ends too.
    var dotMatchesAll = false
    /// Whitespace in the pattern means nothing.
    var ignoresWhitespace = false
    /// Every character of the pattern means itself.
    var literal = false

    init(_ text: String, dialect: Pattern.Dialect) throws(PatternError) {
        for flag in text.unicodeScalars {
            switch (flag, dialect) {
            case ("i", .ecmaScript), ("i", .xpath): ignoresCase = true
            case ("m", .ecmaScript), ("m", .xpath): multiline = true
            case ("s", .ecmaScript), ("s", .xpath): dotMatchesAll = true
            case ("x", .xpath): ignoresWhitespace = true
            case ("q", .xpath): literal = true
            case ("u", .ecmaScript): break
            default:
                throw PatternError(
                    .syntax, "`\(flag)` is not a flag for patterns",
                    help: dialect == .xpath ? "the flags are `i`, `m`, `q`, `s` and `x`" : nil, range: 0..<0)
            }
        }
    }
}

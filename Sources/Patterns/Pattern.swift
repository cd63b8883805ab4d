/// A regular expression, compiled to an automaton: matching takes time proportional to the text, whatever the pattern.
///
/// The source is read by one parser with three dialects (`Syntax`), becomes a program of small steps and from that a
/// deterministic automaton over classes of characters (`Automaton`). A run (`Matching`) is one table look-up for each
/// character. When the automaton would be too large, the program's threads run side by side instead: still linear,
/// still without backtracking. `TextLanguage` (`Languages`) answers questions about all texts at once.
///
/// Lookahead and lookbehind are decided by automata too. Backreferences are not regular, and are refused.
public struct Pattern: Sendable {
    /// The grammar of the source, and what it means to match.
    public enum Dialect: Sendable {
        /// ECMA-262 with the flag `u`, as JSON Schema means it: a match anywhere in the text. Punctuation may be
        /// escaped freely, and lone `{`, `}` and `]` stand for themselves, as contracts in use expect.
        case ecmaScript
        /// XSD 1.0 part 2, appendix F: the pattern describes the whole text.
        case xmlSchema
        /// XPath functions 3.1, section 5.6, for FEEL's `matches`, `replace` and `split`: a match anywhere in the text.
        case xpath
    }

    /// The text of the pattern as it was written.
    public let source: String
    public let dialect: Dialect
    /// Whether every character of the source means itself (the flag `q`).
    let isLiteral: Bool
    let compiled: CompiledPattern

    /// Compiles a pattern, in bounded time and memory whatever the source.
    /// - Parameter flags: `i m s u` for ECMA-262, `i m q s x` for XPath, none for XSD.
    public init(_ source: String, dialect: Dialect, flags: String = "") throws(PatternError) {
        self.source = source
        self.dialect = dialect
        isLiteral = dialect == .xpath && flags.unicodeScalars.contains("q")
        compiled = try CompiledPattern(source, dialect: dialect, flags: flags)
    }

    /// Whether a text in UTF-8 matches. Takes time linear in the text. A text that is not valid UTF-8 never matches.
    public func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        compiled.matches(text)
    }

    /// Whether a text matches.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }
}

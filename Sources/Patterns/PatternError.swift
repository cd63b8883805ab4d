/// Why a pattern cannot be used, and where.
public struct PatternError: Error, Sendable, Equatable {
    /// What kind of mistake it is.
    public enum Kind: Sendable, Equatable {
        /// The text does not follow the dialect's grammar.
        case syntax
        /// The grammar allows it, but no automaton can decide it: a backreference, for instance.
        case notRegular
        /// The automaton would be larger than the limits allow.
        case tooLarge
        /// A pattern that matches the empty text was used to replace or to split (XPath's FORX0003).
        case matchesEmptyText
        /// A replacement has a `$` or a `\` that means nothing (XPath's FORX0004).
        case badReplacement
    }

    /// One plain sentence without a full stop.
    public var message: String
    /// What to write instead, when that is known.
    public var help: String?
    /// The place in the source, in UTF-8 bytes.
    public var range: Range<Int>
    public var kind: Kind

    public init(_ kind: Kind, _ message: String, help: String? = nil, range: Range<Int>) {
        self.kind = kind
        self.message = message
        self.help = help
        self.range = range
    }
}

/// What a pattern says, whatever the dialect it was written in.
indirect enum PatternNode: Sendable {
    case empty
    /// One character of a set.
    case set(ScalarSet)
    case sequence([PatternNode])
    /// One of several, the first preferred.
    case choice([PatternNode])
    /// At least `min` times and at most `max` times; without `max`, any number. A lazy one prefers fewer.
    case repeated(PatternNode, min: Int, max: Int?, lazy: Bool)
    /// A capturing group, counted from 1.
    case capture(PatternNode, Int)
    case assertion(PatternAssertion)
    case look(PatternLook)
}

/// A condition on the characters on either side of a place.
enum PatternAssertion: UInt8, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary

    /// Whether the character after the place matters, so that it cannot be decided on arriving there.
    var readsNext: Bool {
        switch self {
        case .textStart, .lineStart: false
        case .textEnd, .lineEnd, .wordBoundary, .notWordBoundary: true
        }
    }
}

/// A condition on all of the text after a place, or all of the text before it.
struct PatternLook: Sendable {
    var body: PatternNode
    var isBehind: Bool
    var isNegative: Bool
    /// Where it was written, in UTF-8 bytes.
    var range: Range<Int>
}

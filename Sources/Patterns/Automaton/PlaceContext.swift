/// What lies on one side of a place in a text, as far as assertions ask: bits.
struct PlaceContext: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// The text begins here (before) or ends here (after).
    static let edge = PlaceContext(rawValue: 1)
    /// A word character of ECMA-262.
    static let word = PlaceContext(rawValue: 2)
    /// A character that ends a line.
    static let lineEnd = PlaceContext(rawValue: 4)
}

extension PatternAssertion {
    /// Whether the assertion holds between two contexts.
    func holds(before: PlaceContext, after: PlaceContext) -> Bool {
        switch self {
        case .textStart: before.contains(.edge)
        case .textEnd: after.contains(.edge)
        case .lineStart: before.contains(.edge) || before.contains(.lineEnd)
        case .lineEnd: after.contains(.edge) || after.contains(.lineEnd)
        case .wordBoundary: before.contains(.word) != after.contains(.word)
        case .notWordBoundary: before.contains(.word) == after.contains(.word)
        }
    }
}

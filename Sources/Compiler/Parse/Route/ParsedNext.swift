public import Diagnostics

/// The partner's new version, which gets some of the calls, or copies of them.
public struct ParsedNext: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var url: Located<ParsedURL>?
    var split: Located<Share>?
    public var by: ParsedExpression?
    var shadow: Located<Share>?
    /// Operations that the new version serves; empty for all.
    public var operations: [Located<String>] = []
    public var isUnsafe: Located<Bool>?
    public var copies: Located<Int>?
    /// Dotted paths in the partner's answers.
    public var compare: [Located<String>] = []
    public var tls: ParsedClientTLS?
    public var timeout: ParsedTimeout?

    init(span: SourceSpan) { self.span = span }
}

/// A share of calls, as fine as a hundredth of a percent.
struct Share: Sendable, Equatable {
    /// Of ten thousand.
    let parts: Int

    /// `5%`, `0.5%`, `0.25%`.
    init?(text: String) {
        var rest = text.utf8[...]
        guard let whole = Quantity.takeNumber(&rest), whole <= 100 else { return nil }
        var parts = whole * 100
        if rest.first == 0x2E {
            rest = rest.dropFirst()
            let digits = rest.count
            guard let fraction = Quantity.takeNumber(&rest) else { return nil }
            switch digits - rest.count {
            case 1: parts += fraction * 10
            case 2: parts += fraction
            default: return nil
            }
        }
        guard parts <= 10_000, rest.elementsEqual("%".utf8) else { return nil }
        self.parts = parts
    }
}

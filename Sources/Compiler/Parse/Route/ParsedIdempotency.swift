public import Diagnostics

/// How repeated calls are known.
public struct ParsedIdempotency: Sendable, ParsedBlock {
    public enum Concurrent: String, Sendable {
        case wait, reject
    }

    public enum Unknown: String, Sendable {
        case refuse, retry
    }

    public var span: SourceSpan
    public var isPoisoned = false
    public var key: ParsedExpression?
    public var keep: Located<Duration>?
    public var required: Located<Bool>?
    public var concurrent: Located<Concurrent>?
    public var onUnknown: Located<Unknown>?

    init(span: SourceSpan) { self.span = span }
}

/// Where answers are kept.
public struct ParsedStore: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var path: Located<String>?
    public var size: Located<Int>?

    init(span: SourceSpan) { self.span = span }
}

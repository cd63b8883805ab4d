public import Diagnostics

/// Which answers are kept for a while, and how long.
public struct ParsedCache: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var ttl: Located<Duration>?
    public var key: [ParsedExpression] = []
    public var shared: Located<Bool>?
    public var size: Located<Int>?
    public var staleIfError: Located<Duration>?
    public var staleWhileRevalidate: Located<Duration>?
    /// Whether the author says that the call changes nothing, although its method may.
    public var readOnly: Located<Bool>?

    init(span: SourceSpan) { self.span = span }
}

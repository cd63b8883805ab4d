public import Diagnostics
public import RouteGraph

/// A `*.rules.yaml` file.
public struct ParsedRules: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var rules: [ParsedRule] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// When a request is refused.
public struct ParsedRule: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var name: Located<String>?
    public var when: ParsedExpression?
    public var reject: ParsedRejection?

    init(span: SourceSpan) { self.span = span }
}

/// What the consumer of a refused request is told.
public struct ParsedRejection: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var status: Located<Int>?
    public var code: Located<String>?
    public var retry: Located<RetryAdvice>?
    public var title: ParsedExpression?
    public var detail: ParsedExpression?

    init(span: SourceSpan) { self.span = span }
}

public import Diagnostics
public import RouteGraph

/// An `errors.yaml` or `*.errors.yaml` file.
public struct ParsedErrorTable: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// Where the partner puts its own code.
    public var partnerCode: ParsedExpression?
    /// The partner codes that are no errors.
    public var success: [Located<String>] = []
    public var errors: [ParsedErrorRow] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// One row: what it matches, all of it, and what the consumer is told.
public struct ParsedErrorRow: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// SOAP fault codes; `*` stands for any text.
    public var fault: [Located<String>] = []
    public var partner: [Located<String>] = []
    public var http: [Located<ParsedStatusPattern>] = []
    public var transport: [Located<TransportFailure>] = []
    public var when: ParsedExpression?
    public var otherwise: Located<Bool>?
    public var status: Located<Int>?
    public var code: Located<String>?
    public var category: Located<FailureCategory>?
    public var retry: Located<RetryAdvice>?
    public var title: ParsedExpression?
    public var detail: ParsedExpression?

    init(span: SourceSpan) { self.span = span }
}

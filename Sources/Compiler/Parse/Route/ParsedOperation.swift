public import Diagnostics

/// One operation of a partner.
public struct ParsedOperation: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var summary: Located<String>?
    public var accept: ParsedAccept?
    /// Names of consumers.
    public var allow: [Located<String>] = []
    public var request: ParsedRequest?
    public var call: ParsedCall?
    public var response: ParsedResponse?
    /// Path of an error table.
    public var errors: Located<String>?
    public var audit: ParsedOperationAudit?
    public var rateLimit: ParsedRateLimit?
    public var idempotency: ParsedIdempotency?
    public var cache: ParsedCache?

    init(span: SourceSpan) { self.span = span }
}

/// What is done with a consumer's request.
public struct ParsedRequest: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var contract: ParsedContractPath?
    public var rules: Located<String>?
    public var map: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

/// What is called at the partner.
public struct ParsedCall: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// An operation of the endpoint's WSDL or OpenAPI document.
    public var operation: Located<String>?
    /// A SOAP action, for a partner without a WSDL.
    public var action: Located<String>?
    /// The body's element, for a partner without a WSDL: `pay:Authorize`.
    public var element: Located<String>?
    public var method: Located<String>?
    public var path: ParsedPathTemplate?
    /// Path parameters of the operation.
    public var parameters: [Named<ParsedExpression>] = []
    public var query: [Named<ParsedExpression>] = []
    public var headers: [Named<ParsedExpression>] = []

    init(span: SourceSpan) { self.span = span }
}

/// What is done with a partner's answer.
public struct ParsedResponse: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var status: Located<Int>?
    public var map: Located<String>?
    public var contract: ParsedContractPath?

    init(span: SourceSpan) { self.span = span }
}

/// What the audit record of a call holds.
public struct ParsedOperationAudit: Sendable, ParsedBlock {
    public enum Capture: String, Sendable {
        case metadata, bodies
    }

    public var span: SourceSpan
    public var isPoisoned = false
    public var capture: Located<Capture>?
    /// Dotted paths of fields that are blanked out.
    public var redact: [Located<String>] = []

    init(span: SourceSpan) { self.span = span }
}

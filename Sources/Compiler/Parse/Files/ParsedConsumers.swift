public import Diagnostics

/// `consumers.yaml`: the internal systems that may call.
public struct ParsedConsumers: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var consumers: [Named<ParsedConsumer>] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// How one internal system proves who it is.
public struct ParsedConsumer: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var certificate: ParsedConsumerCertificate?
    public var apiKey: ParsedSecret?
    public var anonymous: Located<Bool>?
    /// The header that the key is sent in.
    public var header: Located<String>?
    public var rateLimit: ParsedRateLimit?

    init(span: SourceSpan) { self.span = span }
}

/// Which client certificates are a consumer's.
public struct ParsedConsumerCertificate: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var subject: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

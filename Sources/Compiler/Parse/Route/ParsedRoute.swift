public import Diagnostics
public import RouteGraph

/// A `*.route.yaml` file: one partner, its endpoint and its operations.
public struct ParsedRoute: Sendable, ParsedBlock {
    public var span: SourceSpan
    /// Something in it was refused.
    public var isPoisoned = false
    public var partner: Located<String>?
    public var title: Located<String>?
    public var owner: Located<String>?
    public var endpoint: ParsedEndpoint?
    public var operations: [Named<ParsedOperation>] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// What a partner speaks.
public enum ParsedProtocol: String, Sendable {
    case httpJSON = "http-json"
    case soap11 = "soap-1.1"
    case soap12 = "soap-1.2"
    case httpXML = "http-xml"
    case httpForm = "http-form"
    case graphQL = "graphql"
    case httpCSV = "http-csv"

    public var isSOAP: Bool { self == .soap11 || self == .soap12 }
}

/// Where a partner is and how it is called.
public struct ParsedEndpoint: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// Where the partner answers; the first is the one that stands for all.
    public var places: [ParsedPlace] = []
    public var url: Located<ParsedURL>? { places.first?.url }
    public var `protocol`: Located<ParsedProtocol>?
    public var http: Located<PartnerHTTP>?
    public var contract: ParsedContractPath?
    /// Prefix to namespace name.
    public var namespaces: [Named<Located<String>>] = []
    public var tls: ParsedClientTLS?
    public var authenticate: ParsedAuthenticate?
    public var timeout: ParsedTimeout?
    public var connections: ParsedConnections?
    public var proxy: ParsedProxy?
    public var retry: ParsedRetry?
    public var circuitBreaker: ParsedCircuitBreaker?
    public var rateLimit: ParsedRateLimit?
    public var concurrency: ParsedConcurrency?
    public var deadline: ParsedDeadline?
    public var health: ParsedHealth?
    public var outliers: ParsedOutliers?
    public var next: ParsedNext?

    init(span: SourceSpan) { self.span = span }
}

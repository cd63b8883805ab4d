public import Diagnostics
public import RouteGraph

/// `gateway.yaml`: what platform teams set.
public struct ParsedGateway: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var listen: [ParsedListener] = []
    public var admin: ParsedAdmin?
    public var limits: ParsedLimits?
    public var audit: ParsedAudit?
    public var store: ParsedStore?
    public var reload: ParsedReload?
    public var deadline: ParsedDeadline?
    public var proxy: ParsedProxy?
    public var dns: ParsedDNS?
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// An address that consumers call.
public struct ParsedListener: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var address: Located<ParsedAddress>?
    public var tls: ParsedServerTLS?
    public var http: Located<HTTPVersions>?

    init(span: SourceSpan) { self.span = span }
}

/// TLS towards consumers.
public struct ParsedServerTLS: Sendable, ParsedBlock {
    public enum ClientCertificate: String, Sendable {
        case optional, required
    }

    public var span: SourceSpan
    public var isPoisoned = false
    public var certificate: Located<String>?
    public var key: ParsedKeySource?
    public var clientAuthority: Located<String>?
    public var clientCertificate: Located<ClientCertificate>?
    public var minimum: Located<TLSMinimum>?

    init(span: SourceSpan) { self.span = span }
}

/// The address of health, metrics and reload state.
public struct ParsedAdmin: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var address: Located<ParsedAddress>?

    init(span: SourceSpan) { self.span = span }
}

/// What one call or connection may use at most.
public struct ParsedLimits: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var header: Located<Int>?
    public var body: Located<Int>?
    public var connections: Located<Int>?
    public var calls: Located<Int>?
    public var streams: Located<Int>?
    public var minimumRate: Located<Int>?
    public var memory: Located<MemoryMark>?
    public var depth: Located<Int>?
    public var request: Located<Duration>?
    public var idle: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

/// The audit trail.
public struct ParsedAudit: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var file: ParsedAuditFile?
    public var onFailure: Located<AuditFailurePolicy>?

    init(span: SourceSpan) { self.span = span }
}

/// The files that audit records are appended to.
public struct ParsedAuditFile: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var path: Located<String>?
    public var rotate: Located<Int>?

    init(span: SourceSpan) { self.span = span }
}

/// When changed files are taken over.
public struct ParsedReload: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var watch: Located<Bool>?
    public var debounce: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

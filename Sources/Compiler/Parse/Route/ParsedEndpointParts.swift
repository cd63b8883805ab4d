public import Diagnostics
public import RouteGraph

/// TLS towards a partner.
public struct ParsedClientTLS: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var certificate: Located<String>?
    public var key: ParsedKeySource?
    public var authority: Located<String>?
    public var minimum: Located<TLSMinimum>?
    public var serverName: Located<String>?
    /// SHA-256 digests.
    public var pins: [Located<[UInt8]>] = []

    init(span: SourceSpan) { self.span = span }
}

/// How the gateway proves itself to a partner, besides a certificate.
public struct ParsedAuthenticate: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var basic: ParsedBasicCredentials?
    public var apiKey: ParsedAPIKeyCredential?

    init(span: SourceSpan) { self.span = span }
}

/// `Authorization: Basic` (RFC 7617).
public struct ParsedBasicCredentials: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var username: ParsedSecret?
    public var password: ParsedSecret?

    init(span: SourceSpan) { self.span = span }
}

/// A header with a secret in it.
public struct ParsedAPIKeyCredential: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var header: Located<String>?
    public var value: ParsedSecret?

    init(span: SourceSpan) { self.span = span }
}

/// How long a call may take.
public struct ParsedTimeout: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var connect: Located<Duration>?
    public var response: Located<Duration>?
    public var total: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

/// The connections to a partner.
public struct ParsedConnections: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var max: Located<Int>?
    public var idle: Located<Duration>?
    public var requests: Located<Int>?
    public var age: Located<Duration>?
    public var warm: Located<Int>?

    init(span: SourceSpan) { self.span = span }
}

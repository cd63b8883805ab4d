/// How the gateway proves itself to a partner, and what it asks of the partner.
public struct ClientTLSPlan: Sendable, Equatable {
    /// Own certificate chain, PEM.
    public var certificates: [UInt8]?
    public var key: Secret?
    /// Trusted roots, PEM; nil trusts the system's.
    public var authority: [UInt8]?
    public var minimum: TLSMinimum
    /// Name sent by SNI and checked in the partner's certificate; nil takes the URL's host.
    public var serverName: String?
    /// SHA-256 digests of acceptable subject public keys (as in RFC 7469, section 2.4); empty accepts any.
    public var pins: [[UInt8]]

    public init(
        certificates: [UInt8]? = nil, key: Secret? = nil, authority: [UInt8]? = nil, minimum: TLSMinimum = .v12,
        serverName: String? = nil, pins: [[UInt8]] = []
    ) {
        self.certificates = certificates
        self.key = key
        self.authority = authority
        self.minimum = minimum
        self.serverName = serverName
        self.pins = pins
    }
}

/// One partner's endpoint. Two plans that are equal share a connection pool across a reload.
public struct UpstreamPlan: Sendable, Equatable {
    /// The partner's name.
    public var identity: String
    public var host: String { didSet { hostHeader = Self.field(host, port, isSecure: tls != nil) } }
    public var port: Int { didSet { hostHeader = Self.field(host, port, isSecure: tls != nil) } }
    /// The value of `Host` (RFC 9110, section 7.2): the port is left out when it is the scheme's own.
    public private(set) var hostHeader: String
    /// Path of the endpoint's URL, without a trailing slash; empty for none.
    public var basePath: String
    public var tls: ClientTLSPlan? {
        didSet { hostHeader = Self.field(host, port, isSecure: tls != nil) }
    }
    /// Nanoseconds for a connection with its handshake.
    public var connectTimeout: Int64
    /// Nanoseconds from the last request byte to the response head, and for each silence after it.
    public var responseTimeout: Int64
    /// Nanoseconds for the whole call.
    public var totalTimeout: Int64
    /// Connections at most, over all loops.
    public var maxConnections: Int
    /// Nanoseconds that an unused connection is kept.
    public var idleTimeout: Int64

    public init(
        identity: String, host: String, port: Int, basePath: String = "", tls: ClientTLSPlan? = nil,
        connectTimeout: Int64 = 1_000_000_000, responseTimeout: Int64 = 5_000_000_000,
        totalTimeout: Int64 = 8_000_000_000, maxConnections: Int = 64, idleTimeout: Int64 = 60_000_000_000
    ) {
        self.identity = identity
        self.host = host
        self.port = port
        self.basePath = basePath
        self.tls = tls
        hostHeader = Self.field(host, port, isSecure: tls != nil)
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.totalTimeout = totalTimeout
        self.maxConnections = maxConnections
        self.idleTimeout = idleTimeout
    }

    private static func field(_ host: String, _ port: Int, isSecure: Bool) -> String {
        let name = host.utf8.contains(0x3A) ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}

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
    @Rare public var tls: ClientTLSPlan? {
        didSet { hostHeader = Self.field(host, port, isSecure: tls != nil) }
    }
    /// Nanoseconds for a connection with its handshake.
    public var connectTimeout: Int64
    /// Nanoseconds from the last request byte to the response head, and for each silence after it.
    public var responseTimeout: Int64
    /// Nanoseconds for the whole call.
    public var totalTimeout: Int64
    /// ``totalTimeout`` where nothing is written.
    public static let defaultTotalTimeout: Int64 = 8_000_000_000
    /// Connections at most, over all loops.
    public var maxConnections: Int
    /// Nanoseconds that an unused connection is kept.
    public var idleTimeout: Int64
    /// Calls that one connection serves at most; 0 for any number.
    public var requestsPerConnection = 0
    /// Nanoseconds after which a connection takes no further call, so that a changed address is found; 0 for never.
    public var connectionAge: Int64 = 0
    /// Connections that are opened before a call needs them, over all loops.
    public var warmConnections = 0
    /// Which HTTP is spoken on the connections.
    public var http = PartnerHTTP.http1
    /// The proxy on the way to this place; nil for the direct way.
    @Rare public var proxy: ForwardProxy?
    /// Other places where the partner answers, besides this one.
    public var alternatives: [EndpointPlan] = []
    /// How often this place is chosen, compared with the others of its priority, and which are tried first.
    public var weight = 1
    public var priority = 0
    public var outliers = OutlierPlan()
    @Rare public var health: HealthCheckPlan?
    public var policies = ResiliencePlan()
    /// The partner's new version, when there is one to be tried.
    @Rare public var next: NextVersionPlan?

    public init(
        identity: String, host: String, port: Int, basePath: String = "", tls: ClientTLSPlan? = nil,
        connectTimeout: Int64 = 1_000_000_000, responseTimeout: Int64 = 5_000_000_000,
        totalTimeout: Int64 = UpstreamPlan.defaultTotalTimeout, maxConnections: Int = 64,
        idleTimeout: Int64 = 60_000_000_000
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

    /// The plan of one of the places: as this one, there.
    public func at(_ endpoint: EndpointPlan) -> UpstreamPlan {
        var plan = self
        plan.host = endpoint.host
        plan.port = endpoint.port
        plan.weight = endpoint.weight
        plan.priority = endpoint.priority
        plan.proxy = endpoint.proxy
        return plan.connecting
    }

    /// Only what a connection depends on: two plans that are equal in it share their connections across a reload.
    public var connecting: UpstreamPlan {
        var plan = self
        plan.alternatives = []
        plan.weight = 1
        plan.priority = 0
        plan.outliers = OutlierPlan()
        plan.health = nil
        plan.policies = ResiliencePlan()
        plan.next = nil
        return plan
    }

    /// `host:port`: how this place is called in counters and state.
    public var place: String { "\(host):\(port)" }

    /// Whether a connection may turn out to speak HTTP/2.
    public var mayUseHTTP2: Bool { http == .http2 || http == .automatic && tls != nil }

    /// Host and port as a proxy is asked for them: the port is always there (RFC 9110, section 9.3.6).
    public var authority: String { host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func field(_ host: String, _ port: Int, isSecure: Bool) -> String {
        let name = host.utf8.contains(0x3A) ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}

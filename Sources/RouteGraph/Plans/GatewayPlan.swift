/// A TLS protocol version that a side insists on.
public enum TLSMinimum: String, Sendable, Equatable {
    case v12 = "1.2"
    case v13 = "1.3"
}

/// How a listener proves who it is, and whom it lets prove themselves by certificate.
public struct ServerTLSPlan: Sendable, Equatable {
    /// Certificate chain, PEM.
    public var certificates: [UInt8]
    /// Private key, PEM.
    public var key: Secret
    /// Certificates that client certificates are checked against, PEM. Without it none is asked for.
    public var clientAuthority: [UInt8]?
    public var requireClientCertificate: Bool
    public var minimum: TLSMinimum

    public init(
        certificates: [UInt8], key: Secret, clientAuthority: [UInt8]? = nil, requireClientCertificate: Bool = false,
        minimum: TLSMinimum = .v12
    ) {
        self.certificates = certificates
        self.key = key
        self.clientAuthority = clientAuthority
        self.requireClientCertificate = requireClientCertificate
        self.minimum = minimum
    }
}

/// Versions of HTTP that one side of the gateway speaks.
public enum HTTPVersions: String, Sendable, Equatable {
    /// Both; which of them is negotiated by TLS (ALPN), or seen by the first bytes of a plain connection.
    case auto
    case http1 = "1.1"
    /// HTTP/2 alone; without TLS by prior knowledge (RFC 9113, section 3.3).
    case http2 = "2"
}

/// One address that the gateway listens at.
public struct ListenerPlan: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var tls: ServerTLSPlan?
    /// nil is ``servedVersions``' choice.
    public var versions: HTTPVersions?

    public init(host: String, port: Int, tls: ServerTLSPlan? = nil, versions: HTTPVersions? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
        self.versions = versions
    }

    /// What clients may speak: both versions with TLS and HTTP/1.1 without, unless something else was set.
    public var servedVersions: HTTPVersions { versions ?? (tls == nil ? .http1 : .auto) }
}

/// What one call or connection may use at most.
public struct Limits: Sendable, Equatable {
    /// Bytes of a request head.
    public var header = 16 * 1024
    /// Bytes of a body that is read whole.
    public var body = 1024 * 1024
    /// Client connections, over all loops.
    public var connections = 10_000
    /// Calls under way, over all loops; more are answered with 503.
    public var calls = 10_000
    /// Streams that a connection of HTTP/2 may have open.
    public var streams = 100
    /// Bytes a second that a client has to send of a body, or take of an answer, at least; 0 asks for none.
    public var minimumRate = 256
    /// Nesting of a document.
    public var depth = 64
    /// Nanoseconds for a request head, and for each silence while a body arrives.
    public var requestTimeout: Int64 = 30_000_000_000
    /// Nanoseconds that a client connection may be idle between calls.
    public var idleTimeout: Int64 = 60_000_000_000

    /// Memory of the process above which no further call is mediated; nil for no mark.
    public var memory: MemoryMark?

    public init() {}
}

/// How much memory the process may use before it takes no further mediated call.
public enum MemoryMark: Sendable, Equatable {
    case bytes(Int)
    /// Hundredths of what the process may use: the limit of its control group, or the memory of the machine.
    case percent(Int)
}

/// What happens to calls when the audit trail can't be written.
public enum AuditFailurePolicy: String, Sendable, Equatable {
    case refuse, `continue`
}

/// Where the audit trail goes.
public struct AuditPlan: Sendable, Equatable {
    public var directory: String
    /// A file is closed when it has this many bytes.
    public var rotateBytes: Int
    public var onFailure: AuditFailurePolicy

    public init(directory: String, rotateBytes: Int = 256 << 20, onFailure: AuditFailurePolicy = .refuse) {
        self.directory = directory
        self.rotateBytes = rotateBytes
        self.onFailure = onFailure
    }
}

/// What platform teams set for the whole gateway (`routes/gateway.yaml`).
public struct GatewaySettings: Sendable, Equatable {
    public var listeners = [ListenerPlan(host: "127.0.0.1", port: 8080)]
    /// The address of health, metrics and reload state; nil when there is none.
    public var admin: ListenerPlan?
    public var limits = Limits()
    public var audit: AuditPlan?
    /// Where answers are kept; nil when none are.
    public var store: StorePlan?
    public var names = NameSettings()
    public var watch = true
    public var debounceMilliseconds = 100

    public init() {}
}

/// An internal system that may call, and how it proves who it is.
public struct Consumer: Sendable, Equatable {
    public enum Proof: Sendable, Equatable {
        /// SHA-256 of a key that is sent in the named header (lower case), or as `Authorization: ApiKey …`. The key itself is
        /// not kept.
        case apiKey(digest: [UInt8], header: String)
        /// Subject of a verified client certificate (RFC 4514).
        case certificate(subject: String)
        /// Any caller that proves nothing else: for networks that do the proving themselves.
        case anonymous
        /// Its secret could not be resolved: it can't call.
        case unresolved
    }

    public var name: String
    public var proof: Proof
    /// How often it may call, all operations together.
    public var rate: RateLimitPlan?

    public init(name: String, proof: Proof, rate: RateLimitPlan? = nil) {
        self.name = name
        self.proof = proof
        self.rate = rate
    }
}

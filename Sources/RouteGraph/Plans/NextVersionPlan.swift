public import Documents
public import FEEL

/// `next` of an endpoint: the partner's new version, which gets some of the calls, or copies of them. All times are nanoseconds.
public struct NextVersionPlan: Sendable, Equatable {
    /// What shares are counted in: ``split`` and ``shadow`` of so many calls.
    public static let whole = 10_000

    public var host: String
    public var port: Int
    public var basePath: String
    public var tls: ClientTLSPlan?
    /// The proxy on the way to it; nil for the direct way.
    public var proxy: ForwardProxy?
    public var connectTimeout: Int64
    public var responseTimeout: Int64
    /// For a copy with its answer; a call that is split off keeps the time of the partner's other calls.
    public var totalTimeout: Int64
    /// Of ``whole`` calls, how many go to the new version.
    public var split = 0
    /// Of ``whole`` calls that don't, how many are copied to it.
    public var shadow = 0
    /// Copies under way at most, over all loops.
    public var copies = 16
    /// When its share goes back to the current version for a while.
    public var breaker = CircuitBreakerPlan()
    /// Failures one after the other that have the same effect.
    public var failuresInARow = OutlierPlan().failures

    public init(_ upstream: UpstreamPlan, host: String, port: Int, basePath: String) {
        self.host = host
        self.port = port
        self.basePath = basePath
        tls = upstream.tls
        connectTimeout = upstream.connectTimeout
        responseTimeout = upstream.responseTimeout
        totalTimeout = upstream.totalTimeout
    }
}

extension UpstreamPlan {
    /// The plan of the partner's new version: as this one, there.
    public func at(_ next: NextVersionPlan) -> UpstreamPlan {
        var plan = connecting
        // No partner's name has a space.
        plan.identity = "\(identity) next"
        plan.host = next.host
        plan.port = next.port
        plan.basePath = next.basePath
        plan.tls = next.tls
        plan.proxy = next.proxy
        plan.connectTimeout = next.connectTimeout
        plan.responseTimeout = next.responseTimeout
        plan.totalTimeout = next.totalTimeout
        plan.warmConnections = 0
        return plan
    }
}

/// What the partner's new version has to do with one operation. An operation without it goes to the current version only.
public struct OperationVersionPlan: Sendable {
    /// Calls with the same value go to the same version; nil splits call by call.
    public var by: FEELProgram?
    /// Whether calls may be copied.
    public var isCopied: Bool
    /// Fields of the answers that are compared.
    public var fields: [ComparedField]
    /// How answers are written.
    public var format: Document.Format

    public init(by: FEELProgram?, isCopied: Bool, fields: [ComparedField], format: Document.Format) {
        self.by = by
        self.isCopied = isCopied
        self.fields = fields
        self.format = format
    }
}

/// A field that is compared in the answers of both versions.
public struct ComparedField: Sendable, Equatable {
    /// As it is written in the route file.
    public var name: String
    public var steps: [String]
    /// Whether the contract has a number there, so that `1.0` and `1` are the same in a text format too.
    public var isNumber: Bool

    public init(name: String, steps: [String], isNumber: Bool = false) {
        self.name = name
        self.steps = steps
        self.isNumber = isNumber
    }
}

/// One of several places where a partner answers (`url:` as a list).
public struct EndpointPlan: Sendable, Equatable {
    public var host: String
    public var port: Int
    /// How often it is chosen, compared with the others of its priority.
    public var weight: Int
    /// Places with the least number are used as long as one of them works.
    public var priority: Int
    /// The proxy on the way to it; nil for the direct way.
    public var proxy: ForwardProxy?

    public init(host: String, port: Int, weight: Int = 1, priority: Int = 0) {
        self.host = host
        self.port = port
        self.weight = weight
        self.priority = priority
    }
}

/// When a place that fails is left out for a while. All times are nanoseconds.
public struct OutlierPlan: Sendable, Equatable {
    /// Failures one after the other.
    public var failures = 5
    /// The first time; it grows with each further one.
    public var ejectFor: Int64 = 30_000_000_000
    /// The share of places, in hundredths, that may be left out at once.
    public var mostPercent = 50

    public init() {}
}

/// How places are asked whether they work. All times are nanoseconds.
public struct HealthCheckPlan: Sendable, Equatable {
    /// The path that is asked; an answer below 400 is a good one.
    public var path: String
    public var interval: Int64
    public var timeout: Int64
    /// Good answers one after the other until a place is used again, bad ones until it is not.
    public var healthy: Int
    public var unhealthy: Int

    public init(
        path: String, interval: Int64 = 10_000_000_000, timeout: Int64 = 2_000_000_000, healthy: Int = 2,
        unhealthy: Int = 3
    ) {
        self.path = path
        self.interval = interval
        self.timeout = timeout
        self.healthy = healthy
        self.unhealthy = unhealthy
    }
}

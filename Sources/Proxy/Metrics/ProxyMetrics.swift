public import RouteGraph

/// What the proxy counts, over all loops, as of one moment.
public struct ProxyMetrics: Sendable {
    /// Upper bounds of the latency histogram, in microseconds. One more bucket takes what is above.
    public static let latencyBounds: [UInt64] = [
        500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000,
    ]
    static let bucketCount = 15
    static let outcomeCount = Outcome.allCases.count

    /// The bucket of a latency, found without the array above.
    @inline(__always)
    static func bucket(of microseconds: UInt64) -> Int {
        switch microseconds {
        case ...500: 0
        case ...1000: 1
        case ...2500: 2
        case ...5000: 3
        case ...10_000: 4
        case ...25_000: 5
        case ...50_000: 6
        case ...100_000: 7
        case ...250_000: 8
        case ...500_000: 9
        case ...1_000_000: 10
        case ...2_500_000: 11
        case ...5_000_000: 12
        case ...10_000_000: 13
        default: 14
        }
    }

    /// One operation's calls since the proxy was started, reloads included.
    public struct Operation: Sendable {
        /// `partner.operation`.
        public var identity: String
        /// Ended calls by ``Outcome``.
        public var outcomes: [UInt64]
        /// Ended calls by latency; not cumulative. One more than ``latencyBounds``.
        public var latencies: [UInt64]
        /// Sum of all latencies, microseconds.
        public var latencySum: UInt64

        public func count(_ outcome: Outcome) -> UInt64 { outcomes[Int(outcome.rawValue)] }
    }

    /// One partner's connections.
    public struct Pool: Sendable {
        public var partner: String
        public var open: Int
        public var idle: Int
        /// Calls that wait for a connection.
        public var waiting: Int
        public var capacity: Int
    }

    public var operations: [Operation] = []
    public var pools: [Pool] = []
    /// Calls that ended before an operation was found.
    public var refusedWithoutOperation: UInt64 = 0
    public var acceptedConnections: UInt64 = 0
    /// Connections closed at once because of the limit.
    public var refusedConnections: UInt64 = 0
    public var failedHandshakes: UInt64 = 0
    public var openConnections = 0
    public var callsInFlight = 0
    /// Connections opened to partners, and calls sent again because a kept one had gone stale.
    public var partnerConnects: UInt64 = 0
    public var partnerRetries: UInt64 = 0

    public init() {}

    mutating func add(_ other: ShardSnapshot, identities: [String]) {
        if operations.isEmpty {
            operations = identities.map {
                Operation(
                    identity: $0, outcomes: Array(repeating: 0, count: Self.outcomeCount),
                    latencies: Array(repeating: 0, count: Self.bucketCount), latencySum: 0)
            }
        }
        for slot in 0..<min(operations.count, other.latencySums.count) {
            for i in 0..<Self.outcomeCount {
                operations[slot].outcomes[i] += other.outcomes[slot * Self.outcomeCount + i]
            }
            for i in 0..<Self.bucketCount {
                operations[slot].latencies[i] += other.buckets[slot * Self.bucketCount + i]
            }
            operations[slot].latencySum += other.latencySums[slot]
        }
        // Loops list their pools in the graph's order, so the place is nearly always the same.
        for (place, pool) in other.pools.enumerated() {
            let same = place < pools.count && pools[place].partner == pool.partner
            if let i = same ? place : pools.firstIndex(where: { $0.partner == pool.partner }) {
                pools[i].open += pool.open
                pools[i].idle += pool.idle
                pools[i].waiting += pool.waiting
                pools[i].capacity += pool.capacity
            } else {
                pools.append(pool)
            }
        }
        refusedWithoutOperation += other.refusedWithoutOperation
        acceptedConnections += other.acceptedConnections
        refusedConnections += other.refusedConnections
        failedHandshakes += other.failedHandshakes
        openConnections += other.openConnections
        callsInFlight += other.callsInFlight
        partnerConnects += other.partnerConnects
        partnerRetries += other.partnerRetries
    }
}

/// A copy of one loop's counters, on its way to be merged.
struct ShardSnapshot: Sendable {
    var outcomes: [UInt64]
    var buckets: [UInt64]
    var latencySums: [UInt64]
    var pools: [ProxyMetrics.Pool]
    var refusedWithoutOperation: UInt64
    var acceptedConnections: UInt64
    var refusedConnections: UInt64
    var failedHandshakes: UInt64
    var openConnections: Int
    var callsInFlight: Int
    var partnerConnects: UInt64
    var partnerRetries: UInt64

    init(_ shard: MetricShard, pools: [ProxyMetrics.Pool]) {
        outcomes = shard.outcomes
        buckets = shard.buckets
        latencySums = shard.latencySums
        self.pools = pools
        refusedWithoutOperation = shard.refusedWithoutOperation
        acceptedConnections = shard.acceptedConnections
        refusedConnections = shard.refusedConnections
        failedHandshakes = shard.failedHandshakes
        openConnections = shard.openConnections
        callsInFlight = shard.callsInFlight
        partnerConnects = shard.partnerConnects
        partnerRetries = shard.partnerRetries
    }
}

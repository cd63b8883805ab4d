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
        /// Of the open connections, those by HTTP/2.
        public var multiplexed = 0
        /// Streams on those.
        public var streams = 0
    }

    /// What a partner's policies did, over all loops.
    public struct Partner: Sendable {
        public var partner: String
        /// Attempts made again by policy.
        public var retries: UInt64 = 0
        /// The one circuit, as each loop saw it at its moment; empty without a circuit breaker.
        public var circuit: [CircuitBreaker.State] = []
        public var openings: UInt64 = 0
        /// Calls refused by an open circuit.
        public var shortCircuits: UInt64 = 0
        public var rateWaits: UInt64 = 0
        public var rateRefusals: UInt64 = 0
        public var rateWaiting = 0
        /// Over all loops already, as is the limit that holds now; nil without one.
        public var permitsInUse = 0
        public var permitLimit: Int?
        public var permitsWaiting = 0
        public var permitRefusals: UInt64 = 0
        public var ejections: UInt64 = 0
        /// Calls under way, by the choice of places.
        public var callsAtPlaces = 0
        /// Places that are left out now; the loops share that.
        public var placesOut = 0

        init(partner: String) { self.partner = partner }

        /// Open before half-open before closed, when it changed in between; nil without a circuit breaker.
        public var circuitState: CircuitBreaker.State? { circuit.max { $0.rawValue < $1.rawValue } }

        mutating func add(_ other: Partner) {
            retries += other.retries
            circuit += other.circuit
            openings += other.openings
            shortCircuits += other.shortCircuits
            rateWaits += other.rateWaits
            rateRefusals += other.rateRefusals
            rateWaiting += other.rateWaiting
            permitsInUse = max(permitsInUse, other.permitsInUse)
            permitLimit = other.permitLimit ?? permitLimit
            permitsWaiting += other.permitsWaiting
            permitRefusals += other.permitRefusals
            ejections += other.ejections
            callsAtPlaces += other.callsAtPlaces
            placesOut = max(placesOut, other.placesOut)
        }
    }

    /// A rate limit of an operation or a consumer.
    public struct Limit: Sendable {
        /// `operation acme-bank.authorize`, `consumer erp`.
        public var name: String
        public var waits: UInt64
        public var refusals: UInt64
    }

    /// Kept answers of an operation with `cache`.
    public struct Cache: Sendable {
        /// `partner.operation`.
        public var operation: String
        public var counts: CacheCounts
        public var bytes: Int
        public var entries: Int
    }

    public var caches: [Cache] = []
    public var operations: [Operation] = []
    public var pools: [Pool] = []
    public var partners: [Partner] = []
    public var limits: [Limit] = []
    /// Partners' new versions beside their current ones.
    public var versions: [Version] = []
    /// Calls that ended before an operation was found.
    public var refusedWithoutOperation: UInt64 = 0
    public var acceptedConnections: UInt64 = 0
    /// Connections closed at once because of the limit.
    public var refusedConnections: UInt64 = 0
    public var failedHandshakes: UInt64 = 0
    public var openConnections = 0
    /// Those that speak HTTP/2 among them, and the streams that they have open.
    public var multiplexedConnections = 0
    public var openStreams = 0
    public var callsInFlight = 0
    /// Connections opened to partners, and calls sent again because a kept one had gone stale.
    public var partnerConnects: UInt64 = 0
    public var partnerRetries: UInt64 = 0
    /// Connections to partners that ended because their address was gone.
    public var partnerMoves: UInt64 = 0
    /// Names of partners that were looked up.
    public var names: [Name] = []
    /// What became of calls with idempotency keys.
    public var keys = KeyCounts()
    public var refusals = OverloadRefusals()
    public var accepting = AcceptGauges()
    public var memory = MemoryGauges()

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
                pools[i].multiplexed += pool.multiplexed
                pools[i].streams += pool.streams
            } else {
                pools.append(pool)
            }
        }
        for partner in other.partners {
            if let i = partners.firstIndex(where: { $0.partner == partner.partner }) {
                partners[i].add(partner)
            } else {
                partners.append(partner)
            }
        }
        for cache in other.caches {
            if let i = caches.firstIndex(where: { $0.operation == cache.operation }) {
                caches[i].counts.add(cache.counts)
                caches[i].bytes += cache.bytes
                caches[i].entries += cache.entries
            } else {
                caches.append(cache)
            }
        }
        for limit in other.limits {
            if let i = limits.firstIndex(where: { $0.name == limit.name }) {
                limits[i].waits += limit.waits
                limits[i].refusals += limit.refusals
            } else {
                limits.append(limit)
            }
        }
        add(versions: other.versions)
        refusedWithoutOperation += other.refusedWithoutOperation
        acceptedConnections += other.acceptedConnections
        refusedConnections += other.refusedConnections
        failedHandshakes += other.failedHandshakes
        openConnections += other.openConnections
        multiplexedConnections += other.multiplexedConnections
        openStreams += other.openStreams
        callsInFlight += other.callsInFlight
        partnerConnects += other.partnerConnects
        partnerRetries += other.partnerRetries
        partnerMoves += other.partnerMoves
        keys.add(other.keys)
        refusals.add(other.refusals)
        accepting.add(other.accepting)
    }
}

/// A copy of one loop's counters, on its way to be merged.
struct ShardSnapshot: Sendable {
    var outcomes: [UInt64]
    var buckets: [UInt64]
    var latencySums: [UInt64]
    var pools: [ProxyMetrics.Pool]
    var partners: [ProxyMetrics.Partner]
    var limits: [ProxyMetrics.Limit]
    var versions: [ProxyMetrics.Version]
    var caches: [ProxyMetrics.Cache]
    var refusedWithoutOperation: UInt64
    var acceptedConnections: UInt64
    var refusedConnections: UInt64
    var failedHandshakes: UInt64
    var openConnections: Int
    var multiplexedConnections: Int
    var openStreams: Int
    var callsInFlight: Int
    var partnerConnects: UInt64
    var partnerRetries: UInt64
    var partnerMoves: UInt64
    var keys: KeyCounts
    var refusals: OverloadRefusals
    var accepting: AcceptGauges

    init(
        _ shard: MetricShard, pools: [ProxyMetrics.Pool], partners: [ProxyMetrics.Partner],
        limits: [ProxyMetrics.Limit], versions: [ProxyMetrics.Version], caches: [ProxyMetrics.Cache],
        accepting: AcceptGauges
    ) {
        self.versions = versions
        self.accepting = accepting
        refusals = shard.refusals
        self.partners = partners
        self.limits = limits
        self.caches = caches
        outcomes = shard.outcomes
        buckets = shard.buckets
        latencySums = shard.latencySums
        self.pools = pools
        refusedWithoutOperation = shard.refusedWithoutOperation
        acceptedConnections = shard.acceptedConnections
        refusedConnections = shard.refusedConnections
        failedHandshakes = shard.failedHandshakes
        openConnections = shard.openConnections
        multiplexedConnections = shard.multiplexedConnections
        openStreams = shard.openStreams
        callsInFlight = shard.callsInFlight
        partnerConnects = shard.partnerConnects
        partnerRetries = shard.partnerRetries
        partnerMoves = shard.partnerMoves
        keys = shard.keys
    }
}

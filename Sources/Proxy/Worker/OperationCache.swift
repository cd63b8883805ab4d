import RouteGraph

/// One loop's kept answers of one operation, and the calls for answers that are under way.
///
/// Each loop has its own, and its share of the operation's `size`: so nothing is locked, no call leaves its loop, and a partner sees at
/// most one call for a key from each loop. It is kept across reloads as long as the operation means the same
/// (``CachePlan/fingerprint``).
final class OperationCache {
    let identity: String
    let fingerprint: Int
    let answers: ResponseCache
    /// Calls for answers that are not there, by key: others with the same key wait for them.
    var flights: [CacheKey: CacheFlight] = [:]
    var counts: CacheCounts
    /// Counts the purges: an answer that was asked for before the last one is not kept.
    private(set) var purges = 0

    init(identity: String, plan: CachePlan, loops: Int, counts: CacheCounts) {
        self.identity = identity
        fingerprint = plan.fingerprint
        answers = ResponseCache(limit: max(ResponseCache.overhead, plan.bytes / max(1, loops)))
        self.counts = counts
    }

    /// Forgets all answers. Calls under way go on, and who waits for them gets their answers; later calls ask the partner.
    /// - Returns: how many answers went.
    func purge() -> Int {
        let count = answers.count
        answers.removeAll()
        flights.removeAll()
        purges += 1
        return count
    }

    /// How long answers with a key are not asked for one by one, after one of them was not to be kept.
    static let unkeptTime: Int64 = 10_000_000_000

    var snapshot: ProxyMetrics.Cache {
        var counts = counts
        counts.evictions &+= answers.evictions
        return ProxyMetrics.Cache(
            operation: identity, counts: counts, bytes: answers.bytes, entries: answers.count)
    }
}

/// A key with its hash.
struct CacheKey: Hashable {
    let hash: Int
    let bytes: [UInt8]

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// What the caches did for calls.
public struct CacheCounts: Sendable, Equatable {
    /// Calls answered by a kept answer in its time, and by one after its time.
    public var hits: UInt64 = 0
    public var stale: UInt64 = 0
    /// Calls that went to the partner for an answer to keep.
    public var misses: UInt64 = 0
    /// Calls that got the answer of another one under way.
    public var coalesced: UInt64 = 0
    /// Calls that could not be answered from the cache.
    public var bypassed: UInt64 = 0
    /// Answers that were fetched anew in the background.
    public var refreshes: UInt64 = 0
    public var evictions: UInt64 = 0

    public init() {}

    mutating func add(_ other: CacheCounts) {
        hits += other.hits
        stale += other.stale
        misses += other.misses
        coalesced += other.coalesced
        bypassed += other.bypassed
        refreshes += other.refreshes
        evictions += other.evictions
    }
}

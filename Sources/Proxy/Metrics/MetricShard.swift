import RouteGraph

/// The counters of one loop: plain integers, written by that loop alone.
final class MetricShard {
    private(set) var outcomes: [UInt64] = []
    private(set) var buckets: [UInt64] = []
    private(set) var latencySums: [UInt64] = []
    var refusedWithoutOperation: UInt64 = 0
    var acceptedConnections: UInt64 = 0
    var refusedConnections: UInt64 = 0
    var failedHandshakes: UInt64 = 0
    var openConnections = 0
    var callsInFlight = 0
    var partnerConnects: UInt64 = 0
    var partnerRetries: UInt64 = 0
    var keys = KeyCounts()

    /// Makes room for operations; what was counted stays.
    func grow(to slots: Int) {
        let missing = slots - latencySums.count
        guard missing > 0 else { return }
        outcomes += Array(repeating: 0, count: missing * ProxyMetrics.outcomeCount)
        buckets += Array(repeating: 0, count: missing * ProxyMetrics.bucketCount)
        latencySums += Array(repeating: 0, count: missing)
    }

    /// Counts an ended call. `slot` is negative when no operation was found.
    func record(slot: Int, outcome: Outcome, nanoseconds: Int64) {
        guard slot >= 0 else {
            refusedWithoutOperation &+= 1
            return
        }
        let microseconds = UInt64(max(0, nanoseconds / 1000))
        outcomes[slot &* ProxyMetrics.outcomeCount &+ Int(outcome.rawValue)] &+= 1
        buckets[slot &* ProxyMetrics.bucketCount &+ ProxyMetrics.bucket(of: microseconds)] &+= 1
        latencySums[slot] &+= microseconds
    }
}

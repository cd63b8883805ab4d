import Glibc
import RouteGraph

/// The counters of one loop: plain integers, written by that loop alone.
///
/// Each operation has a row of them, in memory of its own that the kernel provides when it is first written to: operations that are
/// never called cost none.
final class MetricShard {
    /// By outcome, by latency, and the sum of the latencies.
    private static let width = ProxyMetrics.outcomeCount + ProxyMetrics.bucketCount + 1

    private var rows: UnsafeMutablePointer<UInt64>?
    private var bytes = 0
    private(set) var slots = 0
    var refusedWithoutOperation: UInt64 = 0
    var acceptedConnections: UInt64 = 0
    var refusedConnections: UInt64 = 0
    var failedHandshakes: UInt64 = 0
    var openConnections = 0
    /// Those of HTTP/2 among the open connections, and their streams.
    var multiplexedConnections = 0
    var openStreams = 0
    var callsInFlight = 0
    var partnerConnects: UInt64 = 0
    var partnerRetries: UInt64 = 0
    var partnerMoves: UInt64 = 0
    var keys = KeyCounts()
    var refusals = OverloadRefusals()

    deinit {
        if let rows { munmap(rows, bytes) }
    }

    /// Makes room for operations; what was counted stays.
    func grow(to wanted: Int) {
        guard wanted > slots else { return }
        let size = wanted * Self.width * MemoryLayout<UInt64>.stride
        if size > bytes {
            let room = size + size / 4
            // Without memory the new operations are not counted; nothing else depends on it.
            guard let fresh = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                fresh != MAP_FAILED
            else { return }
            if let rows {
                memcpy(fresh, rows, slots * Self.width * MemoryLayout<UInt64>.stride)
                munmap(rows, bytes)
            }
            rows = fresh.bindMemory(to: UInt64.self, capacity: room / MemoryLayout<UInt64>.stride)
            bytes = room
        }
        slots = wanted
    }

    /// Counts an ended call. `slot` is negative when no operation was found.
    func record(slot: Int, outcome: Outcome, nanoseconds: Int64) {
        guard slot >= 0, slot < slots, let rows else {
            refusedWithoutOperation &+= 1
            return
        }
        let microseconds = UInt64(max(0, nanoseconds / 1000))
        let row = rows + slot &* Self.width
        row[Int(outcome.rawValue)] &+= 1
        row[ProxyMetrics.outcomeCount &+ ProxyMetrics.bucket(of: microseconds)] &+= 1
        row[Self.width &- 1] &+= microseconds
    }

    /// Outcomes of all operations, one after the other.
    var outcomes: [UInt64] { columns(0..<ProxyMetrics.outcomeCount) }
    /// Latencies of all operations, one after the other.
    var buckets: [UInt64] {
        columns(ProxyMetrics.outcomeCount..<ProxyMetrics.outcomeCount + ProxyMetrics.bucketCount)
    }
    var latencySums: [UInt64] { columns(Self.width - 1..<Self.width) }

    private func columns(_ columns: Range<Int>) -> [UInt64] {
        guard let rows else { return [] }
        var values: [UInt64] = []
        values.reserveCapacity(slots * columns.count)
        for slot in 0..<slots {
            for column in columns { values.append(rows[slot * Self.width + column]) }
        }
        return values
    }
}

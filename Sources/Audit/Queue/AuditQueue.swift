import Synchronization

/// All lanes on their way to the audit thread, the room that they share, and the bell that wakes the thread.
///
/// The room is bounded for all of them together. It is counted by segments that a producer has left and that are not yet on the disk, so
/// the way of a line touches no shared counter; beside it there is the one segment that each producer is filling.
final class AuditQueue: Sendable {
    private struct Lanes {
        var all: [AuditLane] = []
        var isStopping = false
    }

    private static let largestSegment = 256 << 10

    let segmentBytes: Int
    /// Bytes from which on new calls are to be refused.
    private let mark: Int
    private let relaxedMark: Int
    /// Bytes that are there for the records of calls under way.
    private let limit: Int
    private let used = Atomic<Int>(0)
    private let lanes = Mutex(Lanes())
    private let status: AuditStatus
    private let wakeup: AuditWakeup
    /// Whether the audit thread sleeps and wants to be woken by the next line.
    let isParked = Atomic<Bool>(false)
    let isStopping = Atomic<Bool>(false)
    let droppedTotal = Atomic<UInt64>(0)
    private let droppedUnrecorded = Atomic<UInt64>(0)

    init(_ options: AuditOptions, status: AuditStatus, wakeup: AuditWakeup) {
        let room = max(1024, options.queueBytes)
        segmentBytes = max(512, min(AuditQueue.largestSegment, room / 16))
        mark = room / 4 * 3
        relaxedMark = room / 4
        limit = room + max(0, options.reserveBytes)
        self.status = status
        self.wakeup = wakeup
    }

    // MARK: Producers

    func makeProducer() -> AuditProducer {
        let first = AuditSegment(capacity: segmentBytes)
        let lane = AuditLane(first: first)
        lanes.withLock { lanes in
            if lanes.isStopping { _ = first.close() } else { lanes.all.append(lane) }
        }
        return AuditProducer(lane: lane, queue: self, first: first)
    }

    /// Counts a segment that a producer wants to leave; false when there is no room for another.
    func reserve(_ bytes: Int, more: Int) -> Bool {
        let after = used.wrappingAdd(bytes, ordering: .relaxed).newValue
        if after + more > mark {
            status.crowded()
            ring()
        }
        guard after + more <= limit else {
            used.wrappingSubtract(bytes, ordering: .relaxed)
            return false
        }
        return true
    }

    func release(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }

    var isRelaxed: Bool { used.load(ordering: .relaxed) <= relaxedMark }
    var isCrowded: Bool { status.isBacklogged }

    func drop() {
        droppedTotal.wrappingAdd(1, ordering: .relaxed)
        droppedUnrecorded.wrappingAdd(1, ordering: .sequentiallyConsistent)
        wakeIfParked()
    }

    @inline(__always)
    func wakeIfParked() {
        if isParked.load(ordering: .sequentiallyConsistent) { ring() }
    }

    /// One signal for each sleep, whoever comes first.
    @inline(never)
    private func ring() {
        if isParked.exchange(false, ordering: .acquiringAndReleasing) { wakeup.signal() }
    }

    // MARK: The audit thread

    var current: [AuditLane] { lanes.withLock { $0.all } }

    func remove(_ lane: AuditLane) { lanes.withLock { $0.all.removeAll { $0 === lane } } }

    /// How many lines found no room since the last time.
    func takeDropped() -> UInt64 { droppedUnrecorded.exchange(0, ordering: .acquiringAndReleasing) }

    var hasDropped: Bool { droppedUnrecorded.load(ordering: .sequentiallyConsistent) > 0 }

    /// Takes no more producers, and tells the thread to end when all is written.
    func stop() {
        lanes.withLock { $0.isStopping = true }
        isStopping.store(true, ordering: .releasing)
        wakeup.signal()
    }

    // MARK: Anybody

    var waitingBytes: Int { current.reduce(0) { $0 + $1.waitingBytes } }
}

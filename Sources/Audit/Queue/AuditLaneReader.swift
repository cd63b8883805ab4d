import Glibc
import Synchronization

/// The audit thread's side of a lane. Lines are read ahead, and stay in their segments until they are on the disk: what could not be
/// written is read again.
final class AuditLaneReader {
    let lane: AuditLane
    private let queue: AuditQueue
    /// Where reading goes on, and up to where it may.
    private var segment: AuditSegment
    private var offset = 0
    private var end = 0
    /// Where reading begins again after a failure.
    private var keptSegment: AuditSegment
    private var keptOffset = 0

    init?(_ lane: AuditLane, queue: AuditQueue) {
        guard let first = AuditSegment(address: lane.oldest.load(ordering: .acquiring)) else { return nil }
        self.lane = lane
        self.queue = queue
        segment = first
        keptSegment = first
    }

    /// The next line; valid until it is kept.
    func peek() -> UnsafeRawBufferPointer? {
        if offset == end, !findMore() { return nil }
        let frame = UnsafeRawPointer(segment.data + offset)
        let count = Int(frame.loadUnaligned(as: UInt32.self))
        return UnsafeRawBufferPointer(start: frame + AuditSegment.frameBytes, count: count)
    }

    /// Goes on behind the line that `peek` gave.
    func skip(_ line: UnsafeRawBufferPointer) { offset += AuditSegment.frameBytes + line.count }

    private func findMore() -> Bool {
        while true {
            let word = segment.published
            end = AuditSegment.end(word)
            if offset < end { return true }
            guard word & AuditSegment.moved != 0, let next = AuditSegment(address: segment.next) else { return false }
            segment = next
            offset = 0
            end = 0
        }
    }

    /// The lines read so far are on the disk.
    func keep() {
        release(upTo: segment)
        settle(offset - keptOffset)
        keptOffset = offset
    }

    /// Of the lines read so far only the first `lines` are on the disk; the others are read again.
    func keep(lines: Int) {
        segment = keptSegment
        offset = keptOffset
        end = offset
        for _ in 0..<lines { if let line = peek() { skip(line) } }
        keep()
    }

    private func release(upTo last: AuditSegment) {
        while keptSegment != last {
            guard let next = AuditSegment(address: keptSegment.next) else { return }
            settle(AuditSegment.end(keptSegment.published) - keptOffset)
            let emptied = keptSegment
            keptSegment = next
            keptOffset = 0
            lane.oldest.store(next.address, ordering: .releasing)
            queue.release(emptied.capacity)
            lane.giveBack(emptied, standardCapacity: queue.segmentBytes)
        }
    }

    private func settle(_ bytes: Int) {
        guard bytes > 0 else { return }
        lane.settled.wrappingAdd(UInt(bytes), ordering: .releasing)
    }

    /// Takes no more lines; those that were taken by then can still be read.
    func close() {
        var last = segment
        while true {
            let word = last.close()
            guard word & AuditSegment.moved != 0 else { return }
            // The producer has announced the next segment and is about to link it.
            while last.next == 0 { sched_yield() }
            guard let next = AuditSegment(address: last.next) else { return }
            last = next
        }
    }

    /// Nothing is left, and nobody is there to add more.
    var isFinished: Bool { lane.isAbandoned.load(ordering: .acquiring) && peek() == nil }
}

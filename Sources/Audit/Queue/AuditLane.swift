import Synchronization

/// The hand-over of one producer (an event loop) to the audit thread: a chain of segments, without locks.
///
/// ```
///   oldest ──► [frames ▒▒▒▒▒▒▒▒▒▒] ──► [frames ▒▒▒▒      ]        [      ]──►[      ]  returned
///               the reader reads here    the producer writes here   empty again: the reader puts them there,
///               and releases behind it   and publishes its end      the producer takes them all at once
/// ```
///
/// Why this is right, by the memory order of its words:
/// - *No torn line.* The producer writes a frame, then moves `published` behind it (compare-and-exchange, at least releasing). The reader
///   loads `published` (acquiring) and reads frames below it only. Bytes below `published` are never written again.
/// - *No line left behind at the end of a segment.* A segment is left by setting `moved` in `published`, and only after that `next` is
///   stored (releasing). The reader goes on to `next` when it has read up to a `published` that has `moved` in it, which no
///   later publication can follow.
/// - *No memory used by two.* A segment is the producer's until it has left it, and the reader's from then on. The reader gives an emptied
///   one back through `returned` (releasing), the producer takes the whole stack (exchange, acquiring): since it never takes
///   one out of the middle, a segment that comes back can't be mistaken for the one that was there before.
/// - *Nothing accepted after the end, nothing of it lost.* Closing sets `closed` in the very word that a publication has to exchange. So
///   either the publication comes first, and the writer, which reads the word after closing it, sees the line; or it fails, and the
///   producer knows that the line was not taken.
/// - *No lost wake-up.* The producer publishes, then loads ``AuditQueue/isParked``; the writer stores `isParked`, then loads `published`
///   once more. All four are sequentially consistent (the writer's last by a fence), so at least one of them sees the other.
final class AuditLane: Sendable {
    /// Emptied segments, linked by their `next`.
    private let returned = Atomic<UInt>(0)
    private let returnedCount = Atomic<Int>(0)
    /// The oldest segment that the reader still needs; whoever is left at the end frees from here.
    let oldest: Atomic<UInt>
    /// Bytes of the lines that were taken, and of those that are dealt with.
    let appended = Atomic<UInt>(0)
    let settled = Atomic<UInt>(0)
    /// There is no producer any more.
    let isAbandoned = Atomic<Bool>(false)

    private static let spares = 4

    init(first: AuditSegment) {
        oldest = Atomic(first.address)
    }

    deinit {
        AuditLane.free(oldest.load(ordering: .acquiring))
        AuditLane.free(returned.load(ordering: .acquiring))
    }

    private static func free(_ first: UInt) {
        var address = first
        while let segment = AuditSegment(address: address) {
            address = segment.next
            segment.free()
        }
    }

    var waitingBytes: Int {
        let settled = settled.load(ordering: .acquiring)
        // A line is counted right after it was handed over, and may have been written by then.
        return max(0, Int(bitPattern: appended.load(ordering: .acquiring) &- settled))
    }

    /// Called by the reader: gives an emptied segment back, or its memory when enough wait already.
    func giveBack(_ segment: AuditSegment, standardCapacity: Int) {
        guard segment.capacity == standardCapacity, returnedCount.load(ordering: .relaxed) < AuditLane.spares else {
            segment.free()
            return
        }
        returnedCount.wrappingAdd(1, ordering: .relaxed)
        var top = returned.load(ordering: .relaxed)
        while true {
            segment.reset(next: top)
            let result = returned.compareExchange(expected: top, desired: segment.address, ordering: .releasing)
            if result.exchanged { return }
            top = result.original
        }
    }

    /// Called by the producer: all segments that were given back.
    func takeReturned() -> UInt {
        returnedCount.store(0, ordering: .relaxed)
        return returned.exchange(0, ordering: .acquiring)
    }
}

import NIOCore
import RouteGraph

/// Something that has a deadline on its loop's ``TimerWheel``.
class Timed {
    /// Nanoseconds on the monotonic clock; `Int64.max` is never.
    fileprivate(set) final var deadline = Int64.max
    fileprivate final var slot = -1
    fileprivate final var position = 0
    /// When the slot will be looked at.
    fileprivate final var lookedAt: Int64 = 0

    /// The deadline has passed. It is already cleared.
    func deadlineReached(_ now: Int64) {}
}

/// The deadlines of one loop, kept so that moving one costs two stores.
///
/// A call moves its connection's deadline several times (head, body, connect, response, idle), nearly always to a later time.
/// So an entry stays in the slot where it is as long as its new deadline is not earlier; when that slot's time comes, the entry
/// is looked at again. Deadlines are met up to one tick late. The wheel asks the loop for one wake-up, for its next used slot.
final class TimerWheel: NIOScheduledCallbackHandler {
    /// 20 ms.
    static let tick: Int64 = 20_000_000
    private static let slotCount = 1024

    private let loop: any EventLoop
    private var slots: [[Timed]]
    private var taken: [Timed] = []
    private var entries = 0
    /// The last tick that has been looked at.
    private var current: Int64
    private var wakeTick = Int64.max
    private var wake: NIOScheduledCallback?

    init(loop: any EventLoop, now: Int64) {
        self.loop = loop
        slots = Array(repeating: [], count: Self.slotCount)
        current = now / Self.tick
    }

    /// Sets, moves or (with `Int64.max`) clears a deadline.
    @inline(__always)
    func set(_ entry: Timed, to deadline: Int64) {
        if entry.slot >= 0, deadline == .max || deadline &+ Self.tick >= entry.lookedAt {
            entry.deadline = deadline
            return
        }
        move(entry, to: deadline)
    }

    @inline(never)
    private func move(_ entry: Timed, to deadline: Int64) {
        remove(entry)
        entry.deadline = deadline
        if deadline != .max { insert(entry) }
    }

    /// Takes an entry out, for good.
    func remove(_ entry: Timed) {
        entry.deadline = .max
        guard entry.slot >= 0 else { return }
        let slot = entry.slot
        let last = slots[slot].count - 1
        if entry.position != last {
            let moved = slots[slot][last]
            slots[slot][entry.position] = moved
            moved.position = entry.position
        }
        slots[slot].removeLast()
        entry.slot = -1
        entries -= 1
    }

    private func insert(_ entry: Timed) {
        let due = entry.deadline / Self.tick + 1
        let at = min(max(due, current + 1), current + Int64(Self.slotCount) - 1)
        let slot = Int(at % Int64(Self.slotCount))
        entry.slot = slot
        entry.lookedAt = at * Self.tick
        entry.position = slots[slot].count
        slots[slot].append(entry)
        entries += 1
        if at < wakeTick { schedule(at) }
    }

    private func schedule(_ tick: Int64) {
        wake?.cancel()
        wakeTick = tick
        let time = NIODeadline.uptimeNanoseconds(UInt64(clamping: tick * Self.tick))
        wake = try? loop.assumeIsolated().scheduleCallback(at: time, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        wake = nil
        wakeTick = .max
        advance(to: Clock.monotonic())
        guard entries > 0 else { return }
        for ahead in 1..<Int64(Self.slotCount)
        where !slots[Int((current + ahead) % Int64(Self.slotCount))].isEmpty {
            if current + ahead < wakeTick { schedule(current + ahead) }
            return
        }
    }

    /// Ends all deadlines up to `now`.
    func advance(to now: Int64) {
        let target = now / Self.tick
        if target - current >= Int64(Self.slotCount) { current = target - Int64(Self.slotCount) + 1 }
        while current < target {
            current += 1
            let slot = Int(current % Int64(Self.slotCount))
            guard !slots[slot].isEmpty else { continue }
            swap(&taken, &slots[slot])
            entries -= taken.count
            for entry in taken { entry.slot = -1 }
            for entry in taken where entry.slot < 0 && entry.deadline != .max {
                if entry.deadline <= now {
                    entry.deadline = .max
                    entry.deadlineReached(now)
                } else {
                    insert(entry)
                }
            }
            taken.removeAll(keepingCapacity: true)
        }
    }
}

import NIOCore
import RouteGraph

/// One loop's side of a rate limit: the calls of this loop that wait for their slots.
///
/// Slots belong to the loop, not to a call: when one comes, the call whose turn it is takes it, so that the consumers of a busy
/// partner share it fairly.
///
/// While calls wait, the loop is asked for a wake-up at the next slot itself: a tick of the ``TimerWheel`` is longer than most spacings.
final class RateGate: NIOScheduledCallbackHandler {
    enum Entry {
        case go
        /// The call is told by `turnCame` or `turnRefused`.
        case waiting
        /// Nanoseconds until it is worth to come again.
        case refused(Int64)
    }

    /// What a call may wait beyond its limit before it gives up by itself, since that deadline is met up to a tick late.
    static let slack = 2 * TimerWheel.tick

    let scope: RateNotice.Scope
    let meter: RateMeter
    private(set) var plan: RateLimitPlan
    private let loop: any EventLoop
    private var wake: NIOScheduledCallback?
    private var wakeAt = Int64.max
    private var queue = FairQueue<ClientConnection>()
    /// Ascending.
    private var slots = CircularBuffer<Int64>()
    private(set) var waits: UInt64 = 0
    private(set) var refusals: UInt64 = 0

    init(worker: Worker, scope: RateNotice.Scope, meter: RateMeter, plan: RateLimitPlan) {
        loop = worker.loop
        self.scope = scope
        self.meter = meter
        self.plan = plan
    }

    func update(_ plan: RateLimitPlan) { self.plan = plan }

    var waiting: Int { queue.count }

    func enter(_ client: ClientConnection, consumer: Int, now: Int64) -> Entry {
        switch meter.take(plan, now: now, wait: plan.wait) {
        case .at(let slot) where slot <= now && queue.isEmpty:
            return .go
        case .at(let slot):
            var place = slots.count
            while place > 0, slots[slots.index(slots.startIndex, offsetBy: place - 1)] > slot { place -= 1 }
            slots.insert(slot, at: slots.index(slots.startIndex, offsetBy: place))
        case .tooFar(let nanoseconds):
            // A consumer with fewer calls in line than another takes that one's place.
            guard plan.wait > 0, let displaced = queue.displace(for: consumer) else {
                refusals &+= 1
                return .refused(nanoseconds)
            }
            refusals &+= 1
            displaced.turnRefused(self, retryIn: nanoseconds)
        }
        waits &+= 1
        queue.append(client, consumer: consumer)
        watch()
        return .waiting
    }

    /// Takes a call out of the line; its slot is given back.
    func forget(_ client: ClientConnection) {
        guard queue.remove(where: { $0 === client }) else { return }
        if !slots.isEmpty {
            slots.removeLast()
            meter.giveBack(plan)
        }
    }

    func countRefusal() { refusals &+= 1 }

    /// Asks for a wake-up at the next slot. One that comes too early does no harm, so it is only ever moved forward.
    private func watch() {
        guard let next = slots.first, next < wakeAt else { return }
        wake?.cancel()
        wakeAt = next
        let time = NIODeadline.uptimeNanoseconds(UInt64(clamping: next))
        wake = try? loop.assumeIsolated().scheduleCallback(at: time, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        wake = nil
        wakeAt = .max
        let now = Clock.monotonic()
        while let slot = slots.first, slot <= now {
            slots.removeFirst()
            queue.popFirst()?.turnCame(now)
        }
        watch()
    }

    func notice(_ now: Int64) -> RateNotice {
        RateNotice(
            policy: scope, plan: plan, remaining: meter.remaining(plan, now: now), resetIn: meter.resetIn(now: now))
    }
}

import NIOCore
import RouteGraph

/// One loop's side of a partner's concurrency limit: who holds a permit, and who waits for one, first come, first served.
///
/// The permits are the process's. When a call ends, its own loop looks for the next in line, and so do the others if calls wait there;
/// which of them is first is chance, so no loop is left behind. The wheel's tick is the safety net.
final class ConcurrencyGate: Timed {
    enum Entry {
        case go, waiting, full
    }

    private var plan: ConcurrencyPlan
    let permits: ConcurrencyPermits
    /// The limit that the partner's latency allows, of all loops.
    private var adaptive: AdaptiveLimit?
    private unowned let worker: Worker
    private var line = CircularBuffer<ClientConnection>()
    private var pumpIsDue = false
    private(set) var refusals: UInt64 = 0

    init(worker: Worker, permits: ConcurrencyPermits, plan: ConcurrencyPlan, adaptive: AdaptiveLimit?) {
        self.worker = worker
        self.permits = permits
        self.plan = plan
        self.adaptive = adaptive
        super.init()
        guard worker.loopCount > 1 else { return }
        let (life, loop) = (worker.life, worker.loop)
        let weakly = NIOLoopBound(Weakly(self), eventLoop: loop)
        permits.listen(as: ObjectIdentifier(worker)) {
            life.hand(to: loop) { weakly.value.gate?.pump() }
        }
    }

    /// The permits outlive the gate.
    private final class Weakly {
        weak var gate: ConcurrencyGate?
        init(_ gate: ConcurrencyGate) { self.gate = gate }
    }

    /// The partner has no limit any more, or is gone.
    func retire() { permits.stopListening(as: ObjectIdentifier(worker)) }

    func update(_ plan: ConcurrencyPlan, adaptive: AdaptiveLimit?) {
        self.plan = plan
        self.adaptive = adaptive
        pumpSoon()
    }

    var waiting: Int { line.count }
    /// Calls at once, over all loops, that the partner gets now.
    var limit: Int { adaptive.map { min($0.limit, plan.limit) } ?? plan.limit }

    func enter(_ client: ClientConnection) -> Entry {
        if line.isEmpty, permits.take(limit: limit) { return .go }
        guard permits.join(queue: plan.queue) else {
            refusals &+= 1
            return .full
        }
        line.append(client)
        watch()
        return .waiting
    }

    /// A call that held a permit has ended.
    func release(took: Int64, result: CircuitBreaker.Result) {
        if result != .unknown {
            adaptive?.ended(took: took, failed: result == .failure, inFlight: permits.inUse)
        }
        permits.release()
        pumpSoon()
        if worker.loopCount > 1, permits.inLine > line.count { permits.wakeOthers(than: ObjectIdentifier(worker)) }
    }

    func forget(_ client: ClientConnection) {
        guard let index = line.firstIndex(where: { $0 === client }) else { return }
        line.remove(at: index)
        permits.leave()
    }

    /// Not at once: the call that has just ended has not yet given its connection back.
    private func pumpSoon() {
        guard !line.isEmpty, !pumpIsDue else { return }
        pumpIsDue = true
        worker.loop.assumeIsolated().execute { self.pump() }
    }

    fileprivate func pump() {
        pumpIsDue = false
        let now = Clock.monotonic()
        while !line.isEmpty, permits.take(limit: limit) {
            permits.leave()
            line.removeFirst().permitCame(now)
        }
    }

    private func watch() {
        if !line.isEmpty { worker.wheel.set(self, to: Clock.monotonic() &+ TimerWheel.tick) }
    }

    override func deadlineReached(_ now: Int64) {
        pump()
        watch()
    }
}

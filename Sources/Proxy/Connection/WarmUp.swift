import RouteGraph

/// Keeps some of a pool's connections open before a call needs them.
///
/// One is opened at a time. After a loss it waits a moment, after a failure longer and longer, by chance each time, so that the loops
/// of many gateways do not all come at once to a partner that has just come back.
final class WarmUp: Timed {
    private static let firstPause: Int64 = 200_000_000
    private static let longestPause: Int64 = 30_000_000_000
    private static let afterLoss: Int64 = 100_000_000

    private unowned let worker: Worker
    private unowned let pool: UpstreamPool
    private let target: Int
    private var failures = 0
    private var isWaiting = false
    private var isStopped = false

    init(worker: Worker, pool: UpstreamPool, target: Int) {
        self.worker = worker
        self.pool = pool
        self.target = target
    }

    /// The part of a number that falls to one of several loops; all parts together are the number.
    static func share(of count: Int, loop: Int, loops: Int) -> Int {
        count / max(1, loops) + (loop < count % max(1, loops) ? 1 : 0)
    }

    /// The pool is there, or has lost a connection.
    func begin() { wait(worker.jitter.below(Self.afterLoss)) }

    func opened() {
        failures = 0
        if !isWaiting { next() }
    }

    func failed() {
        let longest = min(Self.longestPause, Self.firstPause << Int64(min(failures, 20)))
        failures = min(failures + 1, 20)
        wait(longest / 2 + worker.jitter.below(longest / 2))
    }

    func stop() {
        isStopped = true
        worker.wheel.remove(self)
    }

    private func wait(_ pause: Int64) {
        guard !isStopped, !isWaiting else { return }
        isWaiting = true
        worker.wheel.set(self, to: Clock.monotonic() &+ pause)
    }

    private func next() {
        guard !isStopped, !worker.isDraining else { return }
        pool.openAhead(upTo: target)
    }

    override func deadlineReached(_ now: Int64) {
        isWaiting = false
        next()
    }
}

import DNS
import NIOCore
import RouteGraph

/// One name on one loop, with the pools whose connections go there, and those that wait for its addresses.
final class LoopName: Timed {
    /// In small letters.
    let host: String
    private unowned let names: LoopNames
    private var known = FollowedName()
    private var pools: [UpstreamPool] = []
    private var waiting: [(number: Int, promise: EventLoopPromise<[IPAddress]>)] = []
    private var lastNumber = 0

    init(_ host: String, in names: LoopNames) {
        self.host = host
        self.names = names
    }

    func add(_ pool: UpstreamPool) { pools.append(pool) }

    /// A pool is given up: what it still has open is not moved any more.
    func remove(_ pool: UpstreamPool) {
        pools.removeAll { $0 === pool }
        guard pools.isEmpty else { return }
        names.wheel.remove(self)
        names.forget(self)
    }

    /// The addresses as they are known; empty when they are not.
    var addresses: [IPAddress] { known.answer?.addresses ?? [] }

    /// Addresses for a new connection: at once where they are known, else when they are. Old ones serve when the answer is slow.
    func take(within time: Int64) -> EventLoopFuture<[IPAddress]> {
        guard !names.isStopped else { return failure(NameError(host, "the gateway ends")) }
        let (taking, asks) = known.take(now: Clock.monotonic())
        if asks { ask() }
        switch taking {
        case .addresses(let addresses): return names.loop.makeSucceededFuture(names.rotated(addresses))
        case .nothing(let kind): return failure(NameError(host, kind))
        case .wait(let old): return wait(old: old, time)
        }
    }

    /// Fails later in this turn of the loop: whoever asks is not ready for it yet.
    private func failure(_ error: NameError) -> EventLoopFuture<[IPAddress]> {
        names.loop.submit { throw error }
    }

    private func wait(old: [IPAddress], _ time: Int64) -> EventLoopFuture<[IPAddress]> {
        lastNumber += 1
        let number = lastNumber
        let promise = names.loop.makePromise(of: [IPAddress].self)
        waiting.append((number, promise))
        let patience = old.isEmpty ? time : min(NameTimes.patience, time / 2)
        let timer = names.loop.assumeIsolated().scheduleTask(in: .nanoseconds(patience)) {
            guard let place = self.waiting.firstIndex(where: { $0.number == number }) else { return }
            self.waiting.remove(at: place)
            if old.isEmpty {
                promise.fail(NameError(self.host, "no answer in time"))
            } else {
                promise.succeed(self.names.rotated(old))
            }
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return promise.futureResult
    }

    private func ask() {
        let bound = NIOLoopBound(self, eventLoop: names.loop)
        let (directory, life, loop, host) = (names.directory, names.life, names.loop, host)
        Task {
            let answer = await directory.answer(for: host)
            life.hand(to: loop) { bound.value.answered(answer) }
        }
    }

    private func answered(_ answer: NameAnswer) {
        let isMoved = known.answered(answer)
        if !pools.isEmpty, !names.isStopped { names.wheel.set(self, to: answer.expires) }
        let ready = waiting
        waiting.removeAll()
        for (_, promise) in ready {
            if answer.addresses.isEmpty {
                promise.fail(NameError(host, answer.kind))
            } else {
                promise.succeed(names.rotated(answer.addresses))
            }
        }
        if isMoved { for pool in pools { pool.addressesChanged() } }
    }

    override func deadlineReached(_ now: Int64) {
        if known.expired(now: now, isConnected: pools.contains { $0.open > 0 }) { ask() }
    }

    func settingsChanged() {
        let now = Clock.monotonic()
        known.forgetTime(now: now)
        deadlineReached(now)
    }

    func stop() {
        names.wheel.remove(self)
        let given = waiting
        waiting.removeAll()
        for (_, promise) in given { promise.fail(NameError(host, "the gateway ends")) }
    }
}

/// Why there is no address.
struct NameError: Error, CustomStringConvertible {
    let description: String

    init(_ host: String, _ reason: String) { description = "no address of \(host): \(reason)" }

    init(_ host: String, _ kind: NameAnswer.Kind) {
        switch kind {
        case .failed(let reason): self.init(host, reason)
        case .absent: self.init(host, "DNS has none")
        case .fresh, .stale: self.init(host, "none is left")
        }
    }
}

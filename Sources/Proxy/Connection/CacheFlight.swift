import NIOCore
import RouteGraph

/// A call for an answer that others wait for too.
///
/// ```
///   first call with a key ──► under way ──┬── answer ─────────► all get it
///        others join ──────────────▲      ├── mapped by each ─► each maps the partner's answer for itself
///                                         ├── failure ────────► each answers with it, or with a stale answer
///                                         ├── bad ────────────► each gives a stale answer, or asks again
///                                         ├── refused ────────► each asks the partner's rate limit for a turn of its own
///                                         └── alone ──────────► each asks again: the first of them makes the next call
/// ```
/// A partner that fails gets one call for all who wait, and none of them waits for a second one: the failure is theirs as well. Only
/// when the call ended for a reason of its own, they go on. They are told in the next turn of the loop, so that an end that leads to
/// another end does not pile up on the stack.
final class CacheFlight {
    enum End {
        case answer(KeptAnswer)
        case partnerAnswer(MessageHead, ByteBuffer)
        case failure(TransportFailure)
        case bad
        case refused
        case alone
    }

    private struct Waiting {
        let connection: ClientConnection
        let cached: CachedCall
    }

    let key: CacheKey
    private let cache: OperationCache
    private let worker: Worker
    /// Whose call it is; nil for a detached one.
    weak var leader: ClientConnection?
    private var waiting: [Waiting] = []
    private(set) var isOver = false
    /// Calls that wait still.
    var waitingCount = 0

    /// Begins a flight, which the cache knows until it ends.
    init(_ key: CacheKey, _ cache: OperationCache, _ worker: Worker, leader: ClientConnection?) {
        self.key = key
        self.cache = cache
        self.worker = worker
        self.leader = leader
        cache.flights[key] = self
    }

    func join(_ connection: ClientConnection, _ cached: CachedCall) {
        waiting.append(Waiting(connection: connection, cached: cached))
        waitingCount += 1
        // A client that reads slowly does not hold up the others: from now on the answer is read as fast as it comes.
        leader?.partner?.resumeReading()
    }

    func end(_ end: End) {
        guard !isOver else { return }
        isOver = true
        if cache.flights[key] === self { cache.flights[key] = nil }
        let told = waiting
        waiting = []
        guard !told.isEmpty else { return }
        let bound = NIOLoopBound((told, end), eventLoop: worker.loop)
        worker.loop.execute {
            let (told, end) = bound.value
            for one in told { one.connection.flightEnded(one.cached, end) }
        }
    }
}

/// A call of an operation with `cache` that no kept answer has ended yet.
final class CachedCall {
    let plan: CachePlan
    let cache: OperationCache
    let key: CacheKey
    /// Good for no more than to stand in for a partner that fails.
    let stale: KeptAnswer?
    /// The cache's purges when the call asked.
    private let purges: Int
    /// The call that it waits for, or that it makes for others.
    var flight: CacheFlight?
    var leads = false
    /// The partner's request, when its answer was stale and is to be fetched anew.
    var refresh: DetachedCall.Request?

    // An answer that passes through, while it is copied.
    var isCopied = false
    var status = 0
    var headers: [UInt8] = []
    var body: [UInt8] = []
    var terms = KeepingTerms()

    init(_ plan: CachePlan, _ cache: OperationCache, _ key: CacheKey, stale: KeptAnswer?) {
        self.plan = plan
        self.cache = cache
        self.key = key
        self.stale = stale
        purges = cache.purges
    }

    /// Whether others wait for this call's answer.
    var isAwaited: Bool { leads && (flight.map { !$0.isOver && $0.waitingCount > 0 } ?? false) }

    /// Others with the key need not wait for each other for a while: its answers are not kept.
    func markUnkept(_ now: Int64) {
        cache.answers.markUnkept(
            key.bytes, hash: key.hash, until: now &+ min(plan.ttl, OperationCache.unkeptTime), now: now)
    }

    /// - Returns: false when it can't be kept, or may not be: a purge has come in between.
    func keep(_ answer: KeptAnswer, _ now: Int64) -> Bool {
        purges == cache.purges && cache.answers.insert(key.bytes, hash: key.hash, answer, now: now)
    }

    /// An answer that says no more than that it is over with the one that was kept.
    func forget() {
        cache.answers.remove(key.bytes, hash: key.hash)
    }
}

import NIOCore
import RouteGraph

/// A call that no client waits for: what the gateway wants to know of a partner for its own sake.
///
/// ```
///   start ──next turn of the loop──► limits of the partner, circuit, connection ──► partner ──► onEnd(answered)
///     │ too many, draining, short of memory        │ refused              │ lost, timed out
///     ▼                                            ▼                      ▼
///   false, and onEnd is not called              onEnd(notMade)         onEnd(failed)
/// ```
/// It is run by a ``ClientConnection`` that has no channel, so everything that stands between a client's call and its partner
/// (rate, concurrency, circuit breaker, retry, timeouts, the choice of a place) stands there as well. Consumers' and operations'
/// rate limits do not: no consumer has called. The answer is read whole, up to `limits.body`.
///
/// It is not counted among the calls in flight, and recorded only if `onEnd` does so. `onEnd` is called once, on the loop, never
/// before `start` has returned. A loop has at most ``limit`` of them, so that a slow partner can't pile them up; all end at once when
/// the loop drains.
final class DetachedCall {
    enum Result {
        /// The whole body; status and fields stand in the call's `partnerHead`.
        case answered(ByteBuffer)
        case failed(TransportFailure)
        /// The partner was not called: a rate limit had no turn for it, or the loop ends.
        case notMade
    }

    /// The partner's request, ready to be sent.
    struct Request {
        /// Head and body. The `Host` line comes first.
        var bytes: ByteBuffer
        /// Which partner, as a position in the graph's `partners` and `pools`.
        var upstream: Int
        /// Whether the method is HEAD, so that the answer has no body.
        var isHead = false
        /// Whether sending it twice does no more than sending it once.
        var isIdempotent = true
        /// Whether it has a body that the partner may leave unread.
        var spendsConnection = false
    }

    /// Detached calls that one loop may have under way.
    static let limit = 256

    let upstream: Int
    let onEnd: (Call, Result) -> Void

    private init(upstream: Int, onEnd: @escaping (Call, Result) -> Void) {
        self.upstream = upstream
        self.onEnd = onEnd
    }

    /// Begins a detached call.
    /// - Parameter call: on whose behalf, with its operation and, for what is to be mapped back, its request. It belongs to the
    ///   detached call from now on, and goes back to the worker after `onEnd`.
    /// - Returns: false when there can be none now; the call is still the caller's then.
    static func start(
        _ request: Request, for call: Call, of graph: WorkerGraph, on worker: Worker,
        onEnd: @escaping (Call, Result) -> Void
    ) -> Bool {
        guard worker.takesDetached, graph.pools.indices.contains(request.upstream) else { return false }
        let connection = ClientConnection(worker: worker, isSecure: false)
        connection.detach(DetachedCall(upstream: request.upstream, onEnd: onEnd), request, call, graph)
        worker.addDetached(connection)
        let bound = NIOLoopBound(connection, eventLoop: worker.loop)
        worker.loop.execute { bound.value.beginDetached() }
        return true
    }

    /// Begins a detached call of an operation that no consumer has called.
    static func start(
        _ request: Request, for operation: OperationPlan, of graph: WorkerGraph, on worker: Worker,
        onEnd: @escaping (Call, Result) -> Void
    ) -> Bool {
        let call = worker.takeCall()
        call.begin(at: Clock.monotonic(), wallClock: Clock.wall())
        call.graph = graph.graph
        call.operation = operation
        worker.mediator.correlate(call)
        if start(request, for: call, of: graph, on: worker, onEnd: onEnd) { return true }
        worker.recycle(call)
        return false
    }
}

extension ClientConnection {
    fileprivate func detach(
        _ detached: DetachedCall, _ request: DetachedCall.Request, _ call: Call, _ graph: WorkerGraph
    ) {
        self.detached = detached
        isOrphan = true
        self.call = call
        self.graph = graph
        pool = graph.pools[request.upstream]
        self.request = request.bytes
        requestIsHead = request.isHead
        requestIsIdempotent = request.isIdempotent
        requestIsKept = true
        spendsPartner = request.spendsConnection
    }

    fileprivate func beginDetached() {
        guard detached != nil, let pool else { return }
        exchange.headReceived(hasBody: false, keepAlive: true)
        exchange.mediationBegan()
        exchange.mapped()
        let now = Clock.monotonic()
        totalDeadline = now &+ pool.plan.totalTimeout
        acquire(pool, now, fresh: false)
    }

    /// A detached call is over.
    /// - Parameter answer: the partner's, when there is one.
    func endDetached(_ answer: ByteBuffer?) {
        guard let detached, let call else { return }
        self.detached = nil
        isOrphan = false
        worker.wheel.remove(self)
        let failure = call.attempts.last?.failure
        if case .abandon(let cancels) = exchange.clientClosed(), cancels {
            cancelPartner()
        } else {
            pool?.forget(self)
        }
        endAttempts()
        self.call = nil
        graph = nil
        pool = nil
        worker.removeDetached(self)
        call.ended = Clock.monotonic()
        if let answer {
            detached.onEnd(call, .answered(answer))
        } else {
            detached.onEnd(call, failure.map { .failed($0) } ?? .notMade)
        }
        worker.recycle(call)
    }
}

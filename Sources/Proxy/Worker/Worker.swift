import NIOCore
import RouteGraph

/// What one event loop owns: the graph it runs, its mediator, its pools of connections and calls, its deadlines, its counters.
///
/// Everything here is used on that loop alone, so there is no lock and nothing to wait for. A call never leaves its loop.
final class Worker {
    let loop: any EventLoop
    /// How many loops share the process-wide limits.
    let loopCount: Int
    let mediator: Mediator
    let wheel: TimerWheel
    let metrics = MetricShard()
    let callLog: any CallLog
    let authenticator: any Authenticator
    let log: @Sendable (String) -> Void
    private(set) var current: WorkerGraph
    private var pools: [Int: UpstreamPool] = [:]
    private var spareCalls: [Call] = []
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var isDraining = false
    private var drained: EventLoopPromise<Void>?
    /// What connections that have nothing to keep hold instead of a buffer.
    let noBytes = ByteBuffer()
    let lineEnd = ByteBuffer(staticString: ChunkedEncoder.end)
    /// Stands in where no call is under way.
    let spareHead = MessageHead()

    init(
        loop: any EventLoop, index: Int, loopCount: Int, callLog: any CallLog, authenticator: any Authenticator,
        log: @escaping @Sendable (String) -> Void, installation: Installation
    ) {
        self.loop = loop
        self.loopCount = loopCount
        self.callLog = callLog
        self.authenticator = authenticator
        self.log = log
        mediator = Mediator(seed: UInt64(index + 1))
        wheel = TimerWheel(loop: loop, now: Clock.monotonic())
        current = WorkerGraph(installation: installation, pools: [])
        install(installation)
    }

    /// Takes over a graph: one step, between two calls. Pools whose plan is in the new graph too keep their connections.
    func install(_ installation: Installation) {
        var kept: [Int: UpstreamPool] = [:]
        kept.reserveCapacity(installation.upstreams.count)
        let list = installation.upstreams.map { upstream -> UpstreamPool in
            let pool =
                kept[upstream.key] ?? pools[upstream.key]
                ?? UpstreamPool(worker: self, plan: upstream.plan, tls: upstream.tls)
            kept[upstream.key] = pool
            return pool
        }
        for (key, pool) in pools where kept[key] == nil { pool.retire() }
        pools = kept
        metrics.grow(to: installation.metricSlotCount)
        current = WorkerGraph(installation: installation, pools: list)
    }

    // MARK: Calls

    func takeCall() -> Call {
        let call = spareCalls.popLast() ?? Call()
        call.head.reset()
        return call
    }

    /// Records an ended call and takes it back.
    func finish(_ call: Call, of graph: WorkerGraph) {
        let slot = call.operation.map { graph.installation.metricSlots[$0.index] } ?? -1
        metrics.record(slot: slot, outcome: call.outcome, nanoseconds: call.ended &- call.started)
        metrics.callsInFlight -= 1
        callLog.append(call)
        recycle(call)
    }

    /// Takes back a call that nothing is to be recorded of.
    func recycle(_ call: Call) {
        call.graph = nil
        call.operation = nil
        if spareCalls.count < 256 { spareCalls.append(call) }
    }

    // MARK: Client connections

    /// Whether one more connection may be served.
    func admits() -> Bool {
        let limit = max(1, (current.graph.settings.limits.connections + loopCount - 1) / loopCount)
        return !isDraining && connections.count < limit
    }

    func add(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        metrics.openConnections = connections.count
        metrics.acceptedConnections &+= 1
    }

    func remove(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
        metrics.openConnections = connections.count
        if connections.isEmpty { drained?.succeed() }
        if connections.isEmpty { drained = nil }
    }

    // MARK: Drain

    /// Ends the loop's work: idle connections are closed soon, the others when their call has been answered.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        let promise = loop.makePromise(of: Void.self)
        guard !connections.isEmpty else {
            promise.succeed()
            return promise.futureResult
        }
        if let earlier = drained { promise.futureResult.cascade(to: earlier) }
        drained = promise
        for connection in connections.values { connection.drain() }
        return promise.futureResult
    }

    /// Closes what is still there.
    func shutDown() {
        for connection in Array(connections.values) { connection.shutDown() }
        for pool in pools.values { pool.retire() }
    }

    func snapshot() -> ShardSnapshot {
        ShardSnapshot(metrics, pools: current.pools.map(\.gauges))
    }
}

import NIOCore
import RouteGraph

/// What one event loop owns: the graph it runs, its mediator, its pools of connections and calls, its deadlines, its counters.
///
/// Everything here is used on that loop alone, so there is no lock and nothing to wait for. A call never leaves its loop.
final class Worker {
    let loop: any EventLoop
    /// Counted from 0.
    let index: Int
    /// How many loops share the process-wide limits.
    let loopCount: Int
    let mediator: Mediator
    let wheel: TimerWheel
    let metrics = MetricShard()
    let callLog: any CallLog
    let authenticator: any Authenticator
    /// Where answers are kept; nil when none can be.
    let answers: (any AnswerStore)?
    /// The last ticket given out; no two loops have the same.
    var tickets: UInt64
    let log: @Sendable (String) -> Void
    private(set) var current: WorkerGraph
    private var pools: [Int: UpstreamPool] = [:]
    private var partners: [String: PartnerState] = [:]
    private var gates: [String: RateGate] = [:]
    var jitter: Jitter
    private var spareCalls: [Call] = []
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var isDraining = false
    /// The loop's share of the calls that may be under way.
    private(set) var callLimit = Int.max
    /// Connections that are being told that there are too many.
    var refusingConnections = 0
    let acceptGate = AcceptGate()
    let memory: MemoryWatch
    /// Whether connections are asked to end with their next answer, since the process is about to.
    private(set) var isLeaving = false
    private var drained: EventLoopPromise<Void>?
    /// What connections that have nothing to keep hold instead of a buffer.
    let noBytes = ByteBuffer()
    let lineEnd = ByteBuffer(staticString: ChunkedEncoder.end)
    /// Stands in where no call is under way.
    let spareHead = MessageHead()

    init(
        loop: any EventLoop, index: Int, loopCount: Int, callLog: any CallLog, authenticator: any Authenticator,
        answers: (any AnswerStore)?, log: @escaping @Sendable (String) -> Void, memory: MemoryWatch,
        installation: Installation
    ) {
        self.memory = memory
        self.loop = loop
        self.index = index
        self.loopCount = loopCount
        self.callLog = callLog
        self.authenticator = authenticator
        self.answers = answers
        tickets = UInt64(index) << 48
        self.log = log
        mediator = Mediator(seed: UInt64(index + 1))
        wheel = TimerWheel(loop: loop, now: Clock.monotonic())
        jitter = Jitter(seed: UInt64(bitPattern: Clock.wall()) &+ UInt64(index))
        current = WorkerGraph(installation: installation, partners: [], operationGates: [], consumerGates: [])
        install(installation)
    }

    /// Takes over a graph: one step, between two calls. Pools whose plan is in the new graph too keep their connections.
    func install(_ installation: Installation) {
        var kept: [Int: UpstreamPool] = [:]
        kept.reserveCapacity(installation.upstreams.count)
        var known: [String: PartnerState] = [:]
        let links = installation.upstreams.map { upstream -> PartnerLink in
            let places = ([upstream] + upstream.alternatives).map { place -> UpstreamPool in
                let pool =
                    kept[place.key] ?? pools[place.key]
                    ?? UpstreamPool(worker: self, plan: place.plan, tls: place.tls)
                kept[place.key] = pool
                return pool
            }
            let name = upstream.plan.identity
            let state = known[name] ?? partners[name] ?? PartnerState(identity: name, worker: self)
            known[name] = state
            state.update(upstream, pools: places, health: upstream.health)
            return PartnerLink(state: state, plan: upstream.policies, pools: places)
        }
        for (key, pool) in pools where kept[key] == nil { pool.retire() }
        for (name, state) in partners where known[name] == nil { state.retire() }
        pools = kept
        partners = known
        metrics.grow(to: installation.metricSlotCount)
        resumeAccepting()
        callLimit = max(1, (installation.graph.settings.limits.calls + loopCount - 1) / loopCount)
        let graph = installation.graph
        var gates: [String: RateGate] = [:]
        func gate(
            _ name: String, _ kind: RateNotice.StaticStringName, _ plan: RateLimitPlan?, _ meter: RateMeter?
        ) -> RateGate? {
            guard let plan, let meter else { return nil }
            let gate = self.gates[name] ?? RateGate(worker: self, name: kind, meter: meter, plan: plan)
            gate.update(plan)
            gates[name] = gate
            return gate
        }
        let meters = installation.operationMeters
        let operationGates = graph.operations.indices.map { i in
            gate(
                "operation \(graph.operations[i].identity)", .operation, graph.operations[i].rate,
                meters.isEmpty ? nil : meters[i])
        }
        let consumerGates = graph.consumers.indices.map { i in
            gate(
                "consumer \(graph.consumers[i].name)", .consumer, graph.consumers[i].rate,
                installation.consumerMeters.isEmpty ? nil : installation.consumerMeters[i])
        }
        self.gates = gates
        current = WorkerGraph(
            installation: installation, partners: links, operationGates: operationGates, consumerGates: consumerGates)
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

    private var connectionLimit: Int {
        max(1, (current.graph.settings.limits.connections + loopCount - 1) / loopCount)
    }

    /// Whether one more connection may be served.
    func admits() -> Bool {
        !isDraining && connections.count < connectionLimit
    }

    /// Lets the listeners go on when there is room again.
    func resumeAccepting() {
        guard !acceptGate.isOpen, refusingConnections <= RefusedConnection.limit / 2,
            connections.count <= AcceptGate.lowMark(of: connectionLimit)
        else { return }
        acceptGate.resume()
    }

    func add(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        metrics.openConnections = connections.count
        metrics.acceptedConnections &+= 1
        if isLeaving { connection.leave() }
    }

    func remove(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
        metrics.openConnections = connections.count
        resumeAccepting()
        if connections.isEmpty { drained?.succeed() }
        if connections.isEmpty { drained = nil }
    }

    // MARK: Drain

    /// From now on every answer is its connection's last, and nothing else changes: clients go elsewhere by themselves.
    func leave() {
        isLeaving = true
        for connection in connections.values { connection.leave() }
    }

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
        for state in partners.values { state.retire() }
    }

    func snapshot() -> ShardSnapshot {
        ShardSnapshot(
            metrics, pools: current.partners.flatMap(\.pools).map(\.gauges),
            partners: current.partners.map(\.state.gauges),
            limits: gates.map { ProxyMetrics.Limit(name: $0.key, waits: $0.value.waits, refusals: $0.value.refusals) })
    }
}

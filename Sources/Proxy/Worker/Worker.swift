import Documents
import NIOCore
import RouteGraph

/// A client's connection, as its worker sees it when the process is to end.
protocol ServedConnection: AnyObject {
    /// Ends the connection with its next answer.
    func leave()
    /// Takes no further call, and ends when the ones under way have been answered.
    func drain()
    /// Ends the connection now.
    func shutDown()
}

/// What one event loop owns: the graph it runs, its mediator, its pools of connections and calls, its deadlines, its counters.
///
/// Everything here is used on that loop alone, so there is no lock and nothing to wait for. A call never leaves its loop.
final class Worker {
    let life: LoopLife
    let loop: any EventLoop
    /// Counted from 0.
    let index: Int
    /// How many loops share the process-wide limits.
    let loopCount: Int
    let mediator: Mediator
    let wheel: TimerWheel
    let names: LoopNames
    let metrics = MetricShard()
    let callLog: any CallRecorder
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
    private var caches: [String: OperationCache] = [:]
    /// Where keys of caches are written.
    let cacheKeys = ByteWriter(capacity: 1024)
    var jitter: Jitter
    private var spareCalls: [Call] = []
    private var connections: [ObjectIdentifier: any ServedConnection] = [:]
    private var detached: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var isDraining = false
    /// Calls that may be under way, over all loops.
    private var callLimit = Int.max
    private let counts: SharedCounts
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
    /// Compares answers of partners' versions.
    private(set) lazy var comparison = AnswerComparison()
    /// What heads of answers are read into on their way to HTTP/2.
    let answerHead = MessageHead()

    init(
        life: LoopLife, loop: any EventLoop, index: Int, loopCount: Int, callLog: any CallLog,
        authenticator: any Authenticator,
        answers: (any AnswerStore)?, log: @escaping @Sendable (String) -> Void, memory: MemoryWatch,
        directory: NameDirectory, installation: Installation
    ) {
        self.memory = memory
        self.life = life
        self.loop = loop
        self.index = index
        self.loopCount = loopCount
        self.callLog = callLog.recorder()
        self.authenticator = authenticator
        self.answers = answers
        tickets = UInt64(index) << 48
        counts = installation.counts
        self.log = log
        mediator = Mediator(seed: UInt64(index + 1))
        wheel = TimerWheel(loop: loop, now: Clock.monotonic())
        names = LoopNames(loop: loop, life: life, wheel: wheel, directory: directory)
        jitter = Jitter(seed: UInt64(bitPattern: Clock.wall()) &+ UInt64(index))
        current = WorkerGraph(installation: installation, partners: [], operationGates: [], consumerGates: [])
        acceptGate.worker = self
        install(installation)
    }

    /// Takes over a graph: one step, between two calls. Pools whose plan is in the new graph too keep their connections.
    func install(_ installation: Installation) {
        if installation.graph.settings.names != current.graph.settings.names { names.settingsChanged() }
        var kept: [Int: UpstreamPool] = [:]
        kept.reserveCapacity(installation.upstreams.count)
        var known: [String: PartnerState] = [:]
        let links = installation.upstreams.enumerated().map { place, upstream -> PartnerLink in
            let places = ([upstream] + upstream.alternatives).map { place -> UpstreamPool in
                let pool =
                    kept[place.key] ?? pools[place.key]
                    ?? UpstreamPool(worker: self, plan: place.plan, tls: place.tls)
                kept[place.key] = pool
                return pool
            }
            let name = upstream.plan.identity
            let state =
                known[name] ?? partners[name] ?? PartnerState(identity: name, worker: self, shared: upstream.shared)
            known[name] = state
            state.update(upstream, pools: places, checksPlaces: place % loopCount == index)
            return PartnerLink(
                state: state, plan: upstream.policies, pools: places, hasNext: upstream.next != nil)
        }
        for (upstream, link) in zip(installation.upstreams, links) {
            guard let next = upstream.next, let version = upstream.shared.version else {
                link.state.forgetVersion()
                continue
            }
            link.version = VersionLink(
                state: link.state.update(version: next.plan, shared: version), plan: next.plan,
                pool: links[next.index].pools[0],
                index: next.index, loops: loopCount)
        }
        for (key, pool) in pools where kept[key] == nil { pool.retire() }
        for (name, state) in partners where known[name] == nil { state.retire() }
        pools = kept
        partners = known
        metrics.grow(to: installation.metricSlotCount)
        callLimit = max(1, installation.graph.settings.limits.calls)
        let graph = installation.graph
        var gates: [String: RateGate] = [:]
        func gate(
            _ name: String, _ scope: RateNotice.Scope, _ plan: RateLimitPlan?, _ meter: RateMeter?
        ) -> RateGate? {
            guard let plan, let meter else { return nil }
            let gate = self.gates[name] ?? RateGate(worker: self, scope: scope, meter: meter, plan: plan)
            gate.update(plan)
            gates[name] = gate
            return gate
        }
        let meters = installation.operationMeters
        let operationGates = graph.operations.indices.map { i -> RateGate? in
            guard !meters.isEmpty, let plan = graph.operations[i].rate else { return nil }
            return gate("operation \(graph.operations[i].identity)", .operation, plan, meters[i])
        }
        let consumerGates = graph.consumers.indices.map { i in
            gate(
                "consumer \(graph.consumers[i].name)", .consumer, graph.consumers[i].rate,
                installation.consumerMeters.isEmpty ? nil : installation.consumerMeters[i])
        }
        self.gates = gates
        current = WorkerGraph(
            installation: installation, partners: links, operationGates: operationGates, consumerGates: consumerGates,
            caches: caches(of: graph))
        // The new graph may let in more connections than the one before.
        resumeAccepting()
    }

    /// The caches of a graph's operations. One whose operation means the same as before is kept as it is.
    private func caches(of graph: RouteGraph) -> [OperationCache?] {
        var kept: [String: OperationCache] = [:]
        let all = graph.operations.map { operation -> OperationCache? in
            guard let plan = operation.cache else { return nil }
            let known = caches[operation.identity]
            if let known, known.fingerprint == plan.fingerprint {
                kept[operation.identity] = known
                return known
            }
            let made = OperationCache(
                identity: operation.identity, plan: plan, loops: loopCount,
                counts: known?.snapshot.counts ?? CacheCounts())
            kept[operation.identity] = made
            return made
        }
        caches = kept
        return kept.isEmpty ? [] : all
    }

    /// Forgets the kept answers of these operations, as the running graph knows them.
    /// - Returns: how many there were, by operation; operations without a cache are not among them.
    func purgeCaches(where isMeant: (OperationPlan) -> Bool) -> [String: Int] {
        var purged: [String: Int] = [:]
        for (operation, cache) in zip(current.graph.operations, current.caches) where isMeant(operation) {
            if let cache { purged[operation.identity, default: 0] += cache.purge() }
        }
        return purged
    }

    // MARK: Calls

    func takeCall() -> Call {
        let call = spareCalls.popLast() ?? Call()
        call.head.reset()
        return call
    }

    /// Counts a call that begins.
    @inline(__always)
    func callBegan() {
        metrics.callsInFlight += 1
        if loopCount > 1 { counts.callBegan() }
    }

    /// Whether more calls are under way than may be, the one that has just begun included.
    @inline(__always)
    var hasTooManyCalls: Bool { (loopCount > 1 ? counts.calls : metrics.callsInFlight) > callLimit }

    /// Records an ended call and takes it back.
    func finish(_ call: Call, of graph: WorkerGraph) {
        record(call, of: graph)
        recycle(call)
    }

    /// Records an ended call, which goes on to be used.
    func record(_ call: Call, of graph: WorkerGraph) {
        let slot = call.operation.map { graph.installation.metricSlots[$0.index] } ?? -1
        metrics.record(slot: slot, outcome: call.outcome, nanoseconds: call.ended &- call.started)
        metrics.callsInFlight -= 1
        if loopCount > 1 { counts.callEnded() }
        callLog.append(call)
    }

    /// Takes back a call that nothing is to be recorded of.
    func recycle(_ call: Call) {
        call.graph = nil
        call.operation = nil
        if spareCalls.count < 256 { spareCalls.append(call) }
    }

    // MARK: Client connections

    private var connectionLimit: Int { max(1, current.graph.settings.limits.connections) }

    /// Calls under way that have, or may ask for, a key.
    var keyedCalls = 0

    /// Whether one more connection may be served.
    func admits() -> Bool {
        !isDraining && counts.connections < connectionLimit
    }

    /// Lets the listeners go on when there is room again.
    func resumeAccepting() {
        guard !acceptGate.isOpen, refusingConnections <= RefusedConnection.limit / 2,
            counts.connections <= AcceptGate.lowMark(of: connectionLimit)
        else { return }
        acceptGate.resume()
    }

    /// - Parameter isNew: false when it stands for one that was counted before.
    func add(_ connection: any ServedConnection, isNew: Bool = true) {
        if connections.updateValue(connection, forKey: ObjectIdentifier(connection)) == nil { counts.connectionBegan() }
        metrics.openConnections = connections.count
        if isNew { metrics.acceptedConnections &+= 1 }
        if isLeaving { connection.leave() }
    }

    func remove(_ connection: any ServedConnection) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil { counts.connectionEnded() }
        metrics.openConnections = connections.count
        resumeAccepting()
        guard connections.isEmpty else { return }
        drained?.succeed()
        drained = nil
    }

    // MARK: Calls without a client

    /// Whether one more call may be made that no client waits for.
    var takesDetached: Bool {
        !isDraining && !isLeaving && detached.count < DetachedCall.limit && !memory.refusesCalls
    }

    func addDetached(_ connection: ClientConnection) { detached[ObjectIdentifier(connection)] = connection }

    func removeDetached(_ connection: ClientConnection) { detached[ObjectIdentifier(connection)] = nil }

    private func endDetached() {
        for connection in Array(detached.values) { connection.shutDown() }
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
        endDetached()
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
        isDraining = true
        for connection in Array(connections.values) { connection.shutDown() }
        endDetached()
        names.stop()
        for pool in pools.values { pool.retire() }
        for state in partners.values { state.retire() }
    }

    func snapshot() -> ShardSnapshot {
        ShardSnapshot(
            metrics, pools: current.partners.flatMap(\.pools).map(\.gauges),
            partners: current.partners.prefix(current.graph.upstreams.count).map(\.state.gauges),
            limits: gates.map { ProxyMetrics.Limit(name: $0.key, waits: $0.value.waits, refusals: $0.value.refusals) },
            versions: current.partners.compactMap { $0.version?.state.gauges }, caches: caches.values.map(\.snapshot),
            accepting: acceptGate.gauges)
    }
}

import NIOCore
import NIOPosix
public import RouteGraph

/// The running proxy: listeners, and one worker for each event loop.
///
/// This is the control side. It prepares graphs and hands them to the loops; it takes no part in any call. Whatever is asked of it
/// after its end is answered: nothing is changed any more, and the counters stay as they were.
///
///     client ──► Listener ──► ClientConnection ──► UpstreamPool ──► UpstreamConnection ──► partner
///                             (owns Exchange, Call)     └──────── all of one loop, all known to its Worker ────────┘
public actor ProxyServer {
    private let life: LoopLife
    private let callLog: any CallLog
    private let authenticator: any Authenticator
    private let answers: (any AnswerStore)?
    private let log: @Sendable (String) -> Void
    private var builder = InstallationBuilder()
    private var workers: [NIOLoopBound<Worker>] = []
    private var listeners: [Listener] = []
    /// From the beginning of the drain on there are no new graphs and listeners.
    private var isEnding = false
    private var isStopped = false
    /// The change of listeners and workers that came last; the next one begins after it.
    private var lastChange: Task<Void, Never>?
    /// The counters at the end.
    private var lastMetrics = ProxyMetrics()
    private let memory = MemoryWatch()
    private let directory: NameDirectory
    private var watching: Task<Void, Never>?

    /// - Parameter loops: event loops, each with a thread of its own; one for each core is what they are made for.
    /// - Parameter answers: keeps answers for operations with `idempotency`; without it they refuse their calls.
    /// - Parameter logger: takes one line about something that operators should know. Called on any thread; must not block.
    public init(
        loops: Int, callLog: any CallLog, authenticator: any Authenticator, answers: (any AnswerStore)? = nil,
        logger: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        life = LoopLife(threads: max(1, loops))
        self.callLog = callLog
        self.authenticator = authenticator
        self.answers = answers
        log = logger
        directory = NameDirectory(log: logger)
    }

    /// Opens the graph's listeners and begins to serve.
    /// - Returns: the addresses, in the order of the graph's listeners; a port of 0 has become a real one.
    public func start(graph: RouteGraph) async throws -> [BoundAddress] {
        guard workers.isEmpty else { throw ProxyError.notStarted }
        let installation = builder.build(graph)
        watchMemory(graph)
        await directory.update(graph.settings.names)
        let (memory, directory, life, count) = (memory, directory, life, life.loops.count)
        let (callLog, authenticator, answers, log) = (callLog, authenticator, answers, log)
        let made = await life.onEach { index in
            let loop = life.loops[index]
            return NIOLoopBound(
                Worker(
                    life: life, loop: loop, index: index, loopCount: count, callLog: callLog,
                    authenticator: authenticator, answers: answers, log: log, memory: memory,
                    directory: directory, installation: installation),
                eventLoop: loop)
        }
        guard let made else { throw ProxyError.notStarted }
        workers = made
        for plan in graph.settings.listeners {
            let opened = try await life.visit { try await Listener.open(plan, workers: workers, loops: life.loops) }
            guard let opened else { throw ProxyError.notStarted }
            listeners.append(opened)
        }
        return listeners.map(\.address)
    }

    /// Makes all loops run another graph. Calls that have begun end on the graph that they began with; listeners whose address
    /// is in both graphs stay open, and partners whose endpoint is unchanged keep their connections.
    ///
    /// A listener that can't be opened or changed is logged, and leaves what is running as it is.
    /// - Returns: false when the proxy is draining, or over: what runs goes on to its end.
    @discardableResult
    public func install(graph: RouteGraph) async -> Bool {
        await inTurn { await $0.takeOver(graph) }
    }

    private func takeOver(_ graph: RouteGraph) async -> Bool {
        guard !isEnding else { return false }
        watchMemory(graph)
        let installation = builder.build(graph)
        await directory.update(graph.settings.names)
        let workers = workers
        guard await life.onEach({ workers[$0].value.install(installation) }) != nil else { return false }
        await life.visit {
            var old = listeners
            var current: [Listener] = []
            for plan in graph.settings.listeners {
                do {
                    if let index = old.firstIndex(where: { $0.plan.host == plan.host && $0.plan.port == plan.port }) {
                        let listener = old.remove(at: index)
                        current.append(listener)
                        guard listener.plan != plan else { continue }
                        current[current.count - 1] = try await listener.updated(to: plan)
                    } else {
                        current.append(try await Listener.open(plan, workers: workers, loops: life.loops))
                    }
                } catch {
                    log("listener \(plan.host):\(plan.port): \(error)")
                }
            }
            listeners = current
            for listener in old { await listener.close() }
        }
        return true
    }

    /// Does something that changes listeners and workers when the changes before it are done.
    private func inTurn<Value: Sendable>(
        _ change: @escaping @Sendable (isolated ProxyServer) async -> Value
    ) async -> Value {
        let before = lastChange
        let task = Task {
            await before?.value
            return await change(self)
        }
        lastChange = Task { _ = await task.value }
        return await task.value
    }

    /// Looks at the memory in use once a second, as long as there is a mark for it.
    private func watchMemory(_ graph: RouteGraph) {
        memory.update(graph.settings.limits.memory)
        watching?.cancel()
        watching = nil
        guard graph.settings.limits.memory != nil else { return }
        let memory = memory
        watching = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                memory.look()
            }
        }
    }

    /// The addresses listened at.
    public var addresses: [BoundAddress] { listeners.map(\.address) }

    /// Whether another process listens at one of the addresses too: one of the two takes over from the other.
    public var sharesAddresses: Bool { listeners.contains { $0.isShared } }

    /// Makes ready for the end, while everything is still served: clients are told with each answer to open another connection, and
    /// if another process listens at the same addresses, the kernel is told to give new connections to that one.
    ///
    /// - Parameter notice: how long this takes; load balancers see meanwhile that the process is not ready any more.
    public func leave(notice: Duration) async {
        let workers = workers
        guard !workers.isEmpty, await life.onEach({ workers[$0].value.leave() }) != nil else { return }
        let clock = ContinuousClock()
        let end = clock.now + notice
        var waiting = listeners
        // Once at least, however late it gets to it.
        while true {
            var left: [Listener] = []
            for listener in waiting where await !handOver(listener) { left.append(listener) }
            waiting = left
            let rest = end - clock.now
            guard rest > .zero else { break }
            try? await Task.sleep(for: min(rest, .milliseconds(100)))
        }
    }

    /// Gives an address to another process, if one listens there too. Which of the sockets are ours the kernel does not say: when
    /// connections still come, it were the wrong ones.
    private func handOver(_ listener: Listener) async -> Bool {
        guard await life.visit({ await listener.steerAway(to: .later) }) == true else { return false }
        try? await Task.sleep(for: .milliseconds(100))
        let before = await metrics().acceptedConnections
        try? await Task.sleep(for: .milliseconds(100))
        if await metrics().acceptedConnections != before {
            _ = await life.visit { await listener.steerAway(to: .earlier) }
        }
        log("listener \(listener.address): new connections go to another process")
        return true
    }

    /// Whether a call is under way that has, or may ask for, a key of `idempotency`.
    public func hasKeyedCalls() async -> Bool {
        let workers = workers
        guard !workers.isEmpty else { return false }
        return await life.onEach { workers[$0].value.keyedCalls > 0 }?.contains(true) ?? false
    }

    /// Stops: no new connection is taken, calls under way are finished, their connections closed after them. What is not over
    /// after `grace` is cut off.
    public func drain(grace: Duration) async {
        isEnding = true
        await inTurn { await $0.finish(grace) }
    }

    private func finish(_ grace: Duration) async {
        await life.visit {
            await closeListeners()
            let (loops, workers) = (life.loops, workers)
            let ending = zip(workers, loops).map { worker, loop in loop.flatSubmit { worker.value.drain() } }
            let limit = TimeAmount.nanoseconds(
                grace.components.seconds * 1_000_000_000 + grace.components.attoseconds / 1_000_000_000)
            let timers = zip(workers, loops).map { worker, loop in
                loop.scheduleTask(in: limit) { worker.value.shutDown() }
            }
            for end in ending { try? await end.get() }
            for timer in timers { timer.cancel() }
        }
        await shutDownWorkers()
    }

    private func closeListeners() async {
        let open = listeners
        listeners = []
        for listener in open { await listener.close() }
    }

    private func shutDownWorkers() async {
        let workers = workers
        guard !workers.isEmpty else { return }
        _ = await life.onEach { workers[$0].value.shutDown() }
    }

    /// Ends the loops, when what is under way has been done. What is called after it does nothing.
    public func stop() async {
        isEnding = true
        watching?.cancel()
        await inTurn { await $0.end() }
    }

    private func end() async {
        guard !isStopped else { return }
        await life.visit { await closeListeners() }
        await shutDownWorkers()
        lastMetrics = await metrics()
        isStopped = true
        await life.end()
        workers = []
    }

    /// Forgets kept answers of operations with `cache`, on all loops. An answer that a call under way is about to bring is not kept
    /// either, so that what is given afterwards was asked for afterwards.
    /// - Parameter isMeant: which operations.
    /// - Returns: how many answers went, by `partner.operation`; empty when none of these operations keeps answers.
    public func purgeCaches(where isMeant: @escaping @Sendable (OperationPlan) -> Bool) async -> [String: Int] {
        let workers = workers
        guard !workers.isEmpty else { return [:] }
        let counts = await life.onEach { workers[$0].value.purgeCaches(where: isMeant) } ?? []
        return counts.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// The counters of all loops, added up.
    public func metrics() async -> ProxyMetrics {
        let workers = workers
        guard !isStopped, !workers.isEmpty,
            let shards = await life.onEach({ workers[$0].value.snapshot() })
        else { return lastMetrics }
        var sum = ProxyMetrics()
        for shard in shards { sum.add(shard, identities: builder.identities) }
        sum.memory = memory.gauges
        sum.names = await directory.metrics
        return sum
    }
}

import NIOCore
import NIOPosix
public import RouteGraph

/// The running proxy: listeners, and one worker for each event loop.
///
/// This is the control side. It prepares graphs and hands them to the loops; it takes no part in any call.
///
///     client ──► Listener ──► ClientConnection ──► UpstreamPool ──► UpstreamConnection ──► partner
///                             (owns Exchange, Call)     └──────── all of one loop, all known to its Worker ────────┘
public actor ProxyServer {
    private let group: MultiThreadedEventLoopGroup
    private let loops: [any EventLoop]
    private let callLog: any CallLog
    private let authenticator: any Authenticator
    private let answers: (any AnswerStore)?
    private let log: @Sendable (String) -> Void
    private var builder = InstallationBuilder()
    private var workers: [NIOLoopBound<Worker>] = []
    private var listeners: [Listener] = []
    private var isStopped = false
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
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, loops))
        self.loops = Array(group.makeIterator())
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
        for (index, loop) in loops.enumerated() {
            let (memory, directory) = (memory, directory)
            let (callLog, authenticator, log, count) = (callLog, authenticator, log, loops.count)
            let answers = answers
            let worker = try await loop.submit {
                NIOLoopBound(
                    Worker(
                        loop: loop, index: index, loopCount: count, callLog: callLog, authenticator: authenticator,
                        answers: answers, log: log, memory: memory, directory: directory,
                        installation: installation),
                    eventLoop: loop)
            }.get()
            workers.append(worker)
        }
        for plan in graph.settings.listeners {
            listeners.append(try await Listener.open(plan, workers: workers, loops: loops))
        }
        return listeners.map(\.address)
    }

    /// Makes all loops run another graph. Calls that have begun end on the graph that they began with; listeners whose address
    /// is in both graphs stay open, and partners whose endpoint is unchanged keep their connections.
    ///
    /// A listener that can't be opened or changed is logged, and leaves what is running as it is.
    public func install(graph: RouteGraph) async {
        watchMemory(graph)
        let installation = builder.build(graph)
        await directory.update(graph.settings.names)
        await onLoops { $0.install(installation) }
        guard !isStopped else { return }
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
                    current.append(try await Listener.open(plan, workers: workers, loops: loops))
                }
            } catch {
                log("listener \(plan.host):\(plan.port): \(error)")
            }
        }
        listeners = current
        for listener in old { await listener.close() }
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
        await onLoops { $0.leave() }
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
        guard await listener.steerAway(to: .later) else { return false }
        try? await Task.sleep(for: .milliseconds(100))
        let before = await metrics().acceptedConnections
        try? await Task.sleep(for: .milliseconds(100))
        if await metrics().acceptedConnections != before { _ = await listener.steerAway(to: .earlier) }
        log("listener \(listener.address): new connections go to another process")
        return true
    }

    /// Whether a call is under way that has, or may ask for, a key of `idempotency`.
    public func hasKeyedCalls() async -> Bool {
        await onLoops { $0.keyedCalls }.contains { $0 > 0 }
    }

    /// Stops: no new connection is taken, calls under way are finished, their connections closed after them. What is not over
    /// after `grace` is cut off.
    public func drain(grace: Duration) async {
        let open = listeners
        listeners = []
        for listener in open { await listener.close() }
        let ending = zip(workers, loops).map { worker, loop in loop.flatSubmit { worker.value.drain() } }
        let limit = TimeAmount.nanoseconds(
            grace.components.seconds * 1_000_000_000 + grace.components.attoseconds / 1_000_000_000)
        let timers = zip(workers, loops).map { worker, loop in
            loop.scheduleTask(in: limit) { worker.value.shutDown() }
        }
        for end in ending { try? await end.get() }
        for timer in timers { timer.cancel() }
        await onLoops { $0.shutDown() }
    }

    /// Runs something on each loop, one after the other. Once the server has stopped nothing runs: a loop that has ended never answers.
    @discardableResult
    private func onLoops<Result: Sendable>(_ work: @escaping @Sendable (Worker) -> Result) async -> [Result] {
        var results: [Result] = []
        for (worker, loop) in zip(workers, loops) where !isStopped {
            if let result = try? await loop.submit({ work(worker.value) }).get() { results.append(result) }
        }
        return results
    }

    /// Ends the loops. What is called after it does nothing.
    public func stop() async {
        guard !isStopped else { return }
        isStopped = true
        watching?.cancel()
        workers = []
        listeners = []
        directory.delivery.close()
        try? await group.shutdownGracefully()
    }

    /// Forgets kept answers of operations with `cache`, on all loops. An answer that a call under way is about to bring is not kept
    /// either, so that what is given afterwards was asked for afterwards.
    /// - Parameter isMeant: which operations.
    /// - Returns: how many answers went, by `partner.operation`; empty when none of these operations keeps answers.
    public func purgeCaches(where isMeant: @escaping @Sendable (OperationPlan) -> Bool) async -> [String: Int] {
        await onLoops { $0.purgeCaches(where: isMeant) }.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// The counters of all loops, added up.
    public func metrics() async -> ProxyMetrics {
        var sum = ProxyMetrics()
        for shard in await onLoops({ $0.snapshot() }) { sum.add(shard, identities: builder.identities) }
        sum.memory = memory.gauges
        sum.names = await directory.metrics
        return sum
    }
}

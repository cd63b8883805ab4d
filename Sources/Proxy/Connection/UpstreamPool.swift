import NIOCore
import NIOPosix
import NIOSSL
import RouteGraph

/// One loop's connections to one partner.
///
/// A connection is lent to one call at a time. When none is free, one is opened, up to the loop's share of the partner's limit;
/// beyond that calls wait in line, and the line is bounded. A connection by HTTP/2 is not lent itself: the pool has it open a stream
/// for each call (`PartnerPool.swift`).
final class UpstreamPool {
    enum Acquisition {
        case connection(UpstreamConnection)
        /// The call is told when there is a connection, or when there can be none.
        case waiting
        case lineIsFull
    }

    let plan: UpstreamPlan
    unowned let worker: Worker
    private let tls: PartnerTLS?
    private let capacity: Int
    private let lineLimit: Int
    let dialer: Dialer
    /// Whether requests go to a proxy that hands them on, and not bytes.
    let sendsAbsoluteForm: Bool
    private var warmUp: WarmUp?
    var idle: [UpstreamConnection] = []
    /// Counts the changes of the host's addresses.
    var addressEpoch = 0
    var waiting = CircularBuffer<ClientConnection>(initialCapacity: 4)
    var open = 0
    var connecting = 0
    /// Connections by HTTP/2.
    var multiplexed: [PartnerHTTP2Connection] = []
    /// Streams that have been asked for and are not there yet.
    var streamsOnTheWay = 0
    /// Calls that a connection which is being opened is expected to take at once: many, as long as it may turn out to speak HTTP/2.
    var callsPerConnection: Int
    private(set) var isRetired = false

    init(worker: Worker, plan: UpstreamPlan, tls: PartnerTLS?) {
        self.worker = worker
        self.plan = plan
        self.tls = tls
        capacity = max(1, (plan.maxConnections + worker.loopCount - 1) / worker.loopCount)
        lineLimit = max(16, capacity * 4)
        dialer = Dialer(plan, names: worker.names)
        sendsAbsoluteForm = plan.proxy != nil && plan.tls == nil
        callsPerConnection = plan.mayUseHTTP2 ? PartnerHTTP2.streamLimit : 1
        dialer.name?.add(self)
        let share = WarmUp.share(of: plan.warmConnections, loop: worker.index, loops: worker.loopCount)
        guard share > 0 else { return }
        warmUp = WarmUp(worker: worker, pool: self, target: min(share, capacity))
        warmUp?.begin()
    }

    /// How it is called that no connection comes about.
    var openingFailure: TransportFailure { plan.proxy == nil ? .connect : .proxy }

    /// What a call has failed of that has waited too long for a connection.
    var waitingFailure: TransportFailure { isSaturated ? .queueFull : openingFailure }

    var gauges: ProxyMetrics.Pool {
        ProxyMetrics.Pool(
            partner: plan.identity, open: open, idle: idle.count + multiplexed.count { $0.streams == 0 },
            waiting: waiting.count, capacity: capacity, multiplexed: multiplexed.count,
            streams: multiplexed.reduce(0) { $0 + $1.streams })
    }

    /// Whether calls wait for a connection that is in use, and not for one that is being opened.
    var isSaturated: Bool { connecting == 0 }

    /// A connection for a call; a fresh one when the kept ones are not to be trusted.
    func acquire(for client: ClientConnection, fresh: Bool) -> Acquisition {
        while !fresh, let connection = idle.popLast() {
            worker.wheel.set(connection, to: .max)
            if plan.connectionAge == 0 || !isWornOut(connection) { return .connection(connection) }
            connection.close()
        }
        if fresh { dropUnusedMultiplexed() }
        if fresh, open >= capacity, let stale = idle.popLast() { stale.cancel() }
        // Calls that are as good as served do not stand in the line.
        let expected = streamsOnTheWay &+ connecting &* (callsPerConnection &- 1)
        guard waiting.count < lineLimit &+ expected else { return .lineIsFull }
        if fresh { waiting.prepend(client) } else { waiting.append(client) }
        connectIfUseful()
        return .waiting
    }

    /// Takes a call out of the line.
    func forget(_ client: ClientConnection) {
        guard let index = waiting.firstIndex(where: { $0 === client }) else { return }
        waiting.remove(at: index)
    }

    /// A lent connection comes back, ready for the next call.
    func release(_ connection: UpstreamConnection) {
        if isRetired || worker.isDraining && waiting.isEmpty || isWornOut(connection) || isElsewhere(connection) {
            return connection.close()
        }
        if let next = waiting.popFirst() { return next.connectionReady(connection, reused: true) }
        idle.append(connection)
        worker.wheel.set(connection, to: Clock.monotonic() &+ plan.idleTimeout)
    }

    /// Whether a connection has served as many calls, or is as old, as the plan allows.
    private func isWornOut(_ connection: UpstreamConnection) -> Bool {
        if plan.requestsPerConnection > 0, connection.calls >= plan.requestsPerConnection { return true }
        return plan.connectionAge > 0 && Clock.monotonic() &- connection.opened >= plan.connectionAge
    }

    /// A connection has ended.
    func closed(_ connection: UpstreamConnection) {
        open -= 1
        if let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
        connectIfUseful()
        warmUp?.begin()
    }

    /// No new graph uses this pool: what is idle ends now, what is lent when it comes back.
    func retire() {
        isRetired = true
        dialer.name?.remove(self)
        warmUp?.stop()
        let ending = idle
        idle.removeAll()
        for connection in ending { connection.close() }
        for connection in multiplexed { connection.leave() }
    }

    // MARK: Connecting

    func connectIfUseful() {
        openStreams()
        while waiting.count - streamsOnTheWay > connecting &* callsPerConnection, open < capacity { connect() }
    }

    /// Opens a connection that no call has asked for, unless there are as many, or one is on its way.
    func openAhead(upTo target: Int) {
        guard !isRetired, connecting == 0, open < target else { return }
        connect()
    }

    private func connect() {
        open += 1
        connecting += 1
        worker.metrics.partnerConnects &+= 1
        if case .broken(let reason) = tls {
            worker.log("TLS for partner \(plan.identity) is not usable: \(reason)")
            // Fails later in this turn of the loop, like every other failure: the caller is not ready for it yet.
            let failing = NIOLoopBound(self, eventLoop: worker.loop)
            worker.loop.execute { failing.value.connectFailed(.tls) }
            return
        }
        let bound = NIOLoopBound(self, eventLoop: worker.loop)
        let bootstrap = ClientBootstrap(group: worker.loop)
            .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .channelOption(ChannelOptions.recvAllocator, value: ReceiveBuffers.allocator)
            .connectTimeout(.nanoseconds(plan.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.equip(channel)
                }
            }
        dialer.connect(bootstrap, on: worker.loop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                let connection = try? channel.pipeline.syncOperations.handler(type: UpstreamConnection.self)
                if let connection {
                    connection.connected()
                } else {
                    self.connectFailed(self.tls == nil ? .connect : .tls)
                }
            case .failure(let error):
                self.worker.log("partner \(self.plan.identity): \(error)")
                self.connectFailed(self.openingFailure)
            }
        }
    }

    /// Makes one try's channel. A name with several addresses may lead to several tries at once.
    private func equip(_ channel: any Channel) throws {
        try secure(channel)
        try channel.pipeline.syncOperations.addHandler(
            UpstreamConnection(worker: worker, pool: self, identity: identity))
    }

    /// Puts TLS with the partner on a connection, through a tunnel if there is a proxy on the way.
    func secure(_ channel: any Channel) throws {
        guard case .ready(let context, let identity) = tls else { return }
        let makeTLS = { try NIOSSLClientHandler(context: context, serverHostname: identity.serverName) }
        if let proxy = plan.proxy {
            try channel.pipeline.syncOperations.addHandler(TunnelHandler(plan, proxy, tls: makeTLS))
        } else {
            try channel.pipeline.syncOperations.addHandler(makeTLS())
        }
    }

    private var identity: PartnerIdentity {
        if case .ready(_, let identity) = tls { identity } else { PartnerIdentity() }
    }

    /// A connection can take its first call.
    func connectSucceeded(_ connection: UpstreamConnection) {
        connecting -= 1
        if let next = waiting.popFirst() {
            next.connectionReady(connection, reused: false)
        } else {
            release(connection)
        }
        expectCalls(1)
        warmUp?.opened()
    }

    /// What connections turn out to take decides how many more are opened for the calls that wait.
    func expectCalls(_ count: Int) {
        guard callsPerConnection != count else { return }
        callsPerConnection = count
        connectIfUseful()
    }

    /// A connection could not be opened: the call that has waited longest is told.
    func connectFailed(_ failure: TransportFailure) {
        connecting -= 1
        open -= 1
        callsPerConnection = 1
        if let next = waiting.popFirst() { next.connectionUnavailable(failure) }
        connectIfUseful()
        warmUp?.failed()
    }

    func openedAhead() { warmUp?.opened() }

    func lostConnection() {
        open -= 1
        connectIfUseful()
        warmUp?.begin()
    }
}

/// Buffers that sockets are read into. They grow while reads fill them, so that a large body takes fewer of them.
enum ReceiveBuffers {
    static let size = 16 * 1024
    static let most = 64 * 1024
    static var allocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: size, initial: size, maximum: most)
    }
}

import NIOCore
import NIOPosix
import NIOSSL
import RouteGraph

/// One loop's connections to one partner.
///
/// A connection is lent to one call at a time. When none is free, one is opened, up to the loop's share of the partner's limit;
/// beyond that calls wait in line, and the line is bounded.
final class UpstreamPool {
    enum Acquisition {
        case connection(UpstreamConnection)
        /// The call is told when there is a connection, or when there can be none.
        case waiting
        case lineIsFull
    }

    let plan: UpstreamPlan
    private unowned let worker: Worker
    private let tls: PartnerTLS?
    private let capacity: Int
    private let lineLimit: Int
    private let address: SocketAddress?
    private var idle: [UpstreamConnection] = []
    private var waiting = CircularBuffer<ClientConnection>(initialCapacity: 4)
    private var open = 0
    private var connecting = 0
    private(set) var isRetired = false

    init(worker: Worker, plan: UpstreamPlan, tls: PartnerTLS?) {
        self.worker = worker
        self.plan = plan
        self.tls = tls
        capacity = max(1, (plan.maxConnections + worker.loopCount - 1) / worker.loopCount)
        lineLimit = max(16, capacity * 4)
        address = try? SocketAddress(ipAddress: plan.host, port: plan.port)
    }

    var gauges: ProxyMetrics.Pool {
        ProxyMetrics.Pool(
            partner: plan.identity, open: open, idle: idle.count, waiting: waiting.count, capacity: capacity)
    }

    /// Whether calls wait for a connection that is in use, and not for one that is being opened.
    var isSaturated: Bool { connecting == 0 }

    /// A connection for a call; a fresh one when the kept ones are not to be trusted.
    func acquire(for client: ClientConnection, fresh: Bool) -> Acquisition {
        if !fresh, let connection = idle.popLast() {
            worker.wheel.set(connection, to: .max)
            return .connection(connection)
        }
        if fresh, open >= capacity, let stale = idle.popLast() { stale.close() }
        guard waiting.count < lineLimit else { return .lineIsFull }
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
        if isRetired || worker.isDraining && waiting.isEmpty { return connection.close() }
        if let next = waiting.popFirst() { return next.connectionReady(connection, reused: true) }
        idle.append(connection)
        worker.wheel.set(connection, to: Clock.monotonic() &+ plan.idleTimeout)
    }

    /// A connection has ended.
    func closed(_ connection: UpstreamConnection) {
        open -= 1
        if let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
        connectIfUseful()
    }

    /// No new graph uses this pool: what is idle ends now, what is lent when it comes back.
    func retire() {
        isRetired = true
        let ending = idle
        idle.removeAll()
        for connection in ending { connection.close() }
    }

    // MARK: Connecting

    private func connectIfUseful() {
        while waiting.count > connecting, open < capacity { connect() }
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
        let future =
            if let address { bootstrap.connect(to: address) } else {
                bootstrap.connect(host: plan.host, port: plan.port)
            }
        future.assumeIsolated().whenComplete { result in
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
                self.connectFailed(.connect)
            }
        }
    }

    /// Makes one try's channel. A name with several addresses may lead to several tries at once.
    private func equip(_ channel: any Channel) throws {
        if case .ready(let context, _) = tls {
            let handler = try NIOSSLClientHandler(context: context, serverHostname: identity.serverName)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        try channel.pipeline.syncOperations.addHandler(
            UpstreamConnection(worker: worker, pool: self, identity: identity))
    }

    private var identity: PartnerIdentity {
        if case .ready(_, let identity) = tls { identity } else { PartnerIdentity() }
    }

    /// A connection can take its first call.
    func connectSucceeded(_ connection: UpstreamConnection) {
        connecting -= 1
        if let next = waiting.popFirst() { return next.connectionReady(connection, reused: false) }
        release(connection)
    }

    /// A connection could not be opened: the call that has waited longest is told.
    func connectFailed(_ failure: TransportFailure) {
        connecting -= 1
        open -= 1
        if let next = waiting.popFirst() { next.connectionUnavailable(failure) }
        connectIfUseful()
    }
}

/// Buffers that sockets are read into.
enum ReceiveBuffers {
    static let size = 16 * 1024
    static var allocator: FixedSizeRecvByteBufferAllocator { FixedSizeRecvByteBufferAllocator(capacity: size) }
}

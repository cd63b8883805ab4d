import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import RouteGraph

/// Why the proxy can't do as it is told.
public enum ProxyError: Error, Sendable, CustomStringConvertible {
    /// An address can't be listened at.
    case listener(String)
    /// `start` was called twice, or another method before it.
    case notStarted

    public var description: String {
        switch self {
        case .listener(let text): text
        case .notStarted: "the proxy has not been started"
        }
    }
}

/// An address as it was bound.
public struct BoundAddress: Sendable, Equatable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var isSecure: Bool

    public var description: String {
        (host.utf8.contains(0x3A) ? "[\(host)]" : host) + ":\(port)"
    }
}

/// What one loop knows of a listener: the TLS context that its next connection gets.
final class ListenerPort {
    var tls: NIOSSLContext?
    /// What its next connection may speak.
    var versions: HTTPVersions

    init(tls: NIOSSLContext?, versions: HTTPVersions) {
        self.tls = tls
        self.versions = versions
    }
}

/// One address, listened at by every loop with a socket of its own (`SO_REUSEPORT`), so that no loop hands connections over.
final class Listener: Sendable {
    struct Part: Sendable {
        let channel: any Channel
        let port: NIOLoopBound<ListenerPort>
    }

    let plan: ListenerPlan
    let address: BoundAddress
    private let parts: [Part]

    private init(plan: ListenerPlan, address: BoundAddress, parts: [Part]) {
        self.plan = plan
        self.address = address
        self.parts = parts
    }

    static func open(
        _ plan: ListenerPlan, workers: [NIOLoopBound<Worker>], loops: [any EventLoop]
    ) async throws -> Listener {
        let tls = try plan.tls.map { try TLSContexts.listener($0, plan.servedVersions) }
        let versions = plan.servedVersions
        var parts: [Part] = []
        var port = plan.port
        do {
            for (worker, loop) in zip(workers, loops) {
                let part = try await loop.submit {
                    NIOLoopBound(ListenerPort(tls: tls, versions: versions), eventLoop: loop)
                }.get()
                let channel = try await bootstrap(worker, part, loop).bind(host: plan.host, port: port).get()
                port = channel.localAddress?.port ?? port
                parts.append(Part(channel: channel, port: part))
            }
        } catch {
            for part in parts { try? await part.channel.close() }
            throw ProxyError.listener("\(plan.host):\(plan.port) cannot be listened at: \(error)")
        }
        let address = BoundAddress(host: plan.host, port: port, isSecure: tls != nil)
        return Listener(plan: plan, address: address, parts: parts)
    }

    private static func bootstrap(
        _ worker: NIOLoopBound<Worker>, _ port: NIOLoopBound<ListenerPort>, _ loop: any EventLoop
    ) -> ServerBootstrap {
        ServerBootstrap(group: loop)
            .serverChannelOption(ChannelOptions.backlog, value: 4096)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(ChannelOptions.socket(SocketOptionLevel(SOL_SOCKET), SO_REUSEPORT), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .childChannelOption(ChannelOptions.recvAllocator, value: ClientReceiveBuffers())
            .childChannelOption(ChannelOptions.maxMessagesPerRead, value: ClientReceiveBuffers.readsAtOnce)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try accept(channel, worker.value, port.value)
                }
            }
    }

    private static func accept(_ channel: any Channel, _ worker: Worker, _ port: ListenerPort) throws {
        // A loop whose listener takes secure clients learns with the next of them that others have filled the last places: it is served, and
        // the listener stopped with it.
        let isOneMore = port.tls != nil && worker.loopCount > 1 && worker.acceptGate.isOpen && !worker.isDraining
        guard worker.admits() || isOneMore else {
            worker.metrics.refusedConnections &+= 1
            // By TLS a refusal would cost more than a call: its clients wait, and so do all when too many are being refused.
            let isWorthAWord = port.tls == nil && worker.refusingConnections < RefusedConnection.limit
            if let listener = channel.parent, !isWorthAWord || worker.refusingConnections + 1 == RefusedConnection.limit
            {
                worker.acceptGate.pause(listener)
            }
            // A failed initialiser closes the connection.
            guard isWorthAWord else { throw ProxyError.listener("too many connections") }
            try channel.pipeline.syncOperations.addHandler(RefusedConnection(worker: worker))
            return
        }
        if let tls = port.tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        }
        if port.tls == nil, port.versions == .http2 {
            return try ServerConnection.install(on: channel, worker: worker, isSecure: false)
        }
        let connection = ClientConnection(worker: worker, isSecure: port.tls != nil, versions: port.versions)
        if port.tls == nil, port.versions == .auto {
            try channel.pipeline.syncOperations.addHandler(ServerPreface(before: connection))
        }
        try channel.pipeline.syncOperations.addHandler(connection)
        if port.tls != nil, !worker.admits(), let listener = channel.parent { worker.acceptGate.pause(listener) }
    }

    /// The same address with another plan: connections from now on get the new certificates.
    func updated(to plan: ListenerPlan) async throws -> Listener {
        let tls = try plan.tls.map { try TLSContexts.listener($0, plan.servedVersions) }
        for part in parts {
            let port = part.port
            try await part.channel.eventLoop.submit {
                port.value.tls = tls
                port.value.versions = plan.servedVersions
            }.get()
        }
        let address = BoundAddress(host: plan.host, port: address.port, isSecure: tls != nil)
        return Listener(plan: plan, address: address, parts: parts)
    }

    /// Whether another process listens at the address too.
    var isShared: Bool {
        parts.first?.channel.localAddress.map { Handover.listeners(at: $0) > parts.count } ?? false
    }

    /// Tells the kernel to choose other processes' sockets for new connections, if there are any.
    /// - Returns: whether there are, and it does.
    func steerAway(to side: Handover.Side) async -> Bool {
        guard let first = parts.first?.channel, let address = first.localAddress else { return false }
        let all = Handover.listeners(at: address)
        let own = parts.count
        guard all > own else { return false }
        return (try? await first.eventLoop.submit { Handover.steer(first, own: own, all: all, to: side) }.get())
            ?? false
    }

    func close() async {
        for part in parts { try? await part.channel.close() }
    }
}

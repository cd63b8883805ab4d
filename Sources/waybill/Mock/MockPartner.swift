import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS
import RouteGraph
import Synchronization

/// A partner for demonstrations and tests: a server of HTTP/1.1 and HTTP/2, with TLS and client certificates when asked for, that
/// gives prepared replies, misbehaves on request and remembers what it was sent.
///
/// ```swift
/// let partner = try await MockPartner.start(MockOptions(tls: tls, replies: [MockReply(text: "<ok/>")]))
/// … call partner.host:partner.port …
/// partner.received.last?.header("soapaction")
/// await partner.stop()
/// ```
final class MockPartner: Sendable {
    private enum Listener {
        case open(any Channel)
        case refusing(MockPortReservation)
        case stopped
    }

    let host: String
    let port: Int
    private let state: MockState
    private let group: any EventLoopGroup
    private let context: NIOSSLContext?
    private let listener: Mutex<Listener>

    private init(
        host: String, port: Int, state: MockState, group: any EventLoopGroup, context: NIOSSLContext?,
        listener: consuming sending Listener
    ) {
        self.host = host
        self.port = port
        self.state = state
        self.group = group
        self.context = context
        self.listener = Mutex(listener)
    }

    /// Starts to listen, on a free port when the options name none; with the fault `refuse` the port is only kept.
    static func start(
        _ options: MockOptions, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> MockPartner {
        let state = MockState(options)
        let context = try options.tls.map { try MockPartner.context($0, options.versions) }
        if options.fault == .refuse {
            let reservation = try MockPortReservation(host: options.host, port: options.port)
            return MockPartner(
                host: options.host, port: reservation.port, state: state, group: group, context: context,
                listener: .refusing(reservation))
        }
        let channel = try await listen(options.host, options.port, state, group, context)
        return MockPartner(
            host: options.host, port: channel.localAddress?.port ?? options.port, state: state, group: group,
            context: context, listener: .open(channel))
    }

    /// Stops to listen and closes every connection.
    func stop() async {
        let before = listener.withLock { listener -> Listener in
            defer { listener = .stopped }
            return listener
        }
        if case .open(let channel) = before { try? await channel.close() }
        await closeConnections()
    }

    // MARK: What was received

    /// The newest requests, oldest first.
    var received: [MockReceived] { state.received }
    /// Requests since the start, or since `forget`.
    var count: Int { state.count }
    var connectionCount: Int { state.connectionCount }
    /// Errors of connections, refused client certificates among them.
    var failures: [String] { state.failures }

    func forget() { state.forget() }

    // MARK: Changing while it runs

    /// Changes replies, delay, status or fault for the requests to come; `refuse`, host, port and TLS stay as they are.
    func change(_ body: (inout MockOptions) -> Void) { state.change(body) }

    /// Closes the listener and all connections; the port stays taken, so that connecting is refused.
    func refuseConnections() async throws {
        let channel = listener.withLock { listener -> (any Channel)? in
            guard case .open(let channel) = listener else { return nil }
            return channel
        }
        guard let channel else { return }
        try await channel.close()
        await closeConnections()
        let reservation = try MockPortReservation(host: host, port: port)
        listener.withLock { $0 = .refusing(reservation) }
    }

    /// Listens again on the same port.
    func acceptConnections() async throws {
        let wasRefusing = listener.withLock { listener -> Bool in
            guard case .refusing = listener else { return false }
            listener = .stopped
            return true
        }
        guard wasRefusing else { return }
        state.change { if $0.fault == .refuse { $0.fault = nil } }
        let channel = try await MockPartner.listen(host, port, state, group, context)
        listener.withLock { $0 = .open(channel) }
    }

    var options: MockOptions { state.options }

    func closeConnections() async {
        for channel in state.openConnections { try? await channel.close() }
    }

    // MARK: Parts

    private static func context(_ tls: MockTLS, _ versions: HTTPVersions) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(tls.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        switch versions {
        case .auto: configuration.applicationProtocols = ["h2", "http/1.1"]
        case .http1: break
        case .http2: configuration.applicationProtocols = ["h2"]
        }
        if let authority = tls.clientAuthority {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func listen(
        _ host: String, _ port: Int, _ state: MockState, _ group: any EventLoopGroup, _ context: NIOSSLContext?
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let versions = state.options.versions
                    guard let context else { return try serve(channel, state, isHTTP2: versions == .http2) }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    guard versions != .http1 else { return try serve(channel, state, isHTTP2: false) }
                    try pipeline.addHandler(
                        ApplicationProtocolNegotiationHandler { result, channel in
                            channel.eventLoop.makeCompletedFuture {
                                let isHTTP2 = result == .negotiated("h2")
                                guard isHTTP2 || versions == .auto else { return channel.close(promise: nil) }
                                try serve(channel, state, isHTTP2: isHTTP2)
                            }
                        })
                }
            }
            .bind(host: host, port: port).get()
    }

    private static func serve(_ channel: any Channel, _ state: MockState, isHTTP2: Bool) throws {
        if isHTTP2 { return try MockConnection.install(on: channel, state) }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
        try pipeline.addHandler(MockHandler(state))
    }
}

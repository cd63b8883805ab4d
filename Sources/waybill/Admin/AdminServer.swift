import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An answer of the admin address.
struct AdminAnswer: Sendable {
    var status: HTTPResponseStatus = .ok
    var contentType = "application/json"
    /// The methods that are answered, where another one was asked.
    var allow: String?
    var body: String
}

/// The admin address: health, readiness, generations, routes, metrics, purging of caches. Plain HTTP, meant for the machine or the
/// cluster only. Its end is the end of its connections: nothing is asked any more after it.
final class AdminServer: Sendable {
    private let channel: any Channel
    private let clients: Clients

    /// The open connections.
    private final class Clients: Sendable {
        private let open = Mutex<[ObjectIdentifier: any Channel]?>([:])

        func add(_ channel: any Channel) {
            let name = ObjectIdentifier(channel)
            let isTaken = open.withLock { open in
                open?[name] = channel
                return open != nil
            }
            guard isTaken else { return channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in self.open.withLock { _ = $0?.removeValue(forKey: name) } }
        }

        func close() async {
            let left = open.withLock { open in
                defer { open = nil }
                return open.map { Array($0.values) } ?? []
            }
            for channel in left { try? await channel.close() }
        }
    }

    private init(channel: any Channel, clients: Clients) {
        self.channel = channel
        self.clients = clients
    }

    static func start(
        on group: any EventLoopGroup, host: String, port: Int,
        answer: @escaping @Sendable (AdminRequest) async -> AdminAnswer
    ) async throws -> AdminServer {
        let clients = Clients()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                clients.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(answer: answer))
                }
            }
            .bind(host: host, port: port).get()
        return AdminServer(channel: channel, clients: clients)
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    func stop() async {
        try? await channel.close()
        await clients.close()
    }
}

private final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (AdminRequest) async -> AdminAnswer
    private var head: HTTPRequestHead?

    init(answer: @escaping @Sendable (AdminRequest) async -> AdminAnswer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let loop = context.eventLoop
            let answer = answer
            let request = AdminRequest(head, client: context.remoteAddress.map(Self.text) ?? "")
            let method = head.method
            let keepAlive = head.isKeepAlive
            let promise = loop.makePromise(of: AdminAnswer.self)
            promise.completeWithTask { await answer(request) }
            promise.futureResult.whenSuccess { result in
                Self.write(result, headOnly: method == .HEAD, keepAlive: keepAlive, to: bound.value)
            }
        }
    }

    private static func text(_ address: SocketAddress) -> String {
        "\(address.ipAddress ?? ""):\(address.port ?? 0)"
    }

    private static func write(_ answer: AdminAnswer, headOnly: Bool, keepAlive: Bool, to context: ChannelHandlerContext)
    {
        var head = HTTPResponseHead(version: .http1_1, status: answer.status)
        head.headers.add(name: "Content-Type", value: answer.contentType)
        head.headers.add(name: "Content-Length", value: String(answer.body.utf8.count))
        if let allow = answer.allow { head.headers.add(name: "Allow", value: allow) }
        if !keepAlive { head.headers.add(name: "Connection", value: "close") }
        context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        if !headOnly {
            context.write(
                NIOAny(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        if !keepAlive { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

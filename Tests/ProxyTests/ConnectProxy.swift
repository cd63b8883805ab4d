import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A small HTTP proxy that only knows `CONNECT`, or that misbehaves as it is told.
final class ConnectProxy: Sendable {
    enum Behaviour: Sendable {
        /// Makes the tunnel; with credentials when some are asked for.
        case works(authorization: String?)
        /// The same, the answer byte by byte with pauses.
        case slow
        /// Says this instead, and goes on listening.
        case says(String)
        case closes
        case isSilent
    }

    let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    init(_ behaviour: Behaviour) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        let seen = Heads()
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Tunnel(behaviour, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.seen = seen
    }

    private let seen: Heads

    final class Heads: Sendable {
        let value = Mutex<[String]>([])
    }

    var asked: [String] { seen.value.withLock { $0 } }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    private final class Tunnel: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let seen: Heads
        private var head = ""
        private var other: (any Channel)?
        private var isAnswered = false

        init(_ behaviour: Behaviour, _ seen: Heads) {
            self.behaviour = behaviour
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if let other {
                other.writeAndFlush(bytes, promise: nil)
                return
            }
            guard !isAnswered else { return }
            head += String(buffer: bytes)
            guard head.hasSuffix("\r\n\r\n") else { return }
            isAnswered = true
            let asked = head
            seen.value.withLock { $0.append(asked) }
            switch behaviour {
            case .closes: context.close(promise: nil)
            case .isSilent: break
            case .says(let text): say(context, text)
            case .slow:
                open(context) { context in
                    for (index, byte) in "HTTP/1.1 200 Fine\r\n\r\n".utf8.enumerated() {
                        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                        context.eventLoop.scheduleTask(in: .milliseconds(Int64(index) * 5)) {
                            bound.value.writeAndFlush(NIOAny(ByteBuffer(bytes: [byte])), promise: nil)
                        }
                    }
                }
            case .works(let authorization):
                if let authorization, !asked.contains("\r\nProxy-Authorization: \(authorization)\r\n") {
                    return say(context, "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                }
                open(context) { self.say($0, "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\n") }
            }
        }

        private func say(_ context: ChannelHandlerContext, _ text: String) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func open(_ context: ChannelHandlerContext, _ then: @escaping (ChannelHandlerContext) -> Void) {
            let target = head.split(separator: " ")[1].split(separator: ":")
            let bound = NIOLoopBound((context, self, then), eventLoop: context.eventLoop)
            ClientBootstrap(group: context.eventLoop)
                .connectTimeout(.minutes(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Back(bound.value.0.channel))
                    }
                }
                .connect(host: String(target[0]), port: Int(target[1]) ?? 0).assumeIsolated()
                .whenComplete { result in
                    let (context, handler, then) = bound.value
                    guard case .success(let channel) = result else { return context.close(promise: nil) }
                    handler.other = channel
                    then(context)
                }
        }

        func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Back: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: any Channel

        init(_ client: any Channel) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            client.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
    }
}

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A client, over TLS or not, that does all that it does on its event loop, so that it keeps time whatever else the machine does.
final class PeerClient: Sendable {
    /// What it does.
    struct Behaviour: Sendable {
        /// Sent as soon as there is a connection.
        var first: String
        /// Sent again and again, every 60 ms, as long as there is a connection.
        var drip: String?
        /// Sent after `first`, from when on nothing is read any more.
        var last: String?
    }

    struct Seen: Sendable {
        var text = ""
        var isEnded = false
    }

    private let channel: any Channel
    private let box: Box

    private final class Box: Sendable {
        let value = Mutex(Seen())
    }

    private init(_ channel: any Channel, _ box: Box) {
        self.channel = channel
        self.box = box
    }

    static func connect(port: Int, isSecure: Bool, _ behaviour: Behaviour) async throws -> PeerClient {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = isSecure ? try NIOSSLContext(configuration: configuration) : nil
        let box = Box()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.minutes(5))
            .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .channelOption(ChannelOptions.socketOption(.so_rcvbuf), value: behaviour.last == nil ? 65_536 : 4096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour, box))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return PeerClient(channel, box)
    }

    var seen: Seen { box.value.withLock { $0 } }

    /// Whether the connection ends.
    func ends() async -> Bool { await eventually { seen.isEnded } }

    func close() { channel.close(promise: nil) }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let behaviour: Behaviour
        private let box: Box

        init(_ behaviour: Behaviour, _ box: Box) {
            self.behaviour = behaviour
            self.box = box
        }

        func channelActive(context: ChannelHandlerContext) {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let behaviour = behaviour
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenSuccess {
                // The handshake is over when something could be sent.
                guard let last = behaviour.last else { return }
                let context = bound.value
                try? context.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: false)
                context.writeAndFlush(NIOAny(ByteBuffer(string: last)), promise: nil)
            }
            context.writeAndFlush(NIOAny(ByteBuffer(string: behaviour.first)), promise: promise)
            guard let drip = behaviour.drip else { return }
            let pause = TimeAmount.milliseconds(60)
            context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { task in
                let context = bound.value
                guard context.channel.isActive else { return task.cancel() }
                context.writeAndFlush(NIOAny(ByteBuffer(string: drip)), promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            box.value.withLock { $0.text += text.prefix(4096) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            box.value.withLock { $0.isEnded = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

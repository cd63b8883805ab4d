import NIOCore
import NIOPosix
import NIOSSL

/// Sends bytes and collects what comes back until the connection ends, enough has come, or the time is up.
struct RawClient {
    enum End: Equatable, Sendable {
        case closed
        case failed(String)
        case enough
        case timeUp
    }

    struct Answer: Sendable {
        var text: String
        var end: End
        var status: Int? { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    }

    static func send(
        _ text: String, port: Int, tls: TLSConfiguration? = nil, serverName: String? = nil,
        milliseconds: Int64 = 60_000,
        until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> Answer {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = group.next()
        let promise = loop.makePromise(of: Answer.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let context {
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: serverName))
                }
                try pipeline.addHandler(Collector(promise, isEnough))
            }
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        } catch {
            promise.succeed(Answer(text: "", end: .failed("connect")))
            return try await promise.futureResult.get()
        }
        let timer = loop.scheduleTask(in: .milliseconds(milliseconds)) {
            channel.pipeline.fireUserInboundEventTriggered(TimeUp())
        }
        defer { timer.cancel() }
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        let answer = try await promise.futureResult.get()
        try? await channel.close()
        return answer
    }

    struct TimeUp: Sendable {}

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<Answer>
        private let isEnough: @Sendable (String) -> Bool
        private var text = ""

        init(_ promise: EventLoopPromise<Answer>, _ isEnough: @escaping @Sendable (String) -> Bool) {
            self.promise = promise
            self.isEnough = isEnough
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            if isEnough(text) { promise.succeed(Answer(text: text, end: .enough)) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.succeed(Answer(text: text, end: .failed(String(describing: error))))
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(Answer(text: text, end: .closed)) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is TimeUp { promise.succeed(Answer(text: text, end: .timeUp)) }
        }
    }
}

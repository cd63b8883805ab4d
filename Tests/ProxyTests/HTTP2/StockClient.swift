import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// A client made of SwiftNIO's own handlers, by TLS: what clients that nobody has bent look like.
enum StockClient {
    struct Answer: Sendable, Equatable {
        var status = ""
        var body = ""
    }

    /// Asks for versions by ALPN. Returns what was chosen, empty for nothing, nil when the handshake failed or the connection ended.
    static func negotiate(port: Int, _ protocols: [String]) async throws -> String? {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: String?.self)
        let context = try context(protocols, certificate: nil)
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(.minutes(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        try NIOSSLClientHandler(context: context, serverHostname: nil), Negotiation(promise))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let version = try await promise.futureResult.get()
        try? await channel.close()
        return version
    }

    /// Makes calls, all at the same time, each with a body of its own.
    static func calls(
        port: Int, path: String, bodies: [String], certificate: (pem: [UInt8], key: [UInt8])? = nil
    ) async throws -> [Answer] {
        let group = MultiThreadedEventLoopGroup.singleton
        let context = try context(["h2"], certificate: certificate)
        let (channel, multiplexer) = try await ClientBootstrap(group: group)
            .connectTimeout(.minutes(5))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(try NIOSSLClientHandler(context: context, serverHostname: nil))
                    let handler = NIOHTTP2Handler(mode: .client, eventLoop: channel.eventLoop) { stream in
                        stream.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
                    }
                    try pipeline.addHandler(handler)
                    return (channel, try handler.syncMultiplexer())
                }
            }
        let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { tasks in
            for (i, body) in bodies.enumerated() {
                tasks.addTask {
                    let promise = channel.eventLoop.makePromise(of: Answer.self)
                    let stream = try await multiplexer.createStreamChannel { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandler(Call(promise, path: path, body: body))
                        }
                    }.get()
                    _ = stream
                    return (i, try await promise.futureResult.get())
                }
            }
            return try await tasks.reduce(into: Array(repeating: Answer(), count: bodies.count)) { $0[$1.0] = $1.1 }
        }
        try? await channel.close()
        return answers
    }

    private static func context(
        _ protocols: [String], certificate: (pem: [UInt8], key: [UInt8])?
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate.pem).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: certificate.key, format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private final class Negotiation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var promise: EventLoopPromise<String?>?
        private var version: String?

        init(_ promise: EventLoopPromise<String?>) {
            self.promise = promise
        }

        private func end(_ version: String?) {
            promise?.succeed(version)
            promise = nil
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .handshakeCompleted(let version)? = event as? TLSUserEvent else { return }
            // A refusal comes after the handshake; so do SETTINGS, or the answer to a call.
            self.version = version ?? ""
            if version != "h2" {
                let call = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(call), promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { end(version) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { end(nil) }
    }

    private final class Call: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        typealias OutboundOut = HTTP2Frame.FramePayload
        private let promise: EventLoopPromise<Answer>
        private let path: String
        private let body: String
        private var answer = Answer()

        init(_ promise: EventLoopPromise<Answer>, path: String, body: String) {
            self.promise = promise
            self.path = path
            self.body = body
        }

        func channelActive(context: ChannelHandlerContext) {
            let headers = HPACKHeaders([
                (":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
                ("x-api-key", "k"),
            ])
            context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
            let data = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(string: body)), endStream: true)
            context.writeAndFlush(wrapOutboundOut(.data(data)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let part):
                answer.status = part.headers.first(name: ":status") ?? answer.status
                if part.endStream { promise.succeed(answer) }
            case .data(let part):
                if case .byteBuffer(let bytes) = part.data { answer.body += String(buffer: bytes) }
                if part.endStream { promise.succeed(answer) }
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(answer) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

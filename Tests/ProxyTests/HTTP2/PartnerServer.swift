import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A partner that speaks HTTP/2: it gathers what a stream sends, and asks a script what to do about it.
final class HTTP2Partner: Sendable {
    struct Request: Sendable {
        var fields: [String: String] = [:]
        var trailers: [String: String] = [:]
        var body: [UInt8] = []
        /// Counted from 0: the connection, and the stream on it.
        var connection = 0
        var stream = 0
        var path: String { fields[":path"] ?? "" }
    }

    enum Step: Sendable {
        case headers([(String, String)], end: Bool)
        case data([UInt8], end: Bool)
        case reset(HTTP2ErrorCode)
        /// Streams up to this one, counted from 0, are dealt with.
        case goAway(upTo: Int)
        case settings(maximumStreams: Int)
        case pause(milliseconds: Int64)
        /// Waits until the partner has seen so much.
        case hold(until: @Sendable (Seen) -> Bool)
        case closeConnection
    }

    typealias Script = @Sendable (Request) -> [Step]

    struct Seen: Sendable {
        var requests: [Request] = []
        var connections = 0
        var closed = 0
        var openStreams = 0
        var mostStreams = 0
        /// Streams that have ended before the partner had answered.
        var cancelled = 0
        /// Bytes of answers that could be handed over.
        var written = 0
    }

    final class SharedSeen: Sendable {
        let value = Mutex(Seen())
    }

    struct Settings: Sendable {
        var tls: NIOSSLContext?
        var maximumStreams = 100
        var checksRequests = true
        /// Answers when the head is there, whatever of the body is still to come.
        var answersEarly = false
    }

    let port: Int
    let shared: SharedSeen
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    init(_ settings: Settings = Settings(), _ script: @escaping Script) async throws {
        let seen = SharedSeen()
        shared = seen
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = seen.value.withLock {
                        $0.connections += 1
                        return $0.connections - 1
                    }
                    try HTTP2Partner.equip(channel, settings, number, seen, script)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    private static func equip(
        _ channel: any Channel, _ settings: Settings, _ number: Int, _ seen: SharedSeen, _ script: @escaping Script
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls = settings.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: settings.maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 65536),
        ]
        if !settings.checksRequests {
            connection.headerBlockValidation = .disabled
            connection.contentLengthValidation = .disabled
        }
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.streamResetFrameRateLimit.maximumCount = 100_000
        try pipeline.addHandler(
            NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
                streamConfiguration: stream
            ) { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(
                        StreamHandler(script, number, seen, settings.answersEarly))
                }
            })
        try pipeline.addHandler(ConnectionHandler(seen))
    }

    var requests: [Request] { shared.value.withLock { $0.requests } }
    var connections: Int { shared.value.withLock { $0.connections } }
    var closed: Int { shared.value.withLock { $0.closed } }
    var mostStreams: Int { shared.value.withLock { $0.mostStreams } }
    var cancelled: Int { shared.value.withLock { $0.cancelled } }
    var written: Int { shared.value.withLock { $0.written } }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    /// Waits until something holds.
    func waitFor(_ condition: @Sendable (Seen) -> Bool) async -> Bool {
        await eventually { shared.value.withLock { condition($0) } }
    }

    static func answer(_ body: String, _ fields: (String, String)...) -> [Step] {
        [
            .headers([(":status", "200"), ("content-length", "\(body.utf8.count)")] + fields, end: body.isEmpty),
            .data(Array(body.utf8), end: true),
        ]
    }

    /// TLS for a partner on this machine, which asks for a certificate and offers these protocols.
    static func tls(_ protocols: [String] = ["h2", "http/1.1"]) throws -> NIOSSLContext {
        let folder = try CertificateFolder.shared.get()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(folder.bytes("server.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: folder.bytes("server.key"), format: .pem)))
        configuration.applicationProtocols = protocols
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(folder.bytes("ca.pem")))
        configuration.certificateVerification = .noHostnameVerification
        return try NIOSSLContext(configuration: configuration)
    }
}

private final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    private let seen: HTTP2Partner.SharedSeen

    init(_ seen: HTTP2Partner.SharedSeen) { self.seen = seen }

    func channelInactive(context: ChannelHandlerContext) { seen.value.withLock { $0.closed += 1 } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let script: HTTP2Partner.Script
    private let seen: HTTP2Partner.SharedSeen
    private let answersEarly: Bool
    private var request = HTTP2Partner.Request()
    private var isBegun = false
    private var isAsked = false
    private var isAnswered = false

    init(_ script: @escaping HTTP2Partner.Script, _ number: Int, _ seen: HTTP2Partner.SharedSeen, _ early: Bool) {
        self.script = script
        self.seen = seen
        answersEarly = early
        request.connection = number
    }

    func handlerAdded(context: ChannelHandlerContext) {
        seen.value.withLock {
            $0.openStreams += 1
            $0.mostStreams = max($0.mostStreams, $0.openStreams)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            for (name, value, _) in frame.headers {
                if isBegun { request.trailers[name] = value } else { request.fields[name] = value }
            }
            if !isBegun, let id = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) {
                request.stream = (Int(id) - 1) / 2
            }
            isBegun = true
            if frame.endStream || answersEarly { ask(context) }
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data { request.body += bytes.readableBytesView }
            if frame.endStream { ask(context) }
        default: break
        }
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard !isAsked else { return }
        isAsked = true
        let request = request
        seen.value.withLock { $0.requests.append(request) }
        run(script(request)[...], context)
    }

    private func run(_ steps: ArraySlice<HTTP2Partner.Step>, _ context: ChannelHandlerContext) {
        var steps = steps
        while let step = steps.popFirst(), context.channel.isActive {
            switch step {
            case .headers(let fields, let end):
                context.writeAndFlush(
                    wrapOutboundOut(.headers(.init(headers: HPACKHeaders(fields), endStream: end))), promise: nil)
                if end { isAnswered = true }
            case .data(let bytes, let end):
                let promise = context.eventLoop.makePromise(of: Void.self)
                let (seen, count) = (seen, bytes.count)
                promise.futureResult.whenSuccess { seen.value.withLock { $0.written += count } }
                context.writeAndFlush(
                    wrapOutboundOut(.data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: end))),
                    promise: promise)
                if end { isAnswered = true }
            case .reset(let code):
                isAnswered = true
                context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
            case .goAway(let stream):
                let last = HTTP2StreamID(stream * 2 + 1)
                let payload = HTTP2Frame.FramePayload.goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil)
                context.channel.parent?.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: payload), promise: nil)
            case .settings(let maximum):
                let payload = HTTP2Frame.FramePayload.settings(
                    .settings([HTTP2Setting(parameter: .maxConcurrentStreams, value: maximum)]))
                context.channel.parent?.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: payload), promise: nil)
            case .pause(let milliseconds):
                let (rest, bound) = (steps, NIOLoopBound((self, context), eventLoop: context.eventLoop))
                context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
                    bound.value.0.run(rest, bound.value.1)
                }
                return
            case .hold(let condition):
                guard !seen.value.withLock({ condition($0) }) else { continue }
                let (rest, bound) = ([step] + steps, NIOLoopBound((self, context), eventLoop: context.eventLoop))
                context.eventLoop.scheduleTask(in: .milliseconds(5)) {
                    bound.value.0.run(rest[...], bound.value.1)
                }
                return
            case .closeConnection:
                context.channel.parent?.close(promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        seen.value.withLock {
            $0.openStreams -= 1
            if !isAnswered { $0.cancelled += 1 }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

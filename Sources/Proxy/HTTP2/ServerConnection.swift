import NIOCore
import NIOHTTP2
import NIOSSL
import RouteGraph

/// One client's HTTP/2 connection: makes a ``ServerStream`` and a ``ClientConnection`` for each stream, and looks after what
/// belongs to the connection alone: its preface, its idleness, its end.
///
/// ```
///            SETTINGS                    GOAWAY, no stream                  answers are out, client closes or lingers
///   preface ──────────► open ──────────► leaving ──────────────────► ending ─────────────────────────────► closed
///      │ too late          │ idle, drain, leave │ streams go on        ▲
///      └──────────────────►┴── error ───────────┴──────────────────────┘
/// ```
/// The connection counts as one of the gateway's client connections; its streams do not. What streams may cost together is bounded by
/// their number, times a window, times what ``ClientConnection`` reads ahead.
final class ServerConnection: Timed, ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum Phase: UInt8 { case preface, open, leaving, ending, closed }

    let worker: Worker
    private let isSecure: Bool
    private let peer: PeerCertificate?
    private var context: ChannelHandlerContext?
    private var phase = Phase.preface
    private var streams = 0
    /// Streams whose head waits for the end of what came with it, and the same while they are told.
    private var waiting: [ServerStream] = []
    private var ready: [ServerStream] = []
    private var lastStream = HTTP2StreamID.rootStream
    private var faults = 0
    private let streamLimit: Int
    /// A stream hands over what it has written: errors that come of that are not the client's.
    var isSending = false
    /// Told to leave before the first stream was there.
    private var leavesWithNextStream = false
    /// What heads of HTTP/1.1 are written into.
    private var scratch: ByteBuffer

    private init(worker: Worker, isSecure: Bool, peer: PeerCertificate?) {
        self.worker = worker
        self.isSecure = isSecure
        self.peer = peer
        scratch = worker.noBytes
        streamLimit = worker.current.graph.settings.limits.streams
    }

    // MARK: Life of the connection

    /// Makes a channel one of HTTP/2.
    /// - Parameter earlier: what served the connection as one of HTTP/1.1 until the versions were negotiated.
    static func install(
        on channel: any Channel, worker: Worker, isSecure: Bool, replacing earlier: ClientConnection? = nil
    ) throws {
        let connection = ServerConnection(worker: worker, isSecure: isSecure, peer: earlier?.peerCertificate)
        worker.add(connection, isNew: earlier == nil)
        let pipeline = channel.pipeline.syncOperations
        if let earlier { pipeline.removeHandler(earlier, promise: nil) }
        do {
            let bound = NIOLoopBound(connection, eventLoop: worker.loop)
            let limits = worker.current.graph.settings.limits
            let handler = NIOHTTP2Handler(
                mode: .server, eventLoop: worker.loop, connectionConfiguration: ServerLimits.connection(limits),
                streamConfiguration: ServerLimits.stream()
            ) { stream in
                bound.value.streamBegan(stream)
            }
            // The handler of frames answers as soon as it is there, so the one behind it comes first.
            try pipeline.addHandler(connection)
            try pipeline.addHandler(handler, position: .before(connection))
        } catch {
            worker.remove(connection)
            throw error
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setDeadline(worker.current.graph.settings.limits.requestTimeout)
        worker.metrics.multiplexedConnections += 1
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        guard context != nil else { return }
        context = nil
        phase = .closed
        waiting = []
        worker.wheel.remove(self)
        worker.metrics.multiplexedConnections -= 1
        worker.remove(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that sends no more can't take part in the protocol any longer.
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .preface, case .settings = unwrapInboundIn(data).payload else { return }
        phase = .open
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .windowUpdate(windowSizeIncrement: ServerLimits.windowIncrement(streamLimit)))
        context.write(wrapOutboundOut(frame), promise: nil)
        if streams == 0 { waitForStream() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // The stream has been reset, and no more harm is done.
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed: break
        // The client has taken back a call whose answer was on its way to be written: the answer goes nowhere, and the connection goes on.
        // Where the client's frames are for a stream that there is not, the error is the connection's, and the same by name.
        case is NIOHTTP2Errors.NoSuchStream where isSending: break
        // An error of one stream, which was reset. No client makes these by mistake.
        case is NIOHTTP2Errors.FlowControlViolation, is NIOHTTP2Errors.InvalidFlowControlWindowSize,
            is NIOHTTP2Errors.BadStreamStateTransition, is NIOHTTP2Errors.TrailersWithoutEndStream:
            if phase == .open { sendGoAway(.protocolError) }
            fail()
        // GOAWAY with the reason is on its way.
        case is any NIOHTTP2Error: fail()
        default: context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard !waiting.isEmpty else { return }
        swap(&waiting, &ready)
        for stream in ready { stream.readCompleted() }
        ready.removeAll(keepingCapacity: true)
    }

    // MARK: Streams

    /// The stream wants to know when all that came in this go has been looked at.
    func streamWaits(_ stream: ServerStream) {
        waiting.append(stream)
    }

    private func streamBegan(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard phase.rawValue < Phase.ending.rawValue, let id = try? channel.syncOptions?.getOption(Self.streamID) else {
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let stream = ServerStream(self)
        let client = ClientConnection(worker: worker, isSecure: isSecure, stream: stream, peer: peer)
        stream.serve(client)
        lastStream = max(lastStream, id)
        do {
            try channel.pipeline.syncOperations.addHandler(stream)
            try channel.pipeline.syncOperations.addHandler(client)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        if leavesWithNextStream { sendGoAway(.noError) }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    private static var streamID: HTTP2StreamChannelOptions.Types.StreamIDOption { HTTP2StreamChannelOptions.streamID }

    func streamAdded() {
        streams += 1
        worker.metrics.openStreams += 1
        worker.wheel.set(self, to: .max)
    }

    func streamEnded() {
        streams -= 1
        worker.metrics.openStreams -= 1
        guard streams == 0 else { return }
        switch phase {
        case .preface, .open: waitForStream()
        case .leaving: finish(ClientConnection.lingerTime)
        case .ending, .closed: break
        }
    }

    /// A request was malformed. One that goes on and on with that wants to make work (as by CVE-2025-8671).
    func noteFault() {
        faults += 1
        guard faults > ServerLimits.faults, phase.rawValue < Phase.ending.rawValue else { return }
        sendGoAway(.enhanceYourCalm)
        fail()
    }

    /// A buffer for the head of a stream's request: given back, its memory serves the next one.
    func takeScratch() -> ByteBuffer {
        var buffer = worker.noBytes
        swap(&buffer, &scratch)
        buffer.clear(minimumCapacity: 512)
        return buffer
    }

    func giveScratch(_ buffer: ByteBuffer) {
        if buffer.capacity <= 16 * 1024 { scratch = buffer }
    }

    // MARK: Ends

    private func setDeadline(_ nanoseconds: Int64) {
        worker.wheel.set(self, to: Clock.coarse() &+ nanoseconds)
    }

    private func waitForStream() {
        setDeadline(worker.current.graph.settings.limits.idleTimeout)
    }

    override func deadlineReached(_ now: Int64) {
        switch phase {
        case .open where streams == 0: finish()
        case .preface, .ending: shutDown()
        case .open, .leaving, .closed: break
        }
    }

    /// Calls go on; the client opens another connection for later ones.
    func leave() {
        guard phase == .preface || phase == .open else { return }
        if lastStream == .rootStream {
            leavesWithNextStream = true
        } else if streams == 0 {
            finish()
        } else {
            sendGoAway(.noError)
        }
    }

    func drain() {
        if streams == 0 { return finish() }
        if phase == .open { sendGoAway(.noError) }
    }

    /// Streams that are not begun are the client's to repeat elsewhere (RFC 9113, section 6.8).
    private func sendGoAway(_ code: HTTP2ErrorCode, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        if phase == .preface || phase == .open { phase = .leaving }
        leavesWithNextStream = false
        let frame = HTTP2Frame(
            streamID: .rootStream, payload: .goAway(lastStreamID: lastStream, errorCode: code, opaqueData: nil))
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// No stream is left: says so, and ends our side when all that was written is out. What the client sends meanwhile is read, so
    /// that no reset overtakes its last answer.
    private func finish(_ patience: Int64 = ServerLimits.farewell) {
        guard let context, phase != .ending, phase != .closed else { return }
        phase = .ending
        setDeadline(patience)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(mode: .output, promise: nil) }
        sendGoAway(.noError, promise: promise)
    }

    /// The client breaks the protocol, or floods it: nothing more of what it sends is looked at. It gets a moment to read why.
    private func fail() {
        guard let context, phase != .ending, phase != .closed else { return }
        phase = .ending
        setDeadline(ServerLimits.farewell)
        if let handler = try? context.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self) {
            try? context.pipeline.syncOperations.addHandler(DiscardedInput(), position: .before(handler))
        }
        context.close(mode: .output, promise: nil)
    }

    /// Ends the connection now.
    func shutDown() {
        guard let context else { return }
        // TLS says that it ends, and then would wait for the peer to say so too: the socket is closed behind its back.
        let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        context.close(promise: nil)
        secure?.close(promise: nil)
    }
}

/// Keeps what comes from being parsed.
private final class DiscardedInput: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

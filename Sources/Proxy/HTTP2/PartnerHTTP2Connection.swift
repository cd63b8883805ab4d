import NIOCore
import NIOHTTP2
import NIOSSL
import RouteGraph

/// One connection to a partner by HTTP/2 (RFC 9113), which carries a stream for each of many calls.
///
/// ```
///   begun ──SETTINGS──► ready ──GOAWAY, worn out, retired──► leaving ──last stream ended──► closed
///     │ deadline, error    │ error, no answer to a PING          │ error
///     └────────────────────┴─────────────────────────────────────┴────────────────────────► closed
/// ```
/// Nothing is sent before the partner's SETTINGS are there: they say how many streams it takes, and that it speaks HTTP/2 at all.
/// The pool asks it for streams (``openStream()``) and is told when one can take a call, when one has ended, and when all is over.
final class PartnerHTTP2Connection: Timed, ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let worker: Worker
    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private var multiplexer: NIOHTTP2Handler.StreamMultiplexer?
    private let scratch = MessageHead()
    private var isReady = false
    private var isLeaving = false
    private var isTolerating = false
    /// Whether an answer to a PING is waited for.
    private var isProbed = false
    /// Streams that the partner takes at once.
    private(set) var limit = PartnerHTTP2.streamLimit
    /// Streams that there are, those included that are being opened.
    private(set) var streams = 0
    private var opening = 0
    private var opened: Int64 = 0
    /// Streams that it was asked for.
    private var calls = 0
    /// Whether it has answered a call before.
    private(set) var isUsed = false
    /// The last stream that the partner deals with.
    private(set) var lastAccepted = HTTP2StreamID.maxID
    /// Counts what was read, so that silence can be told.
    private(set) var reads: UInt64 = 0
    /// Why it ends, when it does not simply end.
    private(set) var failure: TransportFailure?
    var remoteAddress: SocketAddress? { context?.channel.remoteAddress }

    init(worker: Worker, pool: UpstreamPool) {
        self.worker = worker
        self.pool = pool
    }

    /// Takes over a connection on which HTTP/2 has been agreed on.
    func begin(_ context: ChannelHandlerContext, behind handler: any ChannelHandler) throws {
        let pipeline = context.pipeline.syncOperations
        let http2 = PartnerHTTP2.handler(on: context.eventLoop)
        worker.wheel.set(self, to: Clock.monotonic() &+ pool.plan.connectTimeout)
        try pipeline.addHandler(self, position: .after(handler))
        try pipeline.addHandler(http2, position: .after(handler))
        multiplexer = try http2.syncMultiplexer()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    // MARK: Streams

    /// Whether a further stream can be opened. A connection that is worn out begins to leave when it is asked.
    func takesStream() -> Bool {
        guard isReady, !isLeaving, streams < limit, let context, context.channel.isActive else { return false }
        if isWornOut {
            leave()
            return false
        }
        return true
    }

    private var isWornOut: Bool {
        let most = pool.plan.requestsPerConnection
        if calls >= (most > 0 ? min(most, PartnerHTTP2.callLimit) : PartnerHTTP2.callLimit) { return true }
        return pool.plan.connectionAge > 0 && Clock.monotonic() &- opened >= pool.plan.connectionAge
    }

    /// Opens a stream; the pool is told when it is there.
    func openStream() {
        guard let multiplexer else { return }
        if streams == 0, !isProbed { worker.wheel.set(self, to: .max) }
        streams += 1
        opening += 1
        calls += 1
        let bound = NIOLoopBound(self, eventLoop: worker.loop)
        multiplexer.createStreamChannel(promise: nil) { channel in
            channel.eventLoop.makeCompletedFuture { try bound.value.equip(channel) }
        }
    }

    private func equip(_ channel: any Channel) throws {
        // The connection may have ended in between; a stream of it would never begin.
        guard context != nil else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(PartnerStream(self, isSecure: pool.plan.tls != nil, scratch: scratch))
        try pipeline.addHandler(UpstreamConnection(worker: worker, pool: pool, stream: self))
    }

    /// A stream can take its call.
    func streamBegan(_ stream: UpstreamConnection) {
        opening -= 1
        if !isLeaving, streams <= limit {
            pool.streamReady(stream, reused: isUsed)
        } else {
            pool.streamUnavailable()
            stream.close()
        }
    }

    /// A stream has ended, however.
    func streamEnded(isAnswered: Bool) {
        streams -= 1
        if isAnswered { isUsed = true }
        guard let context, context.channel.isActive else { return }
        if streams == 0 {
            if isLeaving || pool.isEnding { return end() }
            if !isProbed { worker.wheel.set(self, to: Clock.monotonic() &+ pool.plan.idleTimeout) }
        }
        pool.streamsChanged()
    }

    // MARK: What the partner says of the connection

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)):
            for setting in settings where setting.parameter == .maxConcurrentStreams {
                limit = min(max(0, setting.value), PartnerHTTP2.streamLimit)
            }
            if isReady { return pool.streamsChanged() }
            isReady = true
            opened = Clock.monotonic()
            worker.wheel.set(self, to: opened &+ pool.plan.idleTimeout)
            pool.multiplexedReady(self)
        case .goAway(let last, let code, _):
            lastAccepted = min(lastAccepted, last)
            if code != .noError { worker.log("partner \(pool.plan.identity): it ends the connection: \(code)") }
            leave()
        case .ping(_, ack: true):
            guard isProbed else { return }
            isProbed = false
            worker.wheel.set(self, to: streams == 0 ? Clock.monotonic() &+ pool.plan.idleTimeout : .max)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        reads &+= 1
        context.fireChannelReadComplete()
    }

    /// Says why an answer is not taken.
    func note(_ fault: PartnerFault) {
        worker.log("partner \(pool.plan.identity): answer refused: \(fault.reason)")
    }

    /// Asks whether the partner is still there. If it does not say so in time, the connection and all of its calls end.
    func probe() {
        guard let context, isReady, !isProbed, context.channel.isActive else { return }
        isProbed = true
        worker.wheel.set(self, to: Clock.monotonic() &+ pool.plan.connectTimeout)
        let frame = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: reads), ack: false))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    // MARK: Ends

    /// Takes no further streams, and ends with the last one.
    func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        if streams == 0 { end() }
    }

    /// Says good-bye and ends the connection.
    private func end() {
        guard let context else { return }
        isLeaving = true
        let goAway = HTTP2Frame.FramePayload.goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil)
        context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: goAway)), promise: nil)
        context.close(promise: nil)
    }

    /// Ends the connection past its TLS handler, which would wait for the partner's good-bye.
    func abort() {
        guard let context else { return }
        isLeaving = true
        let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
        (secure ?? context).close(promise: nil)
    }

    override func deadlineReached(_ now: Int64) {
        if !isReady {
            failure = openingFailure
            abort()
        } else if isProbed {
            worker.log("partner \(pool.plan.identity): the connection does not answer any more")
            failure = .reset
            abort()
        } else {
            leave()
        }
    }

    /// Runs what may find that a stream has ended meanwhile; that is no fault of the connection.
    func tolerate(_ work: () -> Void) {
        let before = isTolerating
        isTolerating = true
        work()
        isTolerating = before
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isTolerating, !(error is NIOHTTP2Errors.TrailersWithoutEndStream) else { return }
        if failure == nil {
            failure = transportFailure(error)
            if failure != .reset || !isReady { worker.log("partner \(pool.plan.identity): \(error)") }
        }
        abort()
    }

    private func transportFailure(_ error: any Error) -> TransportFailure {
        switch error {
        case NIOSSLError.uncleanShutdown: .reset
        case is NIOSSLError, is BoringSSLError: .tls
        case is IOError, is ChannelError: .reset
        default: .invalidResponse
        }
    }

    private var openingFailure: TransportFailure { pool.plan.tls == nil ? pool.openingFailure : .tls }

    func channelInactive(context: ChannelHandlerContext) {
        guard self.context != nil else { return }
        self.context = nil
        multiplexer = nil
        worker.wheel.remove(self)
        if isReady {
            pool.multiplexedClosed(self, opening: opening)
        } else {
            pool.connectFailed(failure ?? openingFailure)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        multiplexer = nil
    }
}

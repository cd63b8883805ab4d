import NIOCore
import NIOSSL
import NIOTLS
import RouteGraph

/// One client's connection, and the owner of the call on it.
///
/// Calls are served one after the other in the order of their requests: bytes of a next request wait in `input`. All decisions
/// about what an event means are ``Exchange``'s; this class carries them out. Its parts: this file has the channel's events and
/// the reading of requests, `+Request` admits and maps, `+Service` finds the operation of a SOAP message, `+Attempts` passes what stands
/// before the partner, `+Versions` chooses the partner's version and `+Shadow` copies to it, `+Partner` deals with the upstream
/// connection, `+Answer` writes answers, `+Cache` and `+Idempotency` have them kept. A stream of HTTP/2 has one of these for its call, behind a ``ServerStream``.
final class ClientConnection: Timed, ChannelDuplexHandler, RemovableChannelHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of later requests, or of a body that can't go on yet, that are read ahead.
    static let readAhead = 64 * 1024
    /// How long a connection that is to end waits for a request that may be on its way.
    static let drainTime: Int64 = 100_000_000
    /// Bytes of a refused request's body that are read for the connection's sake.
    static let discardLimit = 64 * 1024
    /// How long a client that has closed its side is still answered. It may be a half-closed connection, and it may be that
    /// nobody is there any more: the two can't be told apart before something is sent.
    static let halfCloseGrace: Int64 = 1_000_000_000
    /// How long an idle connection keeps its buffers.
    static let memoryTime: Int64 = 1_000_000_000
    /// How long the rest of what a refused client sends is read, so that it gets to see the answer.
    static let lingerTime: Int64 = 2_000_000_000

    let worker: Worker
    let isSecure: Bool
    /// The versions that may be negotiated.
    private let versions: HTTPVersions
    /// The stream of HTTP/2 that the call comes by; nil for a connection of HTTP/1.1.
    private(set) var stream: ServerStream?
    var context: ChannelHandlerContext?
    var exchange = Exchange()
    var input: ByteBuffer
    var parser = HeadParser()
    var body = BodyReader()
    private var discarded = 0
    private var isConsuming = false
    private var needsFlush = false
    private var readIsPending = false
    var isWritable = true
    private(set) var inputIsClosed = false
    private var peer: PeerCertificate?

    // The call under way.
    var call: Call?
    var graph: WorkerGraph?
    var pool: UpstreamPool?
    var partner: UpstreamConnection?
    /// What goes to the partner: the whole request when it is replayable.
    var request: ByteBuffer
    /// Whether sending it twice does no more than sending it once, and whether all of it is in `request`.
    var requestIsIdempotent = false
    var requestIsKept = false
    var requestIsReplayable: Bool { requestIsIdempotent && requestIsKept }
    var attempt = AttemptState()
    /// The call's key, when its answer is to be kept.
    var keyed: KeyedCall?
    /// The call's key in the operation's cache; empty when it is none for it.
    var cacheKey: [UInt8] = []
    /// The call, when no kept answer has ended it.
    var cached: CachedCall?
    /// The call is counted among those that have, or may ask for, a key.
    var mayHaveKey = false
    /// The client has gone, or there never was one, and the call goes on.
    var isOrphan = false
    /// Who is told of the answer, when it is no client.
    var detached: DetachedCall?
    var requestIsHead = false
    /// The partner's connection is not used again after this call: it was sent a body that a partner may leave unread.
    var spendsPartner = false
    var continueIsDue = false
    /// A body that is read whole.
    var collected: ByteBuffer
    /// What goes to the client.
    var output: ByteBuffer
    /// The answer's body is sent in chunks.
    var answerIsChunked = false
    /// The client asked by HEAD, the partner was asked otherwise: the body is not handed on.
    var dropsAnswerBody = false
    /// When the whole call has to be over.
    var totalDeadline = Int64.max
    private var graceDeadline = Int64.max
    /// When a connection without a call ends; what comes before that is only time to give memory back.
    private var idleEnd: Int64 = 0
    /// When the client's part of the present transfer began.
    var paceBegan: Int64 = 0

    init(
        worker: Worker, isSecure: Bool, versions: HTTPVersions = .http1, stream: ServerStream? = nil,
        peer: PeerCertificate? = nil
    ) {
        self.worker = worker
        self.isSecure = isSecure
        self.versions = versions
        self.stream = stream
        self.peer = peer
        input = worker.noBytes
        request = worker.noBytes
        collected = worker.noBytes
        output = worker.noBytes
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if stream == nil { worker.add(self) }
        setDeadline(after: worker.current.graph.settings.limits.requestTimeout)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed:
            clientClosedInput()
        case let event as TLSUserEvent:
            if case .handshakeCompleted(let version) = event { handshakeCompleted(context, version) }
        default:
            break
        }
    }

    private func handshakeCompleted(_ context: ChannelHandlerContext, _ version: String?) {
        readPeerCertificate(context)
        if version == "h2" {
            do {
                try ServerConnection.install(
                    on: context.channel, worker: worker, isSecure: isSecure, replacing: self)
            } catch {
                context.close(promise: nil)
            }
        } else if versions == .http2 {
            context.close(promise: nil)
        }
    }

    private func readPeerCertificate(_ context: ChannelHandlerContext) {
        guard let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let der = try? handler.peerCertificate?.toDERBytes()
        else { return }
        peer = Certificate(der: der).subject.map { PeerCertificate(subject: $0) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isSecure, error is NIOSSLError || error is BoringSSLError, exchange.phase == .idle, call == nil {
            worker.metrics.failedHandshakes &+= 1
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    /// The connection is over, whatever was under way.
    private func end() {
        guard context != nil else { return }
        context = nil
        graceDeadline = .max
        if becomesOrphan() {
            // Its connection does not know it any more.
            if stream != nil { worker.add(self, isNew: false) }
            stream = nil
            return
        }
        worker.wheel.remove(self)
        let action = exchange.clientClosed()
        if case .abandon(let cancels) = action { abandon(cancelsPartner: cancels) }
        dropCall()
        if stream == nil { worker.remove(self) }
        stream = nil
    }

    /// The client will send nothing more.
    private func clientClosedInput() {
        inputIsClosed = true
        switch exchange.phase {
        case .idle, .closing, .closed:
            if exchange.phase == .idle, input.readableBytes > 0, !isConsuming { consume() }
            if exchange.phase == .idle { closeAfterWrites() }
            if exchange.phase == .closing { context?.close(promise: nil) }
        default:
            // A request that will never be whole can't be served; a whole one may still be answered.
            if exchange.requestIsOpen {
                context?.close(promise: nil)
            } else {
                graceDeadline = Clock.monotonic() &+ Self.halfCloseGrace
                worker.wheel.set(self, to: graceDeadline)
            }
        }
    }

    /// Takes no further call; says so in the answer that is under way.
    func drain() {
        guard exchange.drainBegan() else { return }
        idleEnd = 0
        if exchange.phase == .idle, input.readableBytes == 0 { setDeadline(after: Self.drainTime) }
    }

    /// Ends the connection with its next answer.
    func leave() {
        _ = exchange.drainBegan()
    }

    /// Ends the connection now.
    func shutDown() {
        guard let context else { return endOrphan() }
        // TLS says that it ends, and then would wait for the peer to say so too: the socket is closed behind its back.
        let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        context.close(promise: nil)
        secure?.close(promise: nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch exchange.phase {
        case .closing, .closed:
            return
        default:
            if input.readableBytes > 0 {
                input.writeBuffer(&bytes)
            } else {
                input = bytes
            }
        }
        consume()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.flush()
        flush()
    }

    func read(context: ChannelHandlerContext) {
        if takesRequest {
            context.read()
        } else {
            readIsPending = true
        }
    }

    func resumeReading() {
        guard readIsPending, takesRequest, let context else { return }
        readIsPending = false
        context.read()
    }

    /// Whether more bytes are wanted from the client: what is there already must find its place first.
    private var takesRequest: Bool { input.readableBytes < Self.readAhead }

    /// Whether the client takes more of an answer.
    var takesAnswer: Bool { isWritable || cached?.isAwaited == true }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            if exchange.phase == .streaming, let pool { setDeadline(after: pool.plan.responseTimeout) }
            partner?.resumeReading()
            if exchange.phase == .idle { consume() }
        } else if exchange.phase == .streaming {
            // It is the client now that has to take something.
            setPacedDeadline(bytes: call?.responseBytes ?? 0)
        }
    }

    /// Uses the bytes that are there, as far as the exchange has a use for them.
    func consume() {
        guard !isConsuming else { return }
        isConsuming = true
        while input.readableBytes > 0 {
            if exchange.phase == .idle {
                guard isWritable, readHead() else { break }
            } else if exchange.requestIsOpen, exchange.phase != .closing, exchange.phase != .closed {
                guard readBody() else { break }
            } else {
                break
            }
        }
        // A stream may have bytes at hand, and give them while it is asked.
        isConsuming = false
        if input.readableBytes == 0 {
            input = worker.noBytes
            if inputIsClosed, exchange.phase == .idle { closeAfterWrites() }
        }
        resumeReading()
    }

    /// Reads a request head. False when it is not whole.
    private func readHead() -> Bool {
        let call: Call
        if let begun = self.call {
            call = begun
        } else {
            call = worker.takeCall()
            self.call = call
            parser = HeadParser()
        }
        let settings = worker.current.graph.settings.limits
        let limits = HeadLimits(bytes: settings.header, startLine: min(8192, settings.header), fields: 100)
        let hadBegun = parser.hasBegun
        let result = input.withUnsafeReadableBytes { bytes -> HeadParser.Result in
            guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
            return parser.parse(base, bytes.count, .request, limits: limits, into: call.head)
        }
        switch result {
        case .needMore:
            if !hadBegun { setDeadline(after: settings.requestTimeout) }
            return false
        case .refused(let error):
            input = worker.noBytes
            refuseHead(call, error.failure(headerLimit: settings.header))
        case .complete(let consumed):
            input.moveReaderIndex(forwardBy: consumed)
            discarded = 0
            begin(call)
        }
        return true
    }

    /// Reads on in a request's body. False when nothing can be done with its bytes now.
    private func readBody() -> Bool {
        let use = exchange.bodyUse
        if use == .forward, !canForward { return false }
        var position = 0
        let step = input.withUnsafeReadableBytes { bytes -> BodyStep in
            guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
            return body.next(base, bytes.count, &position)
        }
        switch step {
        case .needMore:
            input.moveReaderIndex(forwardBy: position)
            return input.readableBytes > 0
        case .data(let start, let count):
            let at = input.readerIndex + start
            switch use {
            case .collect: collectRequest(at: at, count: count)
            case .forward: forwardRequest(at: at, count: count)
            case .discard:
                discarded += count
                if discarded > Self.discardLimit { giveUpRequest() }
            }
            if input.readableBytes >= position { input.moveReaderIndex(forwardBy: position) }
            if body.isFinished { requestEnded() }
        case .end:
            input.moveReaderIndex(forwardBy: position)
            requestEnded()
        case .refused(let error):
            input = worker.noBytes
            refuseBody(error.failure(headerLimit: 0))
        }
        return true
    }

    /// The last byte of a request is there.
    func requestEnded() {
        switch exchange.requestEnded() {
        case .map: map(collected)
        case .endForwarding: endForwarding()
        case .finish(let action): proceed(action)
        case .none: break
        }
    }

    /// More of a refused body comes than the connection is worth.
    private func giveUpRequest() {
        input = worker.noBytes
        exchange.requestGivenUp()
        closeLingering()
    }

    // MARK: Deadlines

    /// Sets the deadline of the present phase. The whole call's, and that of a half-closed connection, come first if earlier.
    func setDeadline(after nanoseconds: Int64) {
        setDeadline(after: nanoseconds, from: Clock.coarse())
    }

    @inline(__always)
    func setDeadline(after nanoseconds: Int64, from now: Int64) {
        guard context != nil || isOrphan else { return }
        worker.wheel.set(self, to: min(now &+ nanoseconds, totalDeadline, graceDeadline))
    }

    /// The call has ended, and the connection waits for the next one.
    func becomeIdle() {
        let now = Clock.coarse()
        guard !worker.isDraining else {
            idleEnd = 0
            return setDeadline(after: Self.drainTime, from: now)
        }
        let time = worker.current.graph.settings.limits.idleTimeout
        idleEnd = now &+ time
        setDeadline(after: min(time, Self.memoryTime), from: now)
    }

    /// The buffers of a connection that is called again soon stay; most idle connections are not.
    private func giveBackMemory() {
        request = worker.noBytes
        collected = worker.noBytes
        output = worker.noBytes
    }

    /// Sets the deadline while it is the client that has to send or to take bytes: it may not be silent for too long, and it has
    /// that long once, plus the time that its bytes take at the least rate. So a drip that never pauses ends as well.
    func setPacedDeadline(bytes: Int) {
        let rate = graph?.graph.settings.limits.minimumRate ?? 0
        let silence = clientSilence
        let now = Clock.coarse()
        guard rate > 0 else { return setDeadline(after: silence, from: now) }
        let earned = Int64(min(bytes / rate, 1_000_000)) &* 1_000_000_000
        setDeadline(after: min(silence, paceBegan &+ silence &+ earned &- now), from: now)
    }

    override func deadlineReached(_ now: Int64) {
        if now >= graceDeadline, exchange.phase != .closing {
            context?.close(promise: nil)
            return
        }
        if attemptDeadlineReached(now) { return }
        if exchange.phase == .idle, call == nil, now < idleEnd {
            giveBackMemory()
            setDeadline(after: idleEnd &- now, from: now)
            return
        }
        let waitsForClient = exchange.requestIsOpen && input.readableBytes == 0 && now < totalDeadline
        switch exchange.deadlinePassed(headHasBegun: parser.hasBegun && call != nil, waitsForClient: waitsForClient) {
        case .close:
            context?.close(promise: nil)
            endOrphan()
        case .answerRequestTimeout(let cancels):
            if cancels { cancelPartner() }
            input = worker.noBytes
            answerRequestTimeout()
        case .answerPartnerTimeout(let cancels):
            partnerTimedOut(cancels: cancels)
        case .cut(let cancels):
            // A client that does not take its answer is no failure of the partner's.
            noteAttempt(failure: takesAnswer ? .timeout : nil)
            if cancels { cancelPartner() }
            cut(takesAnswer ? .partnerFailed : .abandoned)
        }
        flush()
    }

    // MARK: Writing

    @inline(__always)
    func write(_ bytes: ByteBuffer) {
        context?.write(NIOAny(bytes), promise: nil)
        needsFlush = true
    }

    @inline(__always)
    func writeAndFlush(_ bytes: ByteBuffer) {
        needsFlush = false
        context?.writeAndFlush(NIOAny(bytes), promise: nil)
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Ends the connection when what was written has gone out.
    func closeAfterWrites() {
        guard let context else { return }
        if stream != nil { return endStream() }
        setDeadline(after: 5_000_000_000)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        needsFlush = false
        context.writeAndFlush(NIOAny(worker.noBytes), promise: promise)
    }

    /// The stream's one call is over. The rest of its answer may wait for the client's window as long as a connection may be idle.
    func endStream() {
        graceDeadline = .max
        totalDeadline = .max
        setDeadline(after: worker.current.graph.settings.limits.idleTimeout)
        stream?.callEnded()
    }

    /// Ends our side when what was written has gone out, and reads on for a while, so that no reset overtakes the answer
    /// (RFC 9112, section 9.6).
    func closeLingering() {
        guard let context, !inputIsClosed, stream == nil else { return closeAfterWrites() }
        graceDeadline = .max
        totalDeadline = .max
        setDeadline(after: Self.lingerTime)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(mode: .output, promise: nil) }
        needsFlush = false
        context.writeAndFlush(NIOAny(worker.noBytes), promise: promise)
        resumeReading()
    }

    var peerCertificate: PeerCertificate? { peer }
}

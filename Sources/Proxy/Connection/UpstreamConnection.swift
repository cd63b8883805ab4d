import NIOCore
import NIOSSL
import NIOTLS
import RouteGraph

/// One connection to a partner: reads the answers of the calls that it is lent to, one at a time.
///
/// By HTTP/2 it is one stream of a connection (``PartnerHTTP2Connection``), which a ``PartnerStream`` below it turns into the bytes of
/// HTTP/1.1. It serves a single call then, and its end is the end of the stream.
///
/// It knows its client only while it is lent (`client`), and undoes that link before it reports the end of an answer or of
/// itself; see ``Exchange`` for the rule.
final class UpstreamConnection: Timed, ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State: UInt8 {
        case connecting, idle, head, body, closed
    }

    /// Interim answers (1xx) that one answer may have before it; more are a flood.
    private static let interimLimit = 16
    private static let headLimits = HeadLimits(bytes: 64 * 1024, startLine: 8 * 1024, fields: MessageHead.maximumFields)

    private let worker: Worker
    private let pool: UpstreamPool
    private let identity: PartnerIdentity
    /// What it is a stream of; nil for a connection of its own.
    private let stream: PartnerHTTP2Connection?
    private var context: ChannelHandlerContext?
    private var state = State.connecting
    private var isAdopted = false
    private var isSecured = false
    /// Whether HTTP/2 has been agreed on, so that this is about to make way for it.
    private var speaksHTTP2 = false
    /// Whether the proxy on the way, if there is one, has made the connection to the partner.
    private var isThrough: Bool
    private var lastError: TransportFailure?
    /// The partner has said that it did nothing about the request.
    private var isUnprocessed = false
    private var client: ClientConnection?
    private var input: ByteBuffer
    private var parser = HeadParser()
    private var body = BodyReader()
    private var answersHead = false
    private var interims = 0
    private var hasAnswerBytes = false
    private var needsFlush = false
    private var readIsPending = false
    private(set) var isWritable = true
    /// Calls that it was lent to.
    private(set) var calls = 0
    /// When it was ready for the first.
    private(set) var opened: Int64 = 0
    /// The change of addresses after which its own was still one of them.
    var addressEpoch = 0
    var remoteAddress: SocketAddress? { context?.channel.remoteAddress }

    init(worker: Worker, pool: UpstreamPool, identity: PartnerIdentity) {
        self.worker = worker
        self.pool = pool
        self.identity = identity
        stream = nil
        isThrough = pool.plan.proxy == nil || pool.plan.tls == nil
        input = worker.noBytes
    }

    /// One stream of a connection by HTTP/2.
    init(worker: Worker, pool: UpstreamPool, stream: PartnerHTTP2Connection) {
        self.worker = worker
        self.pool = pool
        self.stream = stream
        identity = PartnerIdentity()
        isThrough = true
        input = worker.noBytes
    }

    // MARK: Lending

    /// Lends the connection to a call. The request is written next.
    func lend(to client: ClientConnection, answersHead: Bool) {
        self.client = client
        self.answersHead = answersHead
        calls &+= 1
        state = .head
        parser = HeadParser()
        interims = 0
        hasAnswerBytes = false
        resumeReading()
    }

    /// Undoes the link from the client's side, if there is one, and ends the connection at once: its answer is not wanted any more.
    func cancel() {
        client = nil
        abort()
    }

    /// Ends the connection past its TLS handler, which would read on until the partner has said good-bye: one that floods us, or is in
    /// the middle of a large answer, may not say it for long.
    private func abort() {
        guard state != .closed, let context else { return }
        if stream != nil { return context.close(promise: nil) }
        let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
        (secure ?? context).close(promise: nil)
    }

    /// Ends a connection that is not lent, in good order: it is idle, worn out, or out of step with its last call.
    func close() {
        guard state != .closed else { return }
        context?.close(promise: nil)
    }

    @inline(__always)
    func write(_ bytes: ByteBuffer) {
        context?.write(NIOAny(bytes), promise: nil)
        needsFlush = true
    }

    @inline(__always)
    func writeAndFlush(_ bytes: ByteBuffer) {
        context?.writeAndFlush(NIOAny(bytes), promise: nil)
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Whether a byte of the present answer has come, interim answers included.
    var wasSilent: Bool { !hasAnswerBytes }

    // MARK: Opening

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    /// This connection won: of the tries at a name's several addresses, only the first that succeeds is adopted.
    func connected() {
        isAdopted = true
        if pool.plan.tls == nil { speaksHTTP2 = pool.plan.http == .http2 }
        switch state {
        case .connecting where pool.plan.tls == nil || isSecured: becomeReady()
        case .connecting: worker.wheel.set(self, to: Clock.monotonic() &+ pool.plan.connectTimeout)
        default: pool.connectFailed(lastError ?? openingFailure)
        }
    }

    private func becomeReady() {
        worker.wheel.set(self, to: .max)
        if speaksHTTP2 { return makeWay() }
        state = .idle
        opened = Clock.monotonic()
        pool.connectSucceeded(self)
    }

    /// Leaves the connection to HTTP/2.
    private func makeWay() {
        guard let context else { return }
        state = .closed
        isAdopted = false
        worker.wheel.remove(self)
        do {
            try PartnerHTTP2Connection(worker: worker, pool: pool).begin(context, behind: self)
            // What came with the end of the handshake, before this connection was chosen.
            if input.readableBytes > 0 {
                context.fireChannelRead(NIOAny(input))
                context.fireChannelReadComplete()
            }
            input = worker.noBytes
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
            pool.connectFailed(openingFailure)
        }
    }

    /// By HTTP/2: the stream is there.
    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        guard let stream else { return }
        state = .idle
        stream.streamBegan(self)
    }

    private var openingFailure: TransportFailure {
        if !isThrough { return .proxy }
        return pool.plan.tls == nil ? pool.openingFailure : .tls
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TunnelEstablished { isThrough = true }
        guard let event = event as? TLSUserEvent, case .handshakeCompleted(let negotiated) = event,
            state == .connecting
        else { return }
        speaksHTTP2 = negotiated == "h2"
        if let problem = identityProblem(context) ?? protocolProblem(negotiated) {
            lastError = .tls
            worker.log("partner \(pool.plan.identity): \(problem)")
            context.close(promise: nil)
            return
        }
        isSecured = true
        if isAdopted { becomeReady() }
    }

    private func protocolProblem(_ negotiated: String?) -> String? {
        guard pool.plan.http == .http2, !speaksHTTP2 else { return nil }
        return "it does not speak HTTP/2 (`http: 2`); it picks \(negotiated ?? "no protocol")"
    }

    /// What is wrong with the partner's certificate, of what the handshake has not checked. The chain and the validity have been
    /// verified by then; a name asked for has to be in the certificate as a name, and an address that fits is not enough
    /// (RFC 9110, section 4.3.4); the key has to be pinned, when keys are.
    private func identityProblem(_ context: ChannelHandlerContext) -> String? {
        guard let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self),
            let certificate = handler.peerCertificate, let der = try? certificate.toDERBytes()
        else { return "there is no certificate" }
        if let name = identity.serverName, !Certificate(der: der).isValid(forName: name) {
            return "the certificate is not for \(name)"
        }
        guard !identity.pins.isEmpty else { return nil }
        guard let key = try? certificate.extractPublicKey().toSPKIBytes(), identity.pins.contains(SHA256.digest(key))
        else {
            return "no pinned key is that of the certificate"
        }
        return nil
    }

    override func deadlineReached(_ now: Int64) {
        // Idle for too long, or a handshake that does not end.
        if state == .connecting { lastError = openingFailure }
        close()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard client != nil else {
            // Nobody asked: the connection is out of step, or being closed.
            if state == .idle { close() }
            if state == .connecting {
                if speaksHTTP2, input.readableBytes < Self.headLimits.bytes {
                    input.writeBuffer(&bytes)
                } else {
                    lastError = openingFailure
                    abort()
                }
            }
            return
        }
        hasAnswerBytes = true
        if input.readableBytes > 0 {
            input.writeBuffer(&bytes)
        } else {
            input = bytes
        }
        read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        client?.partnerReadCompleted()
    }

    func read(context: ChannelHandlerContext) {
        // Of a stream, heads gather below without bound when they are not read; those that are too many are refused.
        if client?.takesAnswer ?? true || stream != nil && state == .head {
            context.read()
        } else {
            readIsPending = true
        }
    }

    /// The client can take bytes again.
    func resumeReading() {
        guard readIsPending, let context else { return }
        readIsPending = false
        context.read()
    }

    private func read() {
        while let client {
            switch state {
            case .head:
                guard input.readableBytes > 0 else { return }
                let result = input.withUnsafeReadableBytes { bytes -> HeadParser.Result in
                    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
                    if !parser.hasBegun { client.prepareForPartnerHead() }
                    return parser.parse(
                        base, bytes.count, .response(toHead: answersHead), limits: Self.headLimits,
                        into: client.partnerHead)
                }
                switch result {
                case .needMore: return
                case .refused(let error): return fail(client, error)
                case .complete(let consumed):
                    input.moveReaderIndex(forwardBy: consumed)
                    let announced = parser.framing.announcedLength
                    parser = HeadParser()
                    if client.partnerHead.status < 200 {
                        interims += 1
                        guard interims <= Self.interimLimit else { return fail(client, .badStatus) }
                        client.partnerInterimReceived()
                        continue
                    }
                    if pool.sendsAbsoluteForm, client.partnerHead.status == 407 { return failByProxy(client) }
                    body.begin(client.partnerHead.framing)
                    state = .body
                    if client.collectsAnswer, case .length(let count) = client.partnerHead.framing,
                        input.readableBytes >= count, count <= client.answerLimit
                    {
                        return finishWhole(client, count)
                    }
                    client.partnerHeadReceived(announcedLength: announced)
                }
            case .body:
                if body.isFinished { return finish(client, trailers: []) }
                guard input.readableBytes > 0 else { return releaseInput() }
                var position = 0
                let step = input.withUnsafeReadableBytes { bytes -> BodyStep in
                    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
                    return body.next(base, bytes.count, &position)
                }
                switch step {
                case .needMore:
                    input.moveReaderIndex(forwardBy: position)
                    return releaseInput()
                case .data(let start, let count):
                    let at = input.readerIndex + start
                    client.partnerBodyReceived(input, at: at, count: count)
                    // The client may have given the connection up meanwhile.
                    if self.client != nil { input.moveReaderIndex(forwardBy: position) }
                case .end:
                    input.moveReaderIndex(forwardBy: position)
                    return finish(client, trailers: body.trailers)
                case .refused(let error):
                    return fail(client, error)
                }
            case .connecting, .idle, .closed:
                return
            }
        }
    }

    /// Lets go of the receive buffer, so that the channel can use it again.
    private func releaseInput() {
        if input.readableBytes == 0 { input = worker.noBytes }
    }

    // MARK: Ends of an answer

    private func detach() -> Bool {
        let isReusable =
            stream == nil && (client?.partnerHead.keepAlive ?? false) && input.readableBytes == 0
        client = nil
        input = worker.noBytes
        state = .idle
        return isReusable
    }

    private func finish(_ client: ClientConnection, trailers: [UInt8]) {
        let isReusable = detach()
        client.partnerEnded(self, isReusable: isReusable, trailers: trailers)
    }

    /// The answer is read whole and stands whole in the buffer: it is handed over where it is.
    private func finishWhole(_ client: ClientConnection, _ count: Int) {
        let answer = input
        input.moveReaderIndex(forwardBy: count)
        let isReusable = detach()
        client.partnerAnswered(self, answer, count: count, isReusable: isReusable)
    }

    private func fail(_ client: ClientConnection, _ error: CodecError) {
        worker.log("partner \(pool.plan.identity): answer refused: \(error.reason)")
        self.client = nil
        abort()
        client.partnerLost(.invalidResponse, wasSilent: false)
    }

    /// The answer is not the partner's: the proxy wants other credentials than it got.
    private func failByProxy(_ client: ClientConnection) {
        worker.log("partner \(pool.plan.identity): the proxy on the way asks for other credentials (407)")
        self.client = nil
        abort()
        client.partnerLost(.proxy, wasSilent: false)
    }

    // MARK: Ends of the connection

    func giveBack() {
        if stream == nil { pool.release(self) } else { close() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { client?.partnerBecameWritable() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let end = error as? PartnerStreamError {
            if lastError == nil { lastError = end.failure }
            isUnprocessed = end.isUnprocessed
            hasAnswerBytes = hasAnswerBytes || end.isAnswered
        }
        if lastError == nil { lastError = transportFailure(error) }
        if state == .connecting { worker.log("partner \(pool.plan.identity): \(error)") }
        context.close(promise: nil)
    }

    private func transportFailure(_ error: any Error) -> TransportFailure {
        if state == .connecting { return openingFailure }
        // A connection cut without a closing alert is a reset; an alert after the handshake is how TLS 1.3 refuses our
        // certificate (RFC 8446, section 4.4.3).
        if let error = error as? NIOSSLError, case .uncleanShutdown = error { return .reset }
        return error is NIOSSLError || error is BoringSSLError ? .tls : .reset
    }

    func channelInactive(context: ChannelHandlerContext) {
        let before = state
        state = .closed
        self.context = nil
        worker.wheel.remove(self)
        if stream == nil {
            guard isAdopted else { return }
            guard before != .connecting else { return pool.connectFailed(lastError ?? openingFailure) }
            pool.closed(self)
        }
        guard let client else { return }
        self.client = nil
        if before == .body, body.endsWithConnection, lastError == nil {
            client.partnerEnded(self, isReusable: false, trailers: [])
        } else {
            client.partnerLost(lastError ?? .reset, wasSilent: wasSilent, wasProcessed: !isUnprocessed)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }
}

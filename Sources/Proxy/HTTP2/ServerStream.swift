import NIOCore
import NIOHPACK
import NIOHTTP2
import RouteGraph

/// One stream of a client's HTTP/2 connection: stands before a ``ClientConnection`` that serves the stream's one call, and makes that
/// believe it has a connection of HTTP/1.1 to itself.
///
/// ```
///   frames ──► ServerStream ──bytes of HTTP/1.1──► ClientConnection      HEADERS: a head; DATA: by length, or as chunks
///   frames ◄── ServerStream ◄─bytes of HTTP/1.1─── ClientConnection      head: HEADERS; body: DATA; last byte: END_STREAM
/// ```
/// So there is one exchange machine and one strict parser for both versions. What HTTP/1.1 says by the state of its connection, the
/// stream says by RST_STREAM: an answer that can't be finished (`close`), and an answer that came before the end of the request
/// (`callEnded`). Flow control is the channel's: what ``ClientConnection`` does not read is given no window, and the
/// channel is writable as long as the client's window takes what is written.
final class ServerStream: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Inbound: UInt8 {
        /// The head has not come.
        case head
        /// A body of known length, or in chunks of our making.
        case length, chunked
        /// END_STREAM has come.
        case ended
        /// What comes now is not looked at.
        case refused
    }

    private enum Outbound: UInt8 { case head, body, done }

    private let connection: ServerConnection
    private var client: ClientConnection?
    private var context: ChannelHandlerContext?
    private var inbound = Inbound.head
    private var outbound = Outbound.head
    /// A head that waits for what else has come with it: the first bytes of its body, which are looked at together with it, or a
    /// reset, so that a request that is taken back at once is no call at all (CVE-2023-44487).
    private var waiting: ByteBuffer?
    /// The end of a body of known length, until END_STREAM says that it is the end indeed.
    private var lastBytes: ByteBuffer?
    private var headIsOut = false
    private var isHead = false
    /// Bytes of the body that `content-length` promises yet.
    private var missing = 0
    private var requestHasEnded = false
    private var body = BodyReader()
    private var isFaulty = false
    /// The answer's last frame has gone out.
    private var isFlushed = false
    /// The client connection has no further use for the stream.
    private var isOver = false
    private var isReset = false

    init(_ connection: ServerConnection) {
        self.connection = connection
    }

    func serve(_ client: ClientConnection) {
        self.client = client
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.streamAdded()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        client = nil
        connection.streamEnded()
    }

    /// With its answer written the call is over, whatever becomes of the stream; the end of a stream is part of writing it.
    func channelInactive(context: ChannelHandlerContext) {
        if outbound != .done { context.fireChannelInactive() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The channel ends by itself when the client has reset the stream.
        if !(error is NIOHTTP2Errors.StreamClosed) { context.close(promise: nil) }
    }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let part):
            requestHasEnded = part.endStream
            switch inbound {
            case .head: begin(part.headers, ends: part.endStream)
            case .length, .chunked: takeTrailers(part.headers, ends: part.endStream)
            case .ended, .refused: break
            }
        case .data(let part):
            requestHasEnded = part.endStream
            guard case .byteBuffer(let bytes) = part.data else { return }
            switch inbound {
            case .length: take(bytes, ends: part.endStream)
            case .chunked: takeChunk(bytes, ends: part.endStream)
            case .head, .ended, .refused: break
            }
        case .rstStream:
            inbound = .refused
            waiting = nil
            lastBytes = nil
        default: break
        }
    }

    /// All that came with the head has been seen.
    func readCompleted() {
        guard let head = waiting, let context else { return }
        waiting = nil
        deliver(head, reuses: true)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        // Nobody takes more of it: the client gets no further window.
        if !isOver { context.read() }
    }

    private func begin(_ headers: HPACKHeaders, ends: Bool) {
        var buffer = connection.takeScratch()
        var head = ServerRequestHead()
        let fault = head.write(headers, ends: ends, into: &buffer)
        isHead = head.isHead
        if let fault { return refuse(fault) }
        inbound = ends ? .ended : head.length < 0 ? .chunked : .length
        missing = max(0, head.length)
        if inbound == .length, missing == 0 {
            lastBytes = buffer
        } else {
            waiting = buffer
            connection.streamWaits(self)
        }
    }

    private func take(_ bytes: ByteBuffer, ends: Bool) {
        guard bytes.readableBytes <= missing, !ends || bytes.readableBytes == missing else { return refuse(.length) }
        missing -= bytes.readableBytes
        var whole = bytes
        if let last = lastBytes {
            // Nothing but END_STREAM was left to come.
            whole = last
            lastBytes = nil
        } else if var head = waiting {
            waiting = nil
            head.writeImmutableBuffer(bytes)
            whole = head
        }
        if ends {
            inbound = .ended
        } else if missing == 0 {
            lastBytes = whole
            return
        }
        if whole.readableBytes > 0 { deliver(whole) }
    }

    private func takeChunk(_ bytes: ByteBuffer, ends: Bool) {
        guard bytes.readableBytes > 0 || ends else { return }
        var buffer = waiting ?? connection.takeScratch()
        waiting = nil
        if bytes.readableBytes > 0 {
            buffer.writeSizeLine(bytes.readableBytes)
            buffer.writeImmutableBuffer(bytes)
            buffer.writeStaticString(ChunkedEncoder.end)
        }
        if ends {
            inbound = .ended
            buffer.writeStaticString(ChunkedEncoder.lastChunk)
            buffer.writeStaticString(ChunkedEncoder.end)
        }
        deliver(buffer, reuses: true)
    }

    /// Trailers of a body that has a length have no place in HTTP/1.1, and are dropped (RFC 9110, section 6.5.1).
    private func takeTrailers(_ headers: HPACKHeaders, ends: Bool) {
        guard ends else { return refuse(.trailers) }
        let isChunked = inbound == .chunked
        var buffer = waiting ?? lastBytes ?? connection.takeScratch()
        waiting = nil
        lastBytes = nil
        if isChunked { buffer.writeStaticString(ChunkedEncoder.lastChunk) }
        let headEnd = buffer.writerIndex
        if let fault = ServerRequestHead.writeTrailers(headers, into: &buffer) { return refuse(fault) }
        guard isChunked || missing == 0 else { return refuse(.length) }
        inbound = .ended
        if isChunked {
            buffer.writeStaticString(ChunkedEncoder.end)
        } else {
            buffer.moveWriterIndex(to: headEnd)
        }
        if buffer.readableBytes > 0 { deliver(buffer) }
    }

    /// - Parameter reuses: whether the memory is the connection's own, to be used again.
    private func deliver(_ bytes: ByteBuffer, reuses: Bool = false) {
        headIsOut = true
        context?.fireChannelRead(wrapInboundOut(bytes))
        if reuses { connection.giveScratch(bytes) }
    }

    /// The request is malformed. It is a call all the same: it is answered and recorded, and the stream is reset after it.
    private func refuse(_ fault: StreamFault) {
        inbound = .refused
        waiting = nil
        lastBytes = nil
        isFaulty = true
        if !isOver { client?.refuseStream(fault.failure, headIsKnown: headIsOut) }
        connection.noteFault()
    }

    // MARK: The answer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        /// The last of the body, which may have to say that it is the last.
        var last: ByteBuffer?
        while bytes.readableBytes > 0, outbound != .done {
            if outbound == .head {
                guard writeHead(&bytes) else { return reset(.internalError) }
                continue
            }
            var position = 0
            let step = bytes.withUnsafeReadableBytes { raw -> BodyStep in
                guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
                return body.next(base, raw.count, &position)
            }
            switch step {
            case .data(let start, let count):
                if let earlier = last { send(earlier, ends: false) }
                last = bytes.getSlice(at: bytes.readerIndex + start, length: count)
                bytes.moveReaderIndex(forwardBy: position)
                if body.isFinished {
                    outbound = .done
                    if let whole = last { send(whole, ends: true) }
                    last = nil
                }
            case .needMore:
                bytes.moveReaderIndex(forwardBy: position)
            case .end:
                bytes.moveReaderIndex(forwardBy: position)
                outbound = .done
                end(last)
                last = nil
            case .refused:
                return reset(.internalError)
            }
        }
        if let last { send(last, ends: false) }
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        connection.isSending = true
        context.flush()
        connection.isSending = false
    }

    /// Reads one head off the bytes and sends it. Heads are never written in parts.
    private func writeHead(_ bytes: inout ByteBuffer) -> Bool {
        let head = connection.worker.answerHead
        head.reset()
        var parser = HeadParser()
        let limits = HeadLimits(bytes: .max, startLine: .max, fields: MessageHead.maximumFields)
        let result = bytes.withUnsafeReadableBytes { raw -> HeadParser.Result in
            guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
            return parser.parse(base, raw.count, .response(toHead: isHead), limits: limits, into: head)
        }
        guard case .complete(let count) = result else { return false }
        bytes.moveReaderIndex(forwardBy: count)
        let isInterim = head.status < 200
        if !isInterim {
            body.begin(head.framing)
            outbound = body.isFinished ? .done : .body
        }
        send(.headers(.init(headers: ServerAnswerHead.fields(head), endStream: outbound == .done && !isFaulty)))
        return true
    }

    /// The end of a body in chunks.
    private func end(_ last: ByteBuffer?) {
        let trailers = body.trailers
        guard trailers.isEmpty else {
            if let last { send(last, ends: false) }
            return send(.headers(.init(headers: ServerAnswerHead.trailers(trailers), endStream: true)))
        }
        send(last ?? connection.worker.noBytes, ends: true)
    }

    private func send(_ bytes: ByteBuffer, ends: Bool) {
        send(.data(.init(data: .byteBuffer(bytes), endStream: ends && !isFaulty)))
    }

    private func send(_ frame: HTTP2Frame.FramePayload) {
        guard let context else { return }
        guard outbound == .done, isFaulty || !requestHasEnded else {
            return context.write(wrapOutboundOut(frame), promise: nil)
        }
        // The rest of the request may have to be refused, but not before the whole answer is out.
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { _ in
            self.isFlushed = true
            if self.isOver { self.refuseRest() }
        }
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    // MARK: Ends

    /// The call is over and its answer is written; nothing more of the request is wanted.
    func callEnded() {
        isOver = true
        if isFlushed { refuseRest() }
    }

    /// Asks the client to send no more of a request that has been answered (RFC 9113, section 8.1). A malformed one is an error of the
    /// stream, which an answer may go before but not be the end of (section 8.1.1).
    private func refuseRest() {
        if isFaulty || !requestHasEnded { reset(isFaulty ? .protocolError : .noError) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all {
            let code: HTTP2ErrorCode = outbound == .done ? .noError : .internalError
            reset(isFaulty ? .protocolError : outbound == .head ? .cancel : code)
        }
        promise?.succeed()
    }

    private func reset(_ code: HTTP2ErrorCode) {
        guard !isReset, let context else { return }
        isReset = true
        connection.isSending = true
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
        connection.isSending = false
    }
}

extension ByteBuffer {
    /// The line before a chunk of so many bytes.
    fileprivate mutating func writeSizeLine(_ count: Int) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkedEncoder.sizeLineCapacity) { raw in
            guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return ChunkedEncoder.writeSizeLine(count, into: base)
        }
    }
}

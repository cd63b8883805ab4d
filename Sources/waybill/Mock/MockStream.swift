import NIOCore
import NIOHPACK
import NIOHTTP2

/// One stream of the mock partner's HTTP/2: collects its request and answers it as its reply says.
///
/// What a fault does to a connection of HTTP/1.1 it does to the stream here, as far as HTTP/2 has a word for it: `reset` and
/// `reset-midway` are RST_STREAM, and other streams of the connection go on. `garbage`, `tls-alert` and `half-close` end the
/// connection with all of them.
final class MockStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let state: MockState
    private let connection: MockConnection
    private var head: HPACKHeaders?
    private var body: [UInt8] = []
    private var isClosed = false

    init(_ state: MockState, _ connection: MockConnection) {
        self.state = state
        self.connection = connection
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        context.fireChannelInactive()
    }

    /// A client that resets its stream is none that fails.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let ends: Bool
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if head == nil { head = frame.headers }
            ends = frame.endStream
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data { body.append(contentsOf: bytes.readableBytesView) }
            ends = frame.endStream
        default: return
        }
        guard ends, let head else { return }
        let received = received(head)
        let (found, drip) = state.answer(received)
        let reply = found ?? MockResponse.unmatched(received)
        guard reply.delayMilliseconds > 0 else { return answer(received, reply, drip, context) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(reply.delayMilliseconds))) {
            self.answer(received, reply, drip, bound.value)
        }
    }

    /// The request as one of HTTP/1.1 would look like: `:authority` is Host.
    private func received(_ head: HPACKHeaders) -> MockReceived {
        var fields: [(name: String, value: String)] = []
        for (name, value, _) in head where !name.hasPrefix(":") { fields.append((name, value)) }
        if let authority = head.first(name: ":authority") { fields.insert(("host", authority), at: 0) }
        return MockReceived(
            method: head.first(name: ":method") ?? "", target: head.first(name: ":path") ?? "", headers: fields,
            body: body, element: connection.document.element(of: body), clientSubject: connection.clientSubject,
            connection: connection.number)
    }

    // MARK: Answering

    private func answer(
        _ received: MockReceived, _ reply: MockReply, _ drip: Int, _ context: ChannelHandlerContext
    ) {
        guard !isClosed else { return }
        let body = received.method == "HEAD" ? [] : reply.body
        switch reply.fault {
        case nil: send(reply, body, context)
        case .soapFault:
            let type = received.header("content-type") ?? ""
            let fault = MockResponse.soapFault(isVersion12: type.contains("application/soap+xml"))
            send(fault, fault.body, context)
        case .hang: break
        case .refuse, .reset: write(.rstStream(.internalError), context)
        case .resetMidway:
            write(.headers(.init(headers: fields(reply, length: reply.body.count))), context)
            // What is not out yet when a stream is reset is dropped.
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let part = ByteBuffer(bytes: body.prefix(state.options.resetAfterBytes))
            context.writeAndFlush(wrapOutboundOut(.data(.init(data: .byteBuffer(part)))))
                .assumeIsolated().whenSuccess { self.write(.rstStream(.internalError), bound.value) }
        case .wrongLength:
            write(.headers(.init(headers: fields(reply, length: reply.body.count + 64))), context)
            write(body[...], ends: true, context)
        case .halfClose:
            write(.headers(.init(headers: fields(reply, length: reply.body.count))), context)
            write(body.prefix(body.count / 2), ends: false, context)
            context.channel.parent?.close(mode: .output, promise: nil)
        case .garbage: connection.writeBelow(ByteBuffer(string: "\u{1}\u{2}this is no HTTP\r\n\r\n"), closes: true)
        case .tlsAlert: connection.alert()
        case .drip:
            write(.headers(.init(headers: fields(reply, length: reply.body.count))), context)
            dripNext(body[...], drip, context)
        case .interimFlood: flood(context)
        case .endlessHeaders: endlessHead(context)
        }
    }

    /// The fields of an answer, its body being of so many bytes.
    private func fields(_ reply: MockReply, length: Int) -> HPACKHeaders {
        var fields: HPACKHeaders = [":status": "\(reply.status)"]
        for (name, value) in MockResponse.fields(reply, length: length) where !Self.isOfConnection(name.lowercased()) {
            fields.add(name: name.lowercased(), value: value)
        }
        return fields
    }

    /// Fields that are no part of HTTP/2 (RFC 9113, section 8.2.2).
    private static func isOfConnection(_ name: String) -> Bool {
        ["connection", "keep-alive", "transfer-encoding", "upgrade"].contains(name)
    }

    private func send(_ reply: MockReply, _ body: [UInt8], _ context: ChannelHandlerContext) {
        let body = MockResponse.isBodiless(reply) ? [] : body
        write(.headers(.init(headers: fields(reply, length: reply.body.count), endStream: body.isEmpty)), context)
        if !body.isEmpty { write(body[...], ends: true, context) }
    }

    private func write(_ part: ArraySlice<UInt8>, ends: Bool, _ context: ChannelHandlerContext) {
        write(.data(.init(data: .byteBuffer(ByteBuffer(bytes: part)), endStream: ends)), context)
    }

    private func write(_ frame: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func dripNext(_ rest: ArraySlice<UInt8>, _ pause: Int, _ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        write(rest.prefix(1), ends: rest.count < 2, context)
        guard rest.count > 1 else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(max(1, pause)))) {
            self.dripNext(rest.dropFirst(), pause, bound.value)
        }
    }

    private func flood(_ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let interim: HPACKHeaders = [":status": "103", "link": "</a>; rel=preload"]
        for _ in 0..<100 { context.write(wrapOutboundOut(.headers(.init(headers: interim))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: interim)))).assumeIsolated().whenComplete {
            guard case .success = $0, !self.isClosed else { return }
            bound.value.eventLoop.assumeIsolated().scheduleTask(in: MockFlood.pause) { self.flood(bound.value) }
        }
    }

    /// A head that goes on in CONTINUATION frames (RFC 9113, section 6.10). They are written below HTTP/2, which would never make them.
    private func endlessHead(_ context: ChannelHandlerContext) {
        guard let stream = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) else {
            return
        }
        let status: [UInt8] = [0x88]
        connection.writeBelow(Self.frame(type: 1, Int(stream), status), closes: false)
        let filler = Array("x-filler".utf8)
        let value = [UInt8](repeating: 0x61, count: 100)
        let field = [0, UInt8(filler.count)] + filler + [UInt8(value.count)] + value
        connection.repeatBelow(MockFlood.piece(of: Self.frame(type: 9, Int(stream), field)))
    }

    private static func frame(type: UInt8, _ stream: Int, _ payload: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(payload.count) << 8 | UInt32(type))
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(stream))
        buffer.writeBytes(payload)
        return buffer
    }
}

import Documents
import NIOCore
import NIOHTTP1

/// One connection of the mock partner: collects a request, answers it as its reply says, then takes the next.
final class MockHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private struct Request {
        var head: HTTPRequestHead
        var received: MockReceived
    }

    private let state: MockState
    private let document = Document()
    private var connection = 0
    private var clientSubject: String?
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var waiting: CircularBuffer<Request> = []
    private var isAnswering = false
    private var isClosed = false

    init(_ state: MockState) { self.state = state }

    /// Where the version has been negotiated the channel is active already.
    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { connection = state.connected(context.channel) }
    }

    func channelActive(context: ChannelHandlerContext) {
        connection = state.connected(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        state.disconnected(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        state.failed(error)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            if head.headers[canonicalForm: "expect"].contains("100-continue") {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            waiting.append(Request(head: head, received: received(head, context)))
            answerNext(context)
        }
    }

    private func received(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> MockReceived {
        if clientSubject == nil { clientSubject = MockConnection.clientSubject(of: context.channel) }
        return MockReceived(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) },
            body: body, element: document.element(of: body), clientSubject: clientSubject, connection: connection)
    }

    // MARK: Answering

    private func answerNext(_ context: ChannelHandlerContext) {
        guard !isAnswering, !isClosed, let request = waiting.popFirst() else { return }
        isAnswering = true
        let (found, drip) = state.answer(request.received)
        let reply = found ?? MockResponse.unmatched(request.received)
        guard reply.delayMilliseconds > 0 else { return answer(request, reply, drip, context) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(reply.delayMilliseconds))) {
            guard !self.isClosed else { return }
            self.answer(request, reply, drip, bound.value)
        }
    }

    private func answer(_ request: Request, _ reply: MockReply, _ drip: Int, _ context: ChannelHandlerContext) {
        let isHead = request.head.method == .HEAD
        let keepAlive = request.head.isKeepAlive
        func bytes(_ reply: MockReply, extraLength: Int = 0) -> ByteBuffer {
            MockResponse.bytes(
                reply, isHead: isHead, keepAlive: keepAlive, extraLength: extraLength,
                allocator: context.channel.allocator)
        }
        switch reply.fault {
        case nil: send(bytes(reply), keepAlive, context)
        case .soapFault:
            let type = request.received.header("content-type") ?? ""
            send(bytes(MockResponse.soapFault(isVersion12: type.contains("application/soap+xml"))), keepAlive, context)
        case .hang: break
        case .refuse, .reset: MockEnd.reset(context.channel)
        case .garbage: send(ByteBuffer(string: "\u{1}\u{2}this is no HTTP\r\n\r\n"), false, context)
        case .wrongLength: send(bytes(reply, extraLength: 64), false, context)
        case .halfClose:
            let whole = bytes(reply)
            let half = whole.getSlice(at: whole.readerIndex, length: whole.readableBytes / 2) ?? whole
            context.writeAndFlush(wrapOutboundOut(half), promise: nil)
            context.close(mode: .output, promise: nil)
        case .drip: dripNext(bytes(reply), drip, keepAlive, context)
        case .resetMidway:
            var whole = bytes(reply)
            let part = whole.readSlice(length: min(whole.readableBytes, state.options.resetAfterBytes)) ?? whole
            writeThenReset(part, context)
        case .tlsAlert: MockEnd.alert(context.channel)
        case .interimFlood:
            let interim = ByteBuffer(string: "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
            flood(MockFlood.piece(of: interim), context)
        case .endlessHeaders:
            context.write(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\n")), promise: nil)
            let field = ByteBuffer(string: "X-Filler: " + String(repeating: "a", count: 1000) + "\r\n")
            flood(MockFlood.piece(of: field), context)
        }
    }

    /// The same bytes again and again, until the other side has had enough.
    private func flood(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenComplete { result in
            guard case .success = result, !self.isClosed else { return }
            bound.value.eventLoop.assumeIsolated().scheduleTask(in: MockFlood.pause) { self.flood(bytes, bound.value) }
        }
    }

    private func writeThenReset(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenComplete { _ in
            // What was written gets to the other side first: a reset throws away what has not.
            bound.value.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) {
                if !self.isClosed { MockEnd.reset(bound.value.channel) }
            }
        }
    }

    private func send(_ bytes: ByteBuffer, _ keepAlive: Bool, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        answered(keepAlive, context)
    }

    private func answered(_ keepAlive: Bool, _ context: ChannelHandlerContext) {
        guard keepAlive else { return context.close(promise: nil) }
        isAnswering = false
        answerNext(context)
    }

    private func dripNext(_ rest: ByteBuffer, _ pause: Int, _ keepAlive: Bool, _ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        var rest = rest
        guard let byte = rest.readSlice(length: 1) else { return answered(keepAlive, context) }
        context.writeAndFlush(wrapOutboundOut(byte), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(max(1, pause)))) {
            self.dripNext(rest, pause, keepAlive, bound.value)
        }
    }
}

import NIOCore
import NIOHTTP2
import RouteGraph

/// Stands between one stream of HTTP/2 and the ``UpstreamConnection`` that is lent to a call: below are frames, above are the bytes
/// of HTTP/1.1. A stream serves one call and ends with it.
final class PartnerStream: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Nil for the question of a health check, which has a connection of its own.
    private let connection: PartnerHTTP2Connection?
    private let scratch: MessageHead
    private var request: PartnerRequest
    private var answer: PartnerAnswer
    private var reset: HTTP2ErrorCode?
    /// Whether the partner has ended its side of the stream.
    private var isEnded = false
    private var hasFailed = false
    private var readsBefore: UInt64 = 0

    init(_ connection: PartnerHTTP2Connection?, isSecure: Bool, scratch: MessageHead) {
        self.connection = connection
        self.scratch = scratch
        request = PartnerRequest(isSecure: isSecure)
        answer = PartnerAnswer(ByteBuffer())
    }

    // MARK: The request

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        // What the partner does not want to read any more goes nowhere.
        guard reset == nil, !hasFailed else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        if !request.isOver, !request.hasBody { readsBefore = connection?.reads ?? 0 }
        do throws(PartnerFault) {
            try request.append(bytes, scratch: scratch) { context.write(wrapOutboundOut($0), promise: nil) }
            promise?.succeed(())
        } catch {
            promise?.fail(error)
            fail(context, error)
        }
    }

    // MARK: The answer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed, reset == nil else { return }
        do throws(PartnerFault) {
            switch unwrapInboundIn(data) {
            case .headers(let frame):
                if frame.endStream { isEnded = true }
                try answer.headers(frame.headers, endsStream: frame.endStream, toHead: request.asksForHead)
            case .data(let frame):
                if frame.endStream { isEnded = true }
                guard case .byteBuffer(let bytes) = frame.data else { return }
                try answer.data(bytes, endsStream: frame.endStream)
            case .rstStream(let code): reset = code
            default: break
            }
        } catch {
            return fail(context, error)
        }
        // Whoever gets a piece may end the call: nothing may be under way here then.
        while let bytes = answer.next() { context.fireChannelRead(wrapInboundOut(bytes)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasFailed, let bytes = answer.rest() { context.fireChannelRead(wrapInboundOut(bytes)) }
        context.fireChannelReadComplete()
    }

    private func fail(_ context: ChannelHandlerContext, _ fault: PartnerFault) {
        hasFailed = true
        // Whether a stream has ended with what is wrong about it is not sure: it is reset, which does no harm to one that has.
        isEnded = false
        connection?.note(fault)
        context.fireErrorCaught(PartnerStreamError(failure: .invalidResponse))
    }

    // MARK: Ends

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasFailed else { return }
        guard let closed = error as? NIOHTTP2Errors.StreamClosed else { return context.fireErrorCaught(error) }
        let isAbove = connection.map { closed.streamID > $0.lastAccepted } ?? false
        let isUnprocessed = !answer.hasBegun && (isAbove || reset == .refusedStream)
        // A reset that was not the partner's is that of our own side, which the partner's frames have led to.
        let failure: TransportFailure = reset != nil || isAbove ? .reset : .invalidResponse
        context.fireErrorCaught(PartnerStreamError(failure: failure, isUnprocessed: isUnprocessed))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !hasFailed, !answer.hasEnded, let failure = connection?.failure {
            context.fireErrorCaught(PartnerStreamError(failure: failure, isAnswered: failure != .reset))
        }
        context.fireChannelInactive()
        connection?.streamEnded(isAnswered: answer.hasEnded)
    }

    /// Ends the stream by telling the partner, unless it ends by itself since both sides have said all.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard reset != nil || isEnded && request.isOver else { return resetStream(context, promise) }
        promise?.succeed(())
        guard reset == nil, request.hasBody else { return }
        // The end of the request may still wait for the partner to make room, which it has no reason to do after its answer.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (stream, context) = bound.value
            if context.channel.isActive { stream.resetStream(context, nil) }
        }
    }

    private func resetStream(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let connection else { return context.close(promise: promise) }
        connection.tolerate { context.close(promise: promise) }
        // A partner that has said nothing at all since the request went out may not be there any more.
        if request.isOver, !answer.hasBegun, connection.reads == readsBefore { connection.probe() }
    }
}

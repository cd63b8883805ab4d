import NIOCore
import RouteGraph

/// A client's connection beyond the limit: it is told to come back later, and closed. What it sends meanwhile is read and thrown
/// away, so that no reset overtakes the answer (RFC 9112, section 9.6). No call is made of it.
final class RefusedConnection: Timed, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More at a time are closed without a word.
    static let limit = 256
    private static let patience: Int64 = 1_000_000_000

    private static let answer: StaticString = """
        HTTP/1.1 503 Service Unavailable\r
        Content-Type: application/problem+json\r
        Retry-After: 1\r
        Content-Length: 162\r
        Connection: close\r
        \r
        {"type":"urn:waybill:problem:overloaded","title":"The gateway has too many connections","status":503,"code":"overloaded","category":"concurrency","retry":"later"}
        """

    private let worker: Worker
    private var context: ChannelHandlerContext?

    init(worker: Worker) {
        self.worker = worker
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.refusingConnections += 1
        worker.wheel.set(self, to: Clock.coarse() &+ Self.patience)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: Self.answer)), promise: nil)
        context.close(mode: .output, promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    override func deadlineReached(_ now: Int64) {
        context?.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        guard self.context != nil else { return }
        self.context = nil
        worker.refusingConnections -= 1
        worker.resumeAccepting()
        worker.wheel.remove(self)
    }
}

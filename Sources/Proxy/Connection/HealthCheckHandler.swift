import NIOCore

/// One question and its answer, on a connection of its own.
final class HealthCheckHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ByteBuffer
    private var report: ((Bool) -> Void)?
    private var start: [UInt8] = []

    init(request: ByteBuffer, report: @escaping (Bool) -> Void) {
        self.request = request
        self.report = report
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        start += bytes.readableBytesView.prefix(12 - min(12, start.count))
        guard start.count == 12 else { return }
        // `HTTP/1.1 200`
        let isGood =
            start.starts(with: "HTTP/1.".utf8) && start[8] == 0x20 && (0x31...0x33).contains(start[9])
        finish(isGood)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { finish(false) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(false)
        context.close(promise: nil)
    }

    func fail() { finish(false) }

    private func finish(_ isGood: Bool) {
        report?(isGood)
        report = nil
    }
}

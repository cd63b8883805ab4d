import NIOCore
import NIOHTTP2
import NIOPosix
import NIOTLS
import RouteGraph

extension UpstreamPool {
    /// Asks, on a connection of its own, whether the partner works at this place. It is asked by the HTTP that calls would be made by.
    func check(path: String, timeout: Int64, report: @escaping (Bool) -> Void) {
        var request = ByteBuffer(
            string: "GET \(plan.basePath)\(path) HTTP/1.1\r\nHost: \(plan.hostHeader)\r\nConnection: close\r\n\r\n")
        if sendsAbsoluteForm, let proxy = plan.proxy {
            request = ForwardedRequest.absolute(request, plan, proxy)
        }
        let question = request
        dialer.addresses(on: worker.loop).assumeIsolated().whenComplete { [worker] result in
            guard !worker.isDraining, case .success(let addresses) = result else { return report(false) }
            self.check(question, at: addresses[...], timeout, report)
        }
    }

    /// Asks at the first address; at the next one when nobody is there.
    private func check(
        _ request: ByteBuffer, at addresses: ArraySlice<SocketAddress>, _ timeout: Int64,
        _ report: @escaping (Bool) -> Void
    ) {
        guard let address = addresses.first else { return report(false) }
        let bound = NIOLoopBound((self, HealthCheckHandler(request: request, report: report)), eventLoop: worker.loop)
        let future = ClientBootstrap(group: worker.loop)
            .connectTimeout(.nanoseconds(timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (pool, handler) = bound.value
                    try pool.secure(channel)
                    let pipeline = channel.pipeline.syncOperations
                    if pool.plan.mayUseHTTP2 {
                        try pipeline.addHandler(PartnerCheck(handler, pool))
                    } else {
                        try pipeline.addHandler(handler)
                    }
                }
            }
            .connect(to: address)
        future.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                channel.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeout)) {
                    channel.close(promise: nil)
                }
            case .failure: self.check(request, at: addresses.dropFirst(), timeout, report)
            }
        }
    }
}

/// Waits until it is known which HTTP the partner speaks, and then has the question of a health check asked by that.
private final class PartnerCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let question: HealthCheckHandler
    private let pool: UpstreamPool
    private var isOver = false

    init(_ question: HealthCheckHandler, _ pool: UpstreamPool) {
        self.question = question
        self.pool = pool
    }

    func channelActive(context: ChannelHandlerContext) {
        if pool.plan.tls == nil { ask(context, byHTTP2: true) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else { return }
        ask(context, byHTTP2: negotiated == "h2")
    }

    private func ask(_ context: ChannelHandlerContext, byHTTP2: Bool) {
        guard !isOver else { return }
        isOver = true
        guard byHTTP2 || pool.plan.http != .http2 else { return fail(context) }
        do {
            let pipeline = context.pipeline.syncOperations
            if byHTTP2 {
                try multiplex(context)
            } else {
                try pipeline.addHandler(question, position: .after(self))
                question.channelActive(context: try pipeline.context(handler: question))
            }
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            fail(context)
        }
    }

    private func multiplex(_ context: ChannelHandlerContext) throws {
        let http2 = PartnerHTTP2.handler(on: context.eventLoop)
        try context.pipeline.syncOperations.addHandler(http2, position: .after(self))
        let bound = NIOLoopBound((question, pool), eventLoop: context.eventLoop)
        let parent = context.channel
        try http2.syncMultiplexer().createStreamChannel(promise: nil) { channel in
            channel.closeFuture.whenComplete { _ in parent.close(promise: nil) }
            return channel.eventLoop.makeCompletedFuture {
                let (question, pool) = bound.value
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(
                    PartnerStream(nil, isSecure: pool.plan.tls != nil, scratch: MessageHead()))
                try pipeline.addHandler(question)
            }
        }
    }

    private func fail(_ context: ChannelHandlerContext) {
        question.fail()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Before anything was asked; afterwards the question itself sees the end.
        if !isOver { question.fail() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(context) }
}

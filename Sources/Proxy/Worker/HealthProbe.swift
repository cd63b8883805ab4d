import NIOCore
import RouteGraph

/// Asks the places of a partner, one after the other interval, whether they work, and tells the balancer.
final class HealthProbe: Timed {
    private unowned let worker: Worker
    private unowned let state: PartnerState
    private let pools: [UpstreamPool]
    private let plan: HealthCheckPlan
    private var isStopped = false

    init(worker: Worker, state: PartnerState, pools: [UpstreamPool], plan: HealthCheckPlan) {
        self.worker = worker
        self.state = state
        self.pools = pools
        self.plan = plan
    }

    func start() {
        // The first time soon, and not by all loops at once.
        worker.wheel.set(self, to: Clock.monotonic() &+ worker.jitter.below(min(plan.interval, 1_000_000_000)))
    }

    func stop() {
        isStopped = true
        worker.wheel.remove(self)
    }

    override func deadlineReached(_ now: Int64) {
        guard !isStopped, !worker.isDraining else { return }
        for pool in pools {
            pool.check(path: plan.path, timeout: plan.timeout) { [weak self] isGood in
                self?.checked(pool.plan.place, isGood)
            }
        }
        worker.wheel.set(self, to: now &+ plan.interval)
    }

    private func checked(_ place: String, _ isGood: Bool) {
        guard !isStopped, state.balancer.checked(place, isGood: isGood, plan) else { return }
        worker.log("partner \(state.identity): \(place) is \(isGood ? "healthy again" : "not healthy")")
    }
}

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

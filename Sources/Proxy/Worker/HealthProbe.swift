import RouteGraph

/// Asks the places of a partner in each interval whether they work, and tells the balancer. One loop asks for all of them.
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
        // The first time soon, and not of all partners at once.
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

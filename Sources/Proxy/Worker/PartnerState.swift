import RouteGraph

/// What one loop knows of one partner, whatever generation runs: breaker, budget, limits, places, counters. Kept by the partner's name.
final class PartnerState {
    let identity: String
    private unowned let worker: Worker
    private(set) var plan = ResiliencePlan()
    var breaker: CircuitBreaker?
    private(set) var budget = RetryBudget()
    private(set) var rate: RateGate?
    private(set) var concurrency: ConcurrencyGate?
    var balancer: Balancer
    /// Counts the sets of places that there have been: a call of an earlier one does not count for this.
    private(set) var epoch = 0
    private var places: [String] = []
    private var probe: HealthProbe?
    private(set) var version: VersionState?

    // Counters.
    var retries: UInt64 = 0
    var shortCircuits: UInt64 = 0
    var ejections: UInt64 = 0

    init(identity: String, worker: Worker) {
        self.identity = identity
        self.worker = worker
        balancer = Balancer([], outliers: OutlierPlan())
    }

    /// Takes over the plans of a new generation.
    func update(_ upstream: Installation.Upstream, pools: [UpstreamPool], health: HealthCheckPlan?) {
        let plan = upstream.policies
        if let budget = upstream.budget { self.budget = budget }
        if let breaker = plan.breaker, let circuit = upstream.circuit {
            if self.breaker == nil {
                self.breaker = CircuitBreaker(breaker, loops: worker.loopCount, circuit: circuit)
            }
            self.breaker?.update(breaker)
        } else {
            breaker = nil
        }
        if let limit = plan.rate, let meter = upstream.meter {
            if let rate {
                rate.update(limit)
            } else {
                rate = RateGate(worker: worker, name: .partner, meter: meter, plan: limit)
            }
        } else {
            rate = nil
        }
        if let limit = plan.concurrency, let permits = upstream.permits {
            if let concurrency {
                concurrency.update(limit)
            } else {
                concurrency = ConcurrencyGate(worker: worker, permits: permits, plan: limit)
            }
        } else {
            concurrency?.retire()
            concurrency = nil
        }
        self.plan = plan
        let weighted = upstream.places
        if weighted.map(\.place) != places {
            places = weighted.map(\.place)
            epoch += 1
        }
        balancer.update(weighted, outliers: upstream.outliers)
        probe?.stop()
        probe = nil
        if let health, pools.count > 1 {
            probe = HealthProbe(worker: worker, state: self, pools: pools, plan: health)
            probe?.start()
        }
    }

    /// Takes over what a new generation says of the new version.
    func update(version plan: NextVersionPlan) -> VersionState {
        if let version {
            version.update(plan)
            return version
        }
        let made = VersionState(identity: identity, plan: plan, loop: worker.index, loops: worker.loopCount)
        version = made
        return made
    }

    func forgetVersion() { version = nil }

    /// No graph has the partner any more.
    func retire() {
        concurrency?.retire()
        probe?.stop()
        probe = nil
    }

    var gauges: ProxyMetrics.Partner {
        var gauges = ProxyMetrics.Partner(partner: identity)
        gauges.retries = retries
        gauges.circuit = breaker.map { [$0.state] } ?? []
        gauges.openings = breaker?.openings ?? 0
        gauges.shortCircuits = shortCircuits
        gauges.rateWaits = rate?.waits ?? 0
        gauges.rateRefusals = rate?.refusals ?? 0
        gauges.rateWaiting = rate?.waiting ?? 0
        gauges.permitsInUse = concurrency?.permits.inUse ?? 0
        gauges.permitsWaiting = concurrency?.waiting ?? 0
        gauges.permitRefusals = concurrency?.refusals ?? 0
        gauges.ejections = ejections
        gauges.callsAtPlaces = balancer.members.reduce(0) { $0 + $1.pending }
        let now = Clock.monotonic()
        if places.count > 1 { gauges.placesOut = balancer.members.count { !$0.isUsable(now: now) } }
        return gauges
    }
}

/// A partner as one generation knows it.
final class PartnerLink {
    let state: PartnerState
    let plan: ResiliencePlan
    /// One for each place, the first one's before the others.
    let pools: [UpstreamPool]
    let epoch: Int
    /// Whether nothing stands between a call and a connection.
    let isPlain: Bool
    /// The partner's new version. Set when the graph is made.
    var version: VersionLink?

    init(state: PartnerState, plan: ResiliencePlan, pools: [UpstreamPool], hasNext: Bool) {
        self.state = state
        self.plan = plan
        self.pools = pools
        epoch = state.epoch
        isPlain = plan == ResiliencePlan() && pools.count == 1 && !hasNext
    }
}

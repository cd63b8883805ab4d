import RouteGraph

/// What one loop knows of one partner, whatever generation runs: breaker, budget, limits, places, counters. Kept by the partner's name.
/// What the loops know of it together is a ``SharedPartner``.
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

    init(identity: String, worker: Worker, shared: SharedPartner) {
        self.identity = identity
        self.worker = worker
        balancer = Balancer([], outliers: OutlierPlan(), shared: shared.places)
    }

    /// Takes over the plans of a new generation.
    /// - Parameter checksPlaces: whether this is the loop that makes the partner's health checks, for all.
    func update(_ upstream: Installation.Upstream, pools: [UpstreamPool], checksPlaces: Bool) {
        let plan = upstream.policies
        let shared = upstream.shared
        if let budget = shared.budget { self.budget = budget }
        if let breaker = plan.breaker, let circuit = shared.circuit {
            if self.breaker == nil {
                self.breaker = CircuitBreaker(breaker, loops: worker.loopCount, circuit: circuit)
            }
            self.breaker?.update(breaker)
        } else {
            breaker = nil
        }
        if let limit = plan.rate, let meter = shared.meter {
            if let rate {
                rate.update(limit)
            } else {
                rate = RateGate(worker: worker, scope: .partner, meter: meter, plan: limit)
            }
        } else {
            rate = nil
        }
        if let limit = plan.concurrency, let permits = shared.permits {
            if let concurrency {
                concurrency.update(limit, adaptive: shared.adaptive)
            } else {
                concurrency = ConcurrencyGate(
                    worker: worker, permits: permits, plan: limit, adaptive: shared.adaptive)
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
        guard let health = upstream.health, pools.count > 1 else { return balancer.forgetChecks() }
        guard checksPlaces else { return }
        probe = HealthProbe(worker: worker, state: self, pools: pools, plan: health)
        probe?.start()
    }

    /// Takes over what a new generation says of the new version.
    func update(version plan: NextVersionPlan, shared: SharedVersion) -> VersionState {
        if let version {
            version.update(plan, shared: shared)
            return version
        }
        let made = VersionState(
            identity: identity, plan: plan, shared: shared, loop: worker.index, loops: worker.loopCount)
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
        gauges.permitLimit = concurrency?.limit
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

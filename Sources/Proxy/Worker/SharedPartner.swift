import RouteGraph

/// What the loops share of one partner: those parts of its policies whose limits hold for the process.
///
/// It is kept by the partner's name, as long as a graph has the partner. What a reload switches off is forgotten, but for permits: calls
/// that hold one are still under way.
struct SharedPartner: Sendable {
    private(set) var meter: RateMeter?
    private(set) var permits: ConcurrencyPermits?
    private(set) var adaptive: AdaptiveLimit?
    private(set) var circuit: SharedCircuit?
    private(set) var budget: RetryBudget?
    private(set) var version: SharedVersion?
    /// Where `version` is. At another address is another version, of which nothing is known.
    private var versionAddress = ""
    let places = SharedPlaces()

    /// Takes over the plan of a new generation.
    mutating func update(_ plan: UpstreamPlan) {
        let policies = plan.policies
        meter = policies.rate.map { _ in meter ?? RateMeter() }
        if policies.concurrency != nil { permits = permits ?? ConcurrencyPermits() }
        adaptive = policies.concurrency.flatMap { plan in
            guard plan.isAdaptive else { return nil }
            let known = adaptive ?? AdaptiveLimit(most: plan.limit)
            known.update(most: plan.limit)
            return known
        }
        circuit = policies.breaker.map { _ in circuit ?? SharedCircuit() }
        budget = policies.retry.map { _ in budget ?? RetryBudget() }
        version = plan.next.map { next in
            let isKnown = next.address == versionAddress
            versionAddress = next.address
            return isKnown ? version ?? SharedVersion() : SharedVersion()
        }
    }
}

extension NextVersionPlan {
    /// What tells one version from another.
    var address: String { "\(host):\(port)\(basePath)" }
}

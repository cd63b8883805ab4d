import NIOSSL
import RouteGraph

/// A graph made ready for the loops: every part that keeps state across reloads has its number, and every TLS context is built.
///
/// It is made once, away from the loops, so that installing it is a short step on each of them.
final class Installation: Sendable {
    /// One partner's endpoint.
    struct Upstream: Sendable {
        /// Equal plans of one partner have equal numbers in all generations.
        let key: Int
        let plan: UpstreamPlan
        let tls: PartnerTLS?
        /// Other places of the partner. The parts below are those of the whole partner, and stand in its first place only.
        var alternatives: [Upstream] = []
        /// All places with their weights, the first one included.
        var places: [UpstreamPlan] = []
        var outliers = OutlierPlan()
        var health: HealthCheckPlan?
        var policies = ResiliencePlan()
        var shared = SharedPartner()
        /// The partner's new version, and where it stands among the upstreams: behind those of the graph.
        var next: (plan: NextVersionPlan, index: Int)?
    }

    let graph: RouteGraph
    let counts: SharedCounts
    let upstreams: [Upstream]
    /// For each operation, where its counters are. An operation keeps its place by its identity.
    let metricSlots: [Int]
    let metricSlotCount: Int
    /// Rate limits of operations and of consumers; empty when none has one. They keep their state by name.
    let operationMeters: [RateMeter?]
    let consumerMeters: [RateMeter?]

    init(
        graph: RouteGraph, counts: SharedCounts, upstreams: [Upstream], metricSlots: [Int], metricSlotCount: Int,
        operationMeters: [RateMeter?] = [], consumerMeters: [RateMeter?] = []
    ) {
        self.operationMeters = operationMeters
        self.consumerMeters = consumerMeters
        self.graph = graph
        self.counts = counts
        self.upstreams = upstreams
        self.metricSlots = metricSlots
        self.metricSlotCount = metricSlotCount
    }
}

/// How a partner's TLS is done; what can't be read makes calls fail, never go out unprotected.
enum PartnerTLS: Sendable {
    case ready(NIOSSLContext, PartnerIdentity)
    case broken(String)
}

/// Who a partner has to be, beyond a valid chain.
struct PartnerIdentity: Sendable {
    /// The name sent by SNI and looked for in the certificate; nil when the partner is known by its address.
    var serverName: String?
    /// SHA-256 digests of acceptable public keys; empty accepts any.
    var pins: [[UInt8]] = []
}

/// Gives parts of successive graphs their numbers.
struct InstallationBuilder {
    private var upstreams: [String: Installation.Upstream] = [:]
    private var nextKey = 0
    private var slots: [String: Int] = [:]
    private var meters: [String: RateMeter] = [:]
    private var shared: [String: SharedPartner] = [:]
    private let counts = SharedCounts()
    /// Identities by metric slot.
    private(set) var identities: [String] = []
    /// What was built last: an operation that is the same object has the same slot.
    private var last: (operations: [OperationPlan], slots: [Int]) = ([], [])

    init() {}

    mutating func build(_ graph: RouteGraph) -> Installation {
        var kept: [String: Installation.Upstream] = [:]
        var shared: [String: SharedPartner] = [:]
        var installed = graph.upstreams.map { plan -> Installation.Upstream in
            var first = upstream(plan.connecting, &kept)
            first.alternatives = plan.alternatives.map { upstream(plan.at($0), &kept) }
            first.places =
                [plan]
                + plan.alternatives.map { endpoint in
                    var place = plan.at(endpoint)
                    (place.weight, place.priority) = (endpoint.weight, endpoint.priority)
                    return place
                }
            first.outliers = plan.outliers
            first.health = plan.health
            first.policies = plan.policies
            first.shared = self.shared[plan.identity] ?? SharedPartner()
            first.shared.update(plan)
            shared[plan.identity] = first.shared
            return first
        }
        self.shared = shared
        for (index, plan) in graph.upstreams.enumerated() {
            guard let next = plan.next else { continue }
            var version = upstream(plan.at(next), &kept)
            version.places = [version.plan]
            installed[index].next = (next, installed.count)
            installed.append(version)
        }
        upstreams = kept
        var meters: [String: RateMeter] = [:]
        func meter(_ name: String) -> RateMeter {
            let meter = self.meters[name] ?? RateMeter()
            meters[name] = meter
            return meter
        }
        let hasOperationRates = graph.operations.contains { $0.rate != nil }
        let operationMeters =
            hasOperationRates
            ? graph.operations.map { $0.rate == nil ? nil : meter("operation \($0.identity)") } : []
        let hasConsumerRates = graph.consumers.contains { $0.rate != nil }
        let consumerMeters =
            hasConsumerRates ? graph.consumers.map { $0.rate == nil ? nil : meter("consumer \($0.name)") } : []
        self.meters = meters
        let last = last
        let metricSlots = graph.operations.enumerated().map { place, operation -> Int in
            if place < last.operations.count, last.operations[place] === operation { return last.slots[place] }
            let identity = operation.identity
            if let slot = slots[identity] { return slot }
            let slot = identities.count
            slots[identity] = slot
            identities.append(identity)
            return slot
        }
        self.last = (graph.operations, metricSlots)
        return Installation(
            graph: graph, counts: counts, upstreams: installed, metricSlots: metricSlots,
            metricSlotCount: identities.count,
            operationMeters: operationMeters, consumerMeters: consumerMeters)
    }

    /// One place of a partner: the one that was installed before, when nothing of what a connection depends on has changed.
    private mutating func upstream(
        _ plan: UpstreamPlan, _ kept: inout [String: Installation.Upstream]
    ) -> Installation.Upstream {
        let name = "\(plan.identity) \(plan.place)"
        if let known = upstreams[name], known.plan == plan {
            kept[name] = known
            return known
        }
        let fresh = Installation.Upstream(
            key: nextKey, plan: plan, tls: plan.tls.map { TLSContexts.partner($0, host: plan.host, http: plan.http) })
        nextKey += 1
        kept[name] = fresh
        return fresh
    }
}

/// An installation as one loop runs it. Calls hold on to the one that they began with.
final class WorkerGraph {
    let graph: RouteGraph
    /// The pool of each partner's first place.
    let pools: [UpstreamPool]
    let partners: [PartnerLink]
    /// Rate limits, by operation and by consumer.
    let operationGates: [RateGate?]
    let consumerGates: [RateGate?]
    let hasNoGates: Bool
    /// Kept answers, by operation; empty when no operation keeps any.
    let caches: [OperationCache?]
    let installation: Installation

    init(
        installation: Installation, partners: [PartnerLink], operationGates: [RateGate?],
        consumerGates: [RateGate?], caches: [OperationCache?] = []
    ) {
        self.caches = caches
        graph = installation.graph
        self.installation = installation
        self.partners = partners
        pools = partners.map { $0.pools[0] }
        self.operationGates = operationGates
        self.consumerGates = consumerGates
        hasNoGates = !(operationGates + consumerGates).contains { $0 != nil }
    }
}

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
    }

    let graph: RouteGraph
    let upstreams: [Upstream]
    /// For each operation, where its counters are. An operation keeps its place by its identity.
    let metricSlots: [Int]
    let metricSlotCount: Int

    init(graph: RouteGraph, upstreams: [Upstream], metricSlots: [Int], metricSlotCount: Int) {
        self.graph = graph
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
    /// Identities by metric slot.
    private(set) var identities: [String] = []

    init() {}

    mutating func build(_ graph: RouteGraph) -> Installation {
        var kept: [String: Installation.Upstream] = [:]
        let installed = graph.upstreams.map { plan -> Installation.Upstream in
            if let known = upstreams[plan.identity], known.plan == plan {
                kept[plan.identity] = known
                return known
            }
            let fresh = Installation.Upstream(
                key: nextKey, plan: plan, tls: plan.tls.map { TLSContexts.partner($0, host: plan.host) })
            nextKey += 1
            kept[plan.identity] = fresh
            return fresh
        }
        upstreams = kept
        let metricSlots = graph.operations.map { operation -> Int in
            let identity = operation.identity
            if let slot = slots[identity] { return slot }
            let slot = identities.count
            slots[identity] = slot
            identities.append(identity)
            return slot
        }
        return Installation(
            graph: graph, upstreams: installed, metricSlots: metricSlots, metricSlotCount: identities.count)
    }
}

/// An installation as one loop runs it. Calls hold on to the one that they began with.
final class WorkerGraph {
    let graph: RouteGraph
    let pools: [UpstreamPool]
    let installation: Installation

    init(installation: Installation, pools: [UpstreamPool]) {
        graph = installation.graph
        self.installation = installation
        self.pools = pools
    }
}

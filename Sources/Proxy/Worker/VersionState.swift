import RouteGraph

/// A partner's new version as one generation knows it.
final class VersionLink {
    let state: VersionState
    let plan: NextVersionPlan
    let pool: UpstreamPool
    /// Its position among the graph's `partners` and `pools`.
    let index: Int
    /// Copies that this loop may have under way.
    let copyLimit: Int
    private let shared: SharedVersion

    init(state: VersionState, plan: NextVersionPlan, pool: UpstreamPool, index: Int, loops: Int) {
        self.state = state
        shared = state.health.shared
        self.plan = plan
        self.pool = pool
        self.index = index
        copyLimit = max(1, (plan.copies + loops - 1) / loops)
    }

    /// Whether it is still the version that the state knows: a reload may have put another one in its place.
    var isPresent: Bool { shared === state.health.shared }
}

/// What one loop knows of a partner's new version, whatever generation runs: its calls, where the choice of calls stands, and what was
/// counted. Whether the version works it shares with the other loops. Kept by the partner's name.
final class VersionState {
    /// Where a call goes.
    enum Choice {
        case current, next
        /// To the current version, and a copy to the next.
        case copied
    }

    let identity: String
    private let loops: Int
    private(set) var plan: NextVersionPlan
    var health: VersionHealth
    private var splits: TrafficSplit
    private var shadows: TrafficSplit
    private(set) var current = VersionCounts()
    private(set) var next = VersionCounts()
    /// Calls of the new version's share that the current one got.
    var displaced: UInt64 = 0
    let ledger = ShadowLedger()

    init(identity: String, plan: NextVersionPlan, shared: SharedVersion, loop: Int, loops: Int) {
        self.identity = identity
        self.loops = loops
        self.plan = plan
        health = VersionHealth(plan, loops: loops, shared: shared)
        splits = TrafficSplit(loop: loop)
        shadows = TrafficSplit(loop: loop)
    }

    /// Takes over the plan of a new generation, which may be that of another version.
    func update(_ plan: NextVersionPlan, shared: SharedVersion) {
        if shared === health.shared {
            health.update(plan)
        } else {
            health = VersionHealth(plan, loops: loops, shared: shared)
        }
        self.plan = plan
    }

    /// - Parameter hash: of what calls are held together by; nil to choose by chance.
    func choose(_ plan: NextVersionPlan, _ operation: OperationVersionPlan, hash: UInt64?, now: Int64) -> Choice {
        if plan.split > 0 {
            let isChosen = hash.map { TrafficSplit.isInShare($0, plan.split) } ?? splits.takes(share: plan.split)
            if isChosen {
                if health.isUsable(now: now) { return .next }
                displaced &+= 1
                return .current
            }
        }
        if plan.shadow > 0, operation.isCopied, shadows.takes(share: plan.shadow) { return .copied }
        return .current
    }

    /// Counts the end of an attempt.
    func count(isNext: Bool, _ result: CircuitBreaker.Result, took: Int64) {
        guard result != .unknown else { return }
        if isNext { next.add(result, took) } else { current.add(result, took) }
    }

    var gauges: ProxyMetrics.Version {
        ProxyMetrics.Version(
            partner: identity, address: plan.address, split: plan.split, shadow: plan.shadow, current: current,
            next: next,
            circuit: health.breaker.state, displaced: displaced, operations: ledger.operations, recent: ledger.recent)
    }
}

extension VersionCounts {
    fileprivate mutating func add(_ result: CircuitBreaker.Result, _ took: Int64) {
        calls &+= 1
        if result == .failure { failures &+= 1 }
        microseconds &+= UInt64(max(0, took) / 1000)
    }
}

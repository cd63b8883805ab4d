/// Chooses among the places where a partner answers, and leaves out those that fail.
///
/// Of the places with the least priority that has a usable one, two are drawn by weight, and the one with fewer calls under way,
/// compared with its weight, gets the call. A place is not usable while it is ejected for failures one after the other, or while its health
/// checks fail; when none is usable, all are used: a wrong verdict on all of them must not end the service.
///
/// One balancer belongs to one loop and counts its calls under way; whether a place works it shares with the other loops' (``SharedPlaces``).
public struct Balancer: Sendable {
    public struct Member: Sendable {
        /// `host:port`.
        public let place: String
        public var weight: Int
        public var priority: Int
        /// This loop's calls under way.
        public fileprivate(set) var pending = 0
        /// What all loops know of it.
        public let health: PlaceHealth

        public func isUsable(now: Int64) -> Bool { health.isUsable(now: now) }
        /// How often it was ejected lately.
        public var ejections: Int { health.ejections }
    }

    public private(set) var members: [Member] = []
    public private(set) var outliers: OutlierPlan
    private let shared: SharedPlaces

    /// - Parameter shared: what other loops' balancers of the same partner have as well.
    public init(_ plans: [UpstreamPlan], outliers: OutlierPlan, shared: SharedPlaces = SharedPlaces()) {
        self.outliers = outliers
        self.shared = shared
        // One without places yet must not make the others forget theirs.
        if !plans.isEmpty { update(plans, outliers: outliers) }
    }

    /// Takes over other places; what is known of those that stay is kept, by host and port.
    public mutating func update(_ plans: [UpstreamPlan], outliers: OutlierPlan) {
        self.outliers = outliers
        let healths = shared.update(plans.map(\.place))
        members = zip(plans, healths).map { plan, health in
            var member = Member(
                place: plan.place, weight: max(1, plan.weight), priority: plan.priority, health: health)
            member.pending = members.first { $0.place == plan.place }?.pending ?? 0
            return member
        }
    }

    /// The place for a call; its end must be told.
    /// - Parameter avoiding: the place of the attempt before, or a negative number.
    public mutating func begin(now: Int64, avoiding: Int, _ jitter: inout Jitter) -> Int {
        let index = pick(now, avoiding, &jitter)
        members[index].pending += 1
        return index
    }

    private func pick(_ now: Int64, _ avoiding: Int, _ jitter: inout Jitter) -> Int {
        guard members.count > 1 else { return 0 }
        if let index = draw(now, avoiding, onlyUsable: true, &jitter) { return index }
        if let index = draw(now, -1, onlyUsable: true, &jitter) { return index }
        return draw(now, avoiding, onlyUsable: false, &jitter) ?? 0
    }

    private func draw(_ now: Int64, _ avoiding: Int, onlyUsable: Bool, _ jitter: inout Jitter) -> Int? {
        var priority = Int.max
        var total: Int64 = 0
        for i in members.indices where i != avoiding && (!onlyUsable || members[i].isUsable(now: now)) {
            if members[i].priority < priority {
                priority = members[i].priority
                total = 0
            }
            if members[i].priority == priority { total += Int64(members[i].weight) }
        }
        guard total > 0 else { return nil }
        func at(_ target: Int64) -> Int? {
            var rest = target
            for i in members.indices
            where i != avoiding && members[i].priority == priority && (!onlyUsable || members[i].isUsable(now: now)) {
                rest -= Int64(members[i].weight)
                if rest < 0 { return i }
            }
            return nil
        }
        guard let first = at(jitter.below(total)), let second = at(jitter.below(total)) else { return nil }
        let a = members[first]
        let b = members[second]
        return (a.pending + 1) * b.weight <= (b.pending + 1) * a.weight ? first : second
    }

    /// Tells the end of a call.
    /// - Returns: whether the place has just been ejected.
    @discardableResult
    public mutating func ended(_ index: Int, _ result: CircuitBreaker.Result, now: Int64) -> Bool {
        guard members.indices.contains(index) else { return false }
        members[index].pending = max(0, members[index].pending - 1)
        let health = members[index].health
        switch result {
        case .unknown: return false
        case .success:
            health.succeeded(outliers, now: now)
            return false
        case .failure:
            guard health.failed(outliers, now: now) else { return false }
            return shared.ejectAlone {
                let ejected = members.count { $0.health.isEjected(now: now) }
                guard !health.isEjected(now: now), (ejected + 1) * 100 <= members.count * outliers.mostPercent else {
                    return false
                }
                health.eject(outliers, now: now)
                return true
            }
        }
    }

    /// Tells the result of a health check.
    /// - Returns: whether the verdict on the place has changed.
    public func checked(_ place: String, isGood: Bool, _ plan: HealthCheckPlan) -> Bool {
        members.first { $0.place == place }?.health.checked(isGood: isGood, plan) ?? false
    }

    /// There are no health checks any more: what they have said holds no longer.
    public func forgetChecks() {
        for member in members { member.health.forgetChecks() }
    }
}

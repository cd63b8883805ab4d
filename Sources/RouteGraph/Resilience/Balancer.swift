/// Chooses among the places where a partner answers, and leaves out those that fail.
///
/// Of the places with the least priority that has a usable one, two are drawn by weight, and the one with fewer calls under way,
/// compared with its weight, gets the call. A place is not usable while it is ejected for failures one after the other, or while its health
/// checks fail; when none is usable, all are used: a wrong verdict on all of them must not end the service.
public struct Balancer: Sendable {
    public struct Member: Sendable {
        /// `host:port`.
        public let place: String
        public var weight: Int
        public var priority: Int
        /// Calls under way.
        public fileprivate(set) var pending = 0
        fileprivate var failures = 0
        /// How often it was ejected lately.
        public fileprivate(set) var ejections = 0
        fileprivate var ejectedUntil: Int64 = .min
        public fileprivate(set) var isHealthy = true
        fileprivate var checks = 0

        public func isUsable(now: Int64) -> Bool { isHealthy && now >= ejectedUntil }
    }

    public private(set) var members: [Member] = []
    public var outliers: OutlierPlan

    public init(_ plans: [UpstreamPlan], outliers: OutlierPlan) {
        self.outliers = outliers
        update(plans, outliers: outliers)
    }

    /// Takes over other places; what is known of those that stay is kept, by host and port.
    public mutating func update(_ plans: [UpstreamPlan], outliers: OutlierPlan) {
        self.outliers = outliers
        members = plans.map { plan in
            var member =
                members.first { $0.place == plan.place }
                ?? Member(place: plan.place, weight: plan.weight, priority: plan.priority)
            member.weight = max(1, plan.weight)
            member.priority = plan.priority
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
        switch result {
        case .unknown: return false
        case .success:
            members[index].failures = 0
            let quiet = outliers.ejectFor &* Int64(members[index].ejections)
            if members[index].ejections > 0, now &- members[index].ejectedUntil > quiet {
                members[index].ejections -= 1
            }
            return false
        case .failure:
            members[index].failures += 1
            guard members[index].failures >= outliers.failures, now >= members[index].ejectedUntil else { return false }
            let ejected = members.count { now < $0.ejectedUntil }
            guard (ejected + 1) * 100 <= members.count * outliers.mostPercent else { return false }
            members[index].failures = 0
            members[index].ejections = min(10, members[index].ejections + 1)
            members[index].ejectedUntil = now &+ outliers.ejectFor &* Int64(members[index].ejections)
            return true
        }
    }

    /// Tells the result of a health check.
    /// - Returns: whether the verdict on the place has changed.
    public mutating func checked(_ place: String, isGood: Bool, _ plan: HealthCheckPlan) -> Bool {
        guard let index = members.firstIndex(where: { $0.place == place }) else { return false }
        guard isGood != members[index].isHealthy else {
            members[index].checks = 0
            return false
        }
        members[index].checks += 1
        guard members[index].checks >= (isGood ? plan.healthy : plan.unhealthy) else { return false }
        members[index].checks = 0
        members[index].isHealthy = isGood
        return true
    }
}

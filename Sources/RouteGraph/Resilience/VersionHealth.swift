/// Whether a partner's new version gets its share of calls: it has a circuit breaker of its own, which some failures one after
/// the other open too, since a small share may never have the calls that a ratio asks for. While it is open, the current version
/// gets the share.
public struct VersionHealth: Sendable {
    public private(set) var breaker: CircuitBreaker
    private var failuresInARow: Int
    private var failures = 0

    public init(_ plan: NextVersionPlan, loops: Int) {
        breaker = CircuitBreaker(plan.breaker, loops: loops)
        failuresInARow = max(1, plan.failuresInARow)
    }

    /// Takes over another plan; what was seen stays.
    public mutating func update(_ plan: NextVersionPlan) {
        breaker.update(plan.breaker)
        failuresInARow = max(1, plan.failuresInARow)
    }

    /// Asks before a call.
    public mutating func admit(now: Int64) -> CircuitBreaker.Admission { breaker.admit(now: now) }

    /// Whether a call would be admitted. Changes nothing.
    public func isUsable(now: Int64) -> Bool { breaker.refusal(now: now) == nil }

    /// Tells the end of a call that was admitted.
    /// - Parameter took: nanoseconds.
    /// - Returns: whether this end has shut it out.
    public mutating func ended(_ result: CircuitBreaker.Result, isProbe: Bool, took: Int64, now: Int64) -> Bool {
        let openings = breaker.openings
        breaker.ended(result, isProbe: isProbe, took: took, now: now)
        switch result {
        case .unknown: break
        case .success: failures = 0
        case .failure:
            failures += 1
            if failures >= failuresInARow, breaker.state == .closed { breaker.trip(now: now) }
        }
        if breaker.openings != openings { failures = 0 }
        return breaker.openings != openings
    }
}

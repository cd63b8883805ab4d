import Synchronization

/// What the loops share of a partner's new version: its circuit, and its failures one after the other.
public final class SharedVersion: Sendable {
    fileprivate let circuit = SharedCircuit()
    private let failures = Atomic(0)

    public init() {}

    fileprivate func countFailure() -> Int { failures.wrappingAdd(1, ordering: .relaxed).newValue }

    fileprivate func forgetFailures() {
        if failures.load(ordering: .relaxed) != 0 { failures.store(0, ordering: .relaxed) }
    }
}

/// Whether a partner's new version gets its share of calls: it has a circuit breaker of its own, which some failures one after
/// the other open too, since a small share may never have the calls that a ratio asks for. While it is open, the current version
/// gets the share. One belongs to one loop; what it finds out holds for all (``SharedVersion``).
public struct VersionHealth: Sendable {
    public private(set) var breaker: CircuitBreaker
    public let shared: SharedVersion
    private var failuresInARow: Int

    public init(_ plan: NextVersionPlan, loops: Int, shared: SharedVersion = SharedVersion()) {
        self.shared = shared
        breaker = CircuitBreaker(plan.breaker, loops: loops, circuit: shared.circuit)
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
        // Before the circuit closes: failures that other loops have seen until then do not open it again.
        if result == .success { shared.forgetFailures() }
        let wasClosed = breaker.state == .closed
        breaker.ended(result, isProbe: isProbe, took: took, now: now)
        // What ends while it is shut out was sent before, and says nothing new.
        if result == .failure, wasClosed, shared.countFailure() >= failuresInARow { breaker.trip(now: now) }
        if breaker.openings != openings { shared.forgetFailures() }
        return breaker.openings != openings
    }
}

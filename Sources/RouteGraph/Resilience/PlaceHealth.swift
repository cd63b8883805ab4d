import Synchronization

/// Whether one place of a partner works, as all loops see it: failures one after the other, how long it is left out for them, and
/// what its health checks say.
public final class PlaceHealth: Sendable {
    private let failures = Atomic(0)
    private let ejectionCount = Atomic(0)
    private let ejectedUntil = Atomic<Int64>(.min)
    private let passesChecks = Atomic(true)
    /// Checks one after the other that contradict the verdict.
    private let contradictions = Atomic(0)

    public init() {}

    @inline(__always)
    public func isUsable(now: Int64) -> Bool { isHealthy && !isEjected(now: now) }

    /// Whether its health checks succeed, or there are none.
    public var isHealthy: Bool { passesChecks.load(ordering: .relaxed) }

    /// How often it was ejected lately.
    public var ejections: Int { ejectionCount.load(ordering: .relaxed) }

    func isEjected(now: Int64) -> Bool { now < ejectedUntil.load(ordering: .relaxed) }

    // MARK: Calls

    /// A call has succeeded. An ejection is forgotten when the place has worked for as long as it was left out.
    func succeeded(_ plan: OutlierPlan, now: Int64) {
        if failures.load(ordering: .relaxed) != 0 { failures.store(0, ordering: .relaxed) }
        let seen = ejections
        guard seen > 0, now &- ejectedUntil.load(ordering: .relaxed) > plan.ejectFor &* Int64(seen) else { return }
        // Another loop may have been first.
        _ = ejectionCount.compareExchange(expected: seen, desired: seen - 1, ordering: .relaxed)
    }

    /// A call has failed. What ends while the place is left out was sent before, and says nothing new.
    /// - Returns: whether it has failed as often as a place may.
    func failed(_ plan: OutlierPlan, now: Int64) -> Bool {
        guard !isEjected(now: now) else { return false }
        return failures.wrappingAdd(1, ordering: .relaxed).newValue >= plan.failures
    }

    /// Leaves it out, longer with each time. One loop at a time.
    func eject(_ plan: OutlierPlan, now: Int64) {
        let count = min(10, ejections + 1)
        failures.store(0, ordering: .relaxed)
        ejectionCount.store(count, ordering: .relaxed)
        ejectedUntil.store(now &+ plan.ejectFor &* Int64(count), ordering: .relaxed)
    }

    // MARK: Health checks

    /// Tells the result of a check; one loop makes them.
    /// - Returns: whether the verdict has changed.
    func checked(isGood: Bool, _ plan: HealthCheckPlan) -> Bool {
        guard isGood != isHealthy else {
            contradictions.store(0, ordering: .relaxed)
            return false
        }
        let seen = contradictions.wrappingAdd(1, ordering: .relaxed).newValue
        guard seen >= (isGood ? plan.healthy : plan.unhealthy) else { return false }
        contradictions.store(0, ordering: .relaxed)
        passesChecks.store(isGood, ordering: .relaxed)
        return true
    }

    /// Nobody checks any more.
    func forgetChecks() {
        contradictions.store(0, ordering: .relaxed)
        passesChecks.store(true, ordering: .relaxed)
    }
}

/// What the loops share of a partner's places, by `host:port`. One that is left out by a loop is left out by all.
public final class SharedPlaces: Sendable {
    private let known = Mutex<[String: PlaceHealth]>([:])
    private let isEjecting = Atomic(false)

    public init() {}

    /// What is known of these places, in their order; what was known of others is forgotten. For reloads, not for calls.
    func update(_ places: [String]) -> [PlaceHealth] {
        known.withLock { known in
            var kept: [String: PlaceHealth] = [:]
            let all = places.map { place in
                let health = kept[place] ?? known[place] ?? PlaceHealth()
                kept[place] = health
                return health
            }
            known = kept
            return all
        }
    }

    /// Lets one loop at a time decide who is left out, so that together they do not leave out too many. A loop that comes second gives up:
    /// the next failure asks again.
    func ejectAlone(_ decide: () -> Bool) -> Bool {
        guard isEjecting.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        defer { isEjecting.store(false, ordering: .releasing) }
        return decide()
    }
}

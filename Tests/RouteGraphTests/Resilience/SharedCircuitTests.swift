import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

/// What the loops of one process share of a partner's resilience.
@Suite struct SharedCircuitTests {
    private static func loops(_ count: Int) -> [CircuitBreaker] {
        let circuit = SharedCircuit()
        let plan = CircuitBreakerPlan(failurePercent: 50, minimum: 10, window: 10 * second, openFor: 15 * second)
        return (0..<count).map { _ in CircuitBreaker(plan, loops: count, circuit: circuit) }
    }

    @Test func whatOneLoopOpensIsOpenForAll() {
        var loops = Self.loops(2)
        for _ in 0..<4 { loops[1].ended(.failure, isProbe: false, took: 0, now: second) }
        #expect(loops.allSatisfy { $0.state == .closed })
        for _ in 0..<5 { loops[0].ended(.failure, isProbe: false, took: 0, now: second) }
        #expect(loops.allSatisfy { $0.state == .open })
        #expect(loops[1].admit(now: 2 * second) == .refused(14 * second))
        #expect(loops[1].refusal(now: 2 * second) == 14 * second)
        #expect(loops.map(\.openings) == [1, 0], "it is counted once")
    }

    @Test func oneProbeForTheProcessAndItsEndCountsForAll() {
        var loops = Self.loops(3)
        for _ in 0..<4 { loops[0].ended(.failure, isProbe: false, took: 0, now: 0) }
        #expect(loops[2].admit(now: 15 * second) == .probe)
        #expect(loops[0].admit(now: 15 * second) == .refused(second))
        #expect(loops[1].refusal(now: 15 * second) == second)
        #expect(loops.allSatisfy { $0.state == .halfOpen })
        loops[2].ended(.failure, isProbe: true, took: 0, now: 16 * second)
        #expect(loops[0].admit(now: 17 * second) == .refused(14 * second))
        #expect(loops[0].admit(now: 31 * second) == .probe)
        loops[0].ended(.unknown, isProbe: true, took: 0, now: 32 * second)
        #expect(loops[1].admit(now: 32 * second) == .probe)
        loops[1].ended(.success, isProbe: true, took: 0, now: 33 * second)
        #expect(loops.allSatisfy { $0.admit(now: 33 * second) == .call })
        #expect(loops.map(\.openings).reduce(0, +) == 2)
    }

    @Test func whatWasCountedBeforeAnOpeningIsForgottenByAll() {
        var loops = Self.loops(2)
        for _ in 0..<4 { loops[1].ended(.failure, isProbe: false, took: 0, now: second) }
        for _ in 0..<5 { loops[0].ended(.failure, isProbe: false, took: 0, now: second) }
        // Short, so that the window has not passed: the second loop had no call meanwhile.
        for breaker in loops.indices {
            loops[breaker].update(CircuitBreakerPlan(failurePercent: 50, minimum: 10, window: 10 * second, openFor: 1))
        }
        #expect(loops[0].admit(now: 16 * second) == .probe)
        loops[0].ended(.success, isProbe: true, took: 0, now: 16 * second)
        loops[1].ended(.failure, isProbe: false, took: 0, now: 16 * second)
        #expect(loops[1].state == .closed, "one failure, not five")
    }

    /// A probe that began with a breaker that a reload has taken away says nothing about the next one.
    @Test func theEndOfAnUnknownProbeChangesNothing() {
        var loops = Self.loops(1)
        loops[0].ended(.failure, isProbe: true, took: 0, now: second)
        #expect(loops[0].state == .closed && loops[0].openings == 0)
        for _ in 0..<10 { loops[0].ended(.failure, isProbe: false, took: 0, now: second) }
        loops[0].ended(.success, isProbe: true, took: 0, now: second)
        #expect(loops[0].state == .open)
    }

    @Test func theBudgetIsOneForAllLoops() async {
        let budget = RetryBudget()
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var mine = 0
                    for _ in 0..<5000 {
                        budget.deposit(percent: 20)
                        if budget.withdraw(now: 0) { mine += 1 }
                    }
                    return mine
                }
            }
            return await group.reduce(0, +)
        }
        // A fifth of 20,000 calls, and the ten that a partner begins with. What was paid in while the budget was full is lost.
        #expect(taken <= 4010 && taken > 3900, "\(taken)")
    }
}

import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

@Suite struct CircuitBreakerTests {
    private func breaker(_ change: (inout CircuitBreakerPlan) -> Void = { _ in }) -> CircuitBreaker {
        var plan = CircuitBreakerPlan(
            failurePercent: 50, minimum: 10, window: 10 * second, openFor: 15 * second)
        change(&plan)
        return CircuitBreaker(plan)
    }

    private func admit(_ breaker: inout CircuitBreaker, _ now: Int64) -> CircuitBreaker.Admission {
        breaker.admit(now: now)
    }

    private func call(
        _ breaker: inout CircuitBreaker, _ result: CircuitBreaker.Result, at now: Int64, took: Int64 = 0
    ) -> CircuitBreaker.Admission {
        let admission = breaker.admit(now: now)
        if case .refused = admission { return admission }
        breaker.ended(result, isProbe: admission == .probe, took: took, now: now)
        return admission
    }

    @Test func opensAtItsShareOfEnoughCalls() {
        var few = breaker()
        for _ in 0..<9 { _ = call(&few, .failure, at: second) }
        #expect(few.state == .closed)
        _ = call(&few, .failure, at: second)
        #expect(few.state == .open)

        var half = breaker()
        for i in 0..<100 { _ = call(&half, i % 3 == 0 ? .failure : .success, at: second) }
        #expect(half.state == .closed)
        for _ in 0..<40 { _ = call(&half, .failure, at: second) }
        #expect(half.state == .open)
        #expect(half.openings == 1)
    }

    @Test func oldCallsLeaveTheWindow() {
        var breaker = breaker()
        for _ in 0..<9 { _ = call(&breaker, .failure, at: second) }
        // Eleven seconds later those nine count no more.
        for _ in 0..<9 { _ = call(&breaker, .failure, at: 12 * second) }
        #expect(breaker.state == .closed)
        _ = call(&breaker, .failure, at: 12 * second)
        #expect(breaker.state == .open)
        // Bucket by bucket: a failure each second, never more than ten in the window, with as many successes.
        var slow = self.breaker { $0.failurePercent = 60 }
        for i in 0..<200 {
            _ = call(&slow, .failure, at: Int64(i) * second)
            _ = call(&slow, .success, at: Int64(i) * second)
        }
        #expect(slow.state == .closed)
    }

    @Test func whileOpenNobodyGetsThrough() {
        var breaker = breaker()
        for _ in 0..<10 { _ = call(&breaker, .failure, at: second) }
        #expect(breaker.refusal(now: 2 * second) == 14 * second)
        #expect(admit(&breaker, 2 * second) == .refused(14 * second))
        #expect(admit(&breaker, 16 * second - 1) == .refused(1))
    }

    @Test func oneProbeAtATime() {
        var breaker = breaker()
        for _ in 0..<10 { _ = call(&breaker, .failure, at: 0) }
        #expect(breaker.refusal(now: 15 * second) == nil)
        #expect(admit(&breaker, 15 * second) == .probe)
        #expect(breaker.state == .halfOpen)
        #expect(admit(&breaker, 15 * second) == .refused(second))
        // The answer to a call from before says nothing about now.
        breaker.ended(.success, isProbe: false, took: 0, now: 15 * second)
        #expect(breaker.state == .halfOpen)
        // Nobody waited for the probe's end: the next call is the probe.
        breaker.ended(.unknown, isProbe: true, took: 0, now: 16 * second)
        #expect(admit(&breaker, 16 * second) == .probe)
        breaker.ended(.failure, isProbe: true, took: 0, now: 17 * second)
        #expect(breaker.state == .open)
        #expect(admit(&breaker, 31 * second) == .refused(second))
        #expect(admit(&breaker, 32 * second) == .probe)
        breaker.ended(.success, isProbe: true, took: 0, now: 33 * second)
        #expect(breaker.state == .closed)
        #expect(breaker.openings == 2)
        // What was seen before is forgotten.
        for _ in 0..<9 { _ = call(&breaker, .failure, at: 33 * second) }
        #expect(breaker.state == .closed)
    }

    @Test func slowCallsCount() {
        var breaker = breaker { $0.slow = 2 * second }
        for _ in 0..<10 { _ = call(&breaker, .success, at: second, took: 2 * second) }
        #expect(breaker.state == .closed)
        for _ in 0..<10 { _ = call(&breaker, .success, at: second, took: 2 * second + 1) }
        #expect(breaker.state == .open)
    }

    @Test func abandonedCallsDoNot() {
        var breaker = breaker()
        for _ in 0..<100 { _ = call(&breaker, .unknown, at: second) }
        #expect(breaker.state == .closed)
    }

    @Test func eachLoopNeedsItsShare() {
        var breaker = CircuitBreaker(CircuitBreakerPlan(minimum: 10), loops: 4)
        for _ in 0..<3 { _ = call(&breaker, .failure, at: 0) }
        #expect(breaker.state == .open)
    }

    @Test func anotherPlanKeepsTheState() {
        var breaker = breaker()
        for _ in 0..<10 { _ = call(&breaker, .failure, at: 0) }
        breaker.update(CircuitBreakerPlan(failurePercent: 90, minimum: 5, window: 10 * second, openFor: second))
        #expect(breaker.state == .open)
        #expect(admit(&breaker, 15 * second) == .probe)
    }
}

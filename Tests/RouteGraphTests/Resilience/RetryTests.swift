import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

/// The seed of a randomised test: from `WAYBILL_SEED`, or the same each time.
private func jitter() -> Jitter { Jitter(seed: 4711) }

@Suite struct RetryPolicyTests {
    private func next(
        _ cause: RetryPolicy.Cause, _ plan: RetryPlan = RetryPlan(), attempts: Int = 1, isSafe: Bool = true,
        now: Int64 = 0, deadline: Int64 = 8 * second
    ) -> Int64? {
        let budget = RetryBudget()
        var jitter = jitter()
        return RetryPolicy.next(
            plan, after: cause, attempts: attempts, isSafe: isSafe, now: now, deadline: deadline, budget: budget,
            jitter: &jitter)
    }

    @Test func onlyWhatIsNamedIsTriedAgain() {
        #expect(next(.transport(.connect)) != nil)
        #expect(next(.transport(.timeout)) != nil)
        #expect(next(.transport(.tls)) == nil)
        #expect(next(.transport(.circuitOpen)) == nil)
        #expect(next(.transport(.queueFull)) == nil)
        #expect(next(.status(503, retryAfter: nil)) != nil)
        #expect(next(.status(500, retryAfter: nil)) == nil)
    }

    @Test func everyTransportFailureHasItsBit() {
        for failure in TransportFailure.allCases {
            let causes = RetryCauses(transports: [failure], statuses: [])
            #expect(TransportFailure.allCases.filter(causes.contains) == [failure])
        }
    }

    @Test func whatIsNotSafeIsNotRepeated() {
        #expect(next(.transport(.reset), isSafe: false) == nil)
    }

    @Test func attemptsAreCounted() {
        #expect(next(.transport(.connect), attempts: 2) != nil)
        #expect(next(.transport(.connect), attempts: 3) == nil)
    }

    @Test func retryAfterIsHonouredWithinTheTotalTime() throws {
        let start = try #require(next(.status(503, retryAfter: 3 * second)))
        #expect(start >= 3 * second)
        #expect(next(.status(503, retryAfter: 9 * second)) == nil)
    }

    @Test func pausesGrowAndStayInTheirRange() {
        let plan = RetryPlan(attempts: 10, leastPause: 100, greatestPause: 2000)
        var jitter = jitter()
        for attempt in 1...9 {
            var seen: Set<Int64> = []
            for _ in 0..<500 {
                let pause = RetryPolicy.pause(plan, attempt: attempt, &jitter)
                #expect(pause >= 100)
                #expect(pause <= min(2000, 100 << Int64(attempt)))
                seen.insert(pause)
            }
            // Full jitter: callers that failed together come back spread out.
            #expect(seen.count > 60)
        }
    }

    @Test func extremePlansDoNotOverflow() {
        var jitter = jitter()
        let plan = RetryPlan(leastPause: .max / 2, greatestPause: .max / 2)
        #expect(RetryPolicy.pause(plan, attempt: 60, &jitter) == .max / 2)
        #expect(next(.transport(.connect), plan, now: .max - 1, deadline: .max) == nil)
    }
}

@Suite struct RetryBudgetTests {
    @Test func repetitionsAreAShareOfTheCalls() {
        let budget = RetryBudget()
        var repetitions = 0
        for _ in 0..<10_000 {
            budget.deposit(percent: 20)
            if budget.withdraw(now: 0) { repetitions += 1 }
        }
        // A fifth, and the ten that a partner begins with.
        #expect(repetitions == 2010)
    }

    @Test func oneInASecondIsAlwaysAllowed() {
        let budget = RetryBudget()
        while budget.withdraw(now: 0) {}
        let results = [second / 2, second, second, 1000 * second].map { budget.withdraw(now: $0) }
        #expect(results == [false, true, false, true])
    }
}

@Suite struct TimeFieldTests {
    private func retryAfter(_ text: String, wallClock: Int64 = 0) -> Int64? {
        Array(text.utf8).withUnsafeBufferPointer { RetryAfter.read($0, wallClock: wallClock) }
    }

    private func deadline(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBufferPointer { CallerDeadline.read($0) }
    }

    @Test func retryAfterInSeconds() {
        #expect(retryAfter("0") == 0)
        #expect(retryAfter("120") == 120 * second)
        #expect(retryAfter("9999999999") == 30 * 86_400 * second)
        for text in ["", "-1", "1.5", "12345678901", "soon", "5 "] { #expect(retryAfter(text) == nil, "\(text)") }
    }

    @Test func retryAfterAsADate() {
        // The example of RFC 9110, section 5.6.7, is 784111777.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(retryAfter(date, wallClock: 784_111_770 * second) == 7 * second)
        #expect(retryAfter(date, wallClock: 800_000_000 * second) == 0)
        #expect(retryAfter("Thu, 29 Feb 2024 23:59:59 GMT", wallClock: 1_709_251_190 * second) == 9 * second)
        #expect(retryAfter("Sun, 06 Foo 1994 08:49:37 GMT") == nil)
        #expect(retryAfter("Sun, 06 Nov 1994 28:49:37 GMT") == nil)
        #expect(retryAfter("Sun, 06 Nov 19x4 08:49:37 GMT") == nil)
    }

    @Test(
        arguments: [
            ("1500", 1_500_000_000), ("0", 0), ("5S", 5 * second), ("200m", 200_000_000), ("30u", 30_000), ("7n", 7),
            ("2M", 120 * second), ("1H", 3600 * second), ("9999999999H", 86_400 * second),
        ] as [(String, Int64)]) func deadlines(_ text: String, _ nanoseconds: Int64)
    {
        #expect(deadline(text) == nanoseconds)
    }

    @Test(arguments: ["", "S", "5s", "5SS", "-5", "1.5S", "12345678901", " 5"]) func noDeadlines(_ text: String) {
        #expect(deadline(text) == nil)
    }
}

import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

@Suite struct RateMeterTests {
    @Test func aBurstThenEvenlySpread() {
        let plan = RateLimitPlan(count: 10, interval: second, burst: 5)
        let meter = RateMeter()
        #expect(meter.remaining(plan, now: 0) == 5)
        for _ in 0..<5 { #expect(meter.take(plan, now: 0, wait: 0) == .at(0)) }
        #expect(meter.remaining(plan, now: 0) == 0)
        #expect(meter.take(plan, now: 0, wait: 0) == .tooFar(second / 10))
        #expect(meter.take(plan, now: second / 10, wait: 0) == .at(second / 10))
        #expect(meter.take(plan, now: second / 10, wait: 0) == .tooFar(second / 10))
        #expect(meter.remaining(plan, now: 100 * second) == 5)
    }

    /// However calls come, no window holds more than the rate and one burst.
    @Test func theRateHoldsInEveryWindow() {
        let plan = RateLimitPlan(count: 100, interval: second, burst: 20)
        let meter = RateMeter()
        var jitter = Jitter(seed: 99)
        var admitted: [Int64] = []
        var now: Int64 = 0
        while now < 20 * second {
            now += jitter.below(8_000_000)
            if case .at = meter.take(plan, now: now, wait: 0) { admitted.append(now) }
        }
        var start = 0
        for (end, time) in admitted.enumerated() {
            while admitted[start] <= time - second { start += 1 }
            #expect(end - start + 1 <= 120)
        }
        #expect(admitted.count > 1950 && admitted.count <= 2020)
    }

    @Test func waitingTakesSlotsInOrder() {
        let plan = RateLimitPlan(count: 100, interval: second, burst: 1, wait: second / 20)
        let meter = RateMeter()
        let slots = (0..<6).map { _ in meter.take(plan, now: 0, wait: plan.wait) }
        #expect(slots == (0..<6).map { .at(Int64($0) * 10_000_000) })
        #expect(meter.take(plan, now: 0, wait: plan.wait) == .tooFar(10_000_000))
        meter.giveBack(plan)
        #expect(meter.take(plan, now: 0, wait: plan.wait) == .at(50_000_000))
    }

    @Test func loopsShareOneRateExactly() async {
        let plan = RateLimitPlan(count: 1000, interval: second, burst: 1000)
        let meter = RateMeter()
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<1000).reduce(0) { count, _ in
                        if case .at = meter.take(plan, now: 0, wait: 0) { count + 1 } else { count }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1000)
    }

    @Test func extremePlansDoNotOverflow() {
        let plan = RateLimitPlan(count: 1, interval: .max / 8, burst: 1_000_000)
        let meter = RateMeter()
        for _ in 0..<3 { _ = meter.take(plan, now: 1_000_000 * second, wait: 0) }
        #expect(RateLimitPlan(count: .max, interval: 1, burst: 1).spacing == 1)
    }

    @Test func secondsOfAHeaderAreNeverNothing() {
        #expect(Seconds.ceiling(0) == 1)
        #expect(Seconds.ceiling(second) == 1)
        #expect(Seconds.ceiling(second + 1) == 2)
        #expect(Seconds.ceiling(.max) == 9_223_372_037)
    }
}

@Suite struct FairQueueTests {
    @Test func consumersTakeTurns() {
        var queue = FairQueue<String>()
        for i in 0..<4 { queue.append("a\(i)", consumer: 1) }
        queue.append("b0", consumer: 2)
        queue.append("c0", consumer: 3)
        queue.append("b1", consumer: 2)
        var order: [String] = []
        while let next = queue.popFirst() { order.append(next) }
        #expect(order == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"])
        #expect(queue.isEmpty)
    }

    @Test func aNewcomerIsServedWithinOneRound() {
        var queue = FairQueue<Int>()
        for i in 0..<1000 { queue.append(i, consumer: 1) }
        for _ in 0..<10 { _ = queue.popFirst() }
        queue.append(-1, consumer: 2)
        let next = [queue.popFirst(), queue.popFirst()]
        #expect(next.contains(-1))
    }

    @Test func theLongestLineMakesRoom() {
        var queue = FairQueue<String>()
        for i in 0..<3 { queue.append("a\(i)", consumer: 1) }
        let own = queue.displace(for: 1)
        let other = queue.displace(for: 2)
        queue.append("b0", consumer: 2)
        let again = queue.displace(for: 2)
        #expect((own, other, again) == (nil, "a2", nil))
        #expect(queue.count == 3)
    }

    /// Against a plain list for each consumer: whatever happens, nothing is lost, doubled or reordered within a line.
    @Test func manyRandomSteps() {
        var queue = FairQueue<Int>()
        var lines: [Int: [Int]] = [:]
        var jitter = Jitter(seed: 7)
        for step in 0..<20_000 {
            let consumer = Int(jitter.below(5))
            switch jitter.below(6) {
            case 0, 1, 2:
                queue.append(step, consumer: consumer)
                lines[consumer, default: []].append(step)
            case 3, 4:
                guard let popped = queue.popFirst() else {
                    #expect(!lines.values.contains { !$0.isEmpty })
                    continue
                }
                let owner = lines.first { $0.value.first == popped }
                #expect(owner != nil)
                if let owner { lines[owner.key]?.removeFirst() }
            default:
                guard let victim = lines[consumer]?.randomElementBy(&jitter) else { continue }
                let isFound = queue.remove { $0 == victim }
                #expect(isFound)
                lines[consumer]?.removeAll { $0 == victim }
            }
            #expect(queue.count == lines.values.reduce(0) { $0 + $1.count })
        }
    }
}

extension [Int] {
    fileprivate func randomElementBy(_ jitter: inout Jitter) -> Int? {
        isEmpty ? nil : self[Int(jitter.below(Int64(count)))]
    }
}

@Suite struct ConcurrencyTests {
    @Test func permitsAreExactOverAllLoops() async {
        let permits = ConcurrencyPermits()
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<100).reduce(0) { count, _ in permits.take(limit: 37) ? count + 1 : count } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 37)
        permits.release()
        #expect(permits.inUse == 36)
        #expect(permits.take(limit: 37))
        #expect(!permits.take(limit: 37))
        #expect(permits.join(queue: 1))
        #expect(!permits.join(queue: 1))
        permits.leave()
        #expect(permits.join(queue: 1))
    }

    /// A partner that answers in 10 ms up to 20 calls at once, and in proportion slower beyond.
    @Test func theLimitFindsWhatThePartnerBears() {
        let limit = AdaptiveLimit(most: 200)
        var seen: [Int] = []
        for round in 0..<4000 {
            let inFlight = limit.limit
            let took: Int64 = inFlight <= 20 ? 10_000_000 : 10_000_000 * Int64(inFlight) / 20
            limit.ended(took: took, failed: false, inFlight: inFlight)
            if round > 2000 { seen.append(limit.limit) }
        }
        let average = seen.reduce(0, +) / max(1, seen.count)
        #expect(average >= 20 && average <= 80, "\(average)")
    }

    @Test func failuresLowerItAndIdlenessDoesNotRaiseIt() {
        let limit = AdaptiveLimit(most: 100)
        let before = limit.limit
        for _ in 0..<500 { limit.ended(took: 1_000_000, failed: false, inFlight: 1) }
        #expect(limit.limit == before)
        for _ in 0..<100 { limit.ended(took: 1_000_000, failed: true, inFlight: 1) }
        #expect(limit.limit == 1)
        for _ in 0..<5000 { limit.ended(took: 1_000_000, failed: false, inFlight: limit.limit) }
        #expect(limit.limit == 100)
    }
}

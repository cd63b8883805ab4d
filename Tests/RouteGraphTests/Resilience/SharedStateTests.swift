import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

/// What one loop finds out about a place of a partner, for all.
@Suite struct SharedPlacesTests {
    private static func plans(_ hosts: [String]) -> [UpstreamPlan] {
        hosts.map { UpstreamPlan(identity: "p", host: $0, port: 1) }
    }

    /// Each begins without places and gets them from its first graph.
    private static func loops(_ count: Int, _ hosts: [String]) -> [Balancer] {
        let shared = SharedPlaces()
        return (0..<count).map { _ in
            var balancer = Balancer([], outliers: OutlierPlan(), shared: shared)
            balancer.update(plans(hosts), outliers: OutlierPlan())
            return balancer
        }
    }

    private static func fail(_ balancer: inout Balancer, _ place: Int, _ now: Int64) -> Bool {
        balancer.ended(place, .failure, now: now)
    }

    @Test func failuresOfAllLoopsCountAndOneEjects() {
        var loops = Self.loops(2, ["a", "b"])
        var ejecting: [Int] = []
        for i in 0..<5 where Self.fail(&loops[i % 2], 0, 0) { ejecting.append(i) }
        #expect(ejecting == [4], "the fifth, whichever loop it is on")
        #expect(loops.allSatisfy { !$0.members[0].isUsable(now: second) && $0.members[1].isUsable(now: second) })
        var jitter = Jitter(seed: 1)
        let places = (0..<50).map { i in loops[i % 2].begin(now: second, avoiding: -1, &jitter) }
        #expect(Set(places) == [1])
        #expect(loops.allSatisfy { $0.members[0].isUsable(now: 30 * second) })
    }

    @Test func aSuccessOnAnyLoopForgives() {
        var loops = Self.loops(3, ["a", "b"])
        for i in 0..<60 {
            for k in 0..<4 { #expect(!Self.fail(&loops[(i + k) % 3], 0, 0)) }
            loops[i % 3].ended(0, .success, now: 0)
        }
    }

    /// Together they leave out no more than one alone would.
    @Test func noMoreThanHalfOverAllLoops() {
        var loops = Self.loops(2, ["a", "b", "c", "d"])
        var out = 0
        for place in 0..<4 {
            for _ in 0..<20 where Self.fail(&loops[place % 2], place, 0) { out += 1 }
        }
        #expect(out == 2)
        #expect(loops.map { $0.members.count { !$0.isUsable(now: second) } } == [2, 2])
    }

    @Test func noMoreThanHalfWhenLoopsDecideAtOneMoment() async {
        for round in 0..<50 {
            let shared = SharedPlaces()
            let hosts = (0..<8).map { "h\($0)" }
            let out = await withTaskGroup(of: Int.self) { group in
                for loop in 0..<4 {
                    group.addTask {
                        var balancer = Balancer(Self.plans(hosts), outliers: OutlierPlan(), shared: shared)
                        var mine = 0
                        for i in 0..<400 where balancer.ended((i + loop) % 8, .failure, now: Int64(round)) { mine += 1 }
                        return mine
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(out == 4)
        }
    }

    /// Calls that were sent before the ejection may end long after it began.
    @Test func whatEndsWhileAPlaceIsOutDoesNotThrowItOutAgain() {
        var loops = Self.loops(2, ["a", "b"])
        for _ in 0..<5 { _ = Self.fail(&loops[0], 0, 0) }
        for _ in 0..<20 { #expect(!Self.fail(&loops[1], 0, second)) }
        for i in 0..<5 { #expect(Self.fail(&loops[1], 0, 31 * second) == (i == 4)) }
        #expect(loops[0].members[0].ejections == 2)
    }

    @Test func healthChecksOfOneLoopCountForAllAndAreForgotten() {
        let loops = Self.loops(2, ["a", "b"])
        let plan = HealthCheckPlan(path: "/h", healthy: 2, unhealthy: 2)
        #expect(!loops[0].checked("a:1", isGood: false, plan))
        #expect(loops[0].checked("a:1", isGood: false, plan))
        #expect(!loops[1].members[0].isUsable(now: 0) && loops[1].members[1].isUsable(now: 0))
        #expect(!loops[0].checked("nobody:1", isGood: false, plan))
        // A reload takes the checks away: nobody would ever find out that the place works again.
        loops[1].forgetChecks()
        #expect(loops.allSatisfy { $0.members[0].isUsable(now: 0) })
    }

    @Test func aReloadKeepsWhatIsKnownOnEachLoop() {
        var loops = Self.loops(2, ["a", "b"])
        for _ in 0..<5 { _ = Self.fail(&loops[0], 0, 0) }
        for i in loops.indices { loops[i].update(Self.plans(["c", "a"]), outliers: OutlierPlan()) }
        #expect(loops.allSatisfy { $0.members[0].isUsable(now: second) && !$0.members[1].isUsable(now: second) })
        // What a generation did not have is new when it comes back.
        for hosts in [["b", "c"], ["a", "c"]] {
            for i in loops.indices { loops[i].update(Self.plans(hosts), outliers: OutlierPlan()) }
        }
        #expect(loops.allSatisfy { $0.members[0].isUsable(now: second) })
    }
}

/// The circuit of a partner's new version.
@Suite struct SharedVersionTests {
    private static func loops(
        _ count: Int, _ change: (inout NextVersionPlan) -> Void = { _ in }
    ) -> [VersionHealth] {
        var plan = NextVersionPlan(UpstreamPlan(identity: "p", host: "a", port: 1), host: "b", port: 1, basePath: "")
        change(&plan)
        let shared = SharedVersion()
        return (0..<count).map { _ in VersionHealth(plan, loops: count, shared: shared) }
    }

    @Test func failuresInARowAreCountedOverAllLoops() {
        var loops = Self.loops(2) { $0.breaker.minimum = 1000 }
        var shutting: [Int] = []
        for i in 0..<5 where loops[i % 2].ended(.failure, isProbe: false, took: 1, now: 0) { shutting.append(i) }
        #expect(shutting == [4])
        #expect(loops.allSatisfy { !$0.isUsable(now: second) && $0.breaker.state == .open })
        // One call of the process finds out, and its success counts for all.
        #expect(loops[0].admit(now: 15 * second) == .probe)
        #expect(loops[1].admit(now: 15 * second) == .refused(second) && !loops[1].isUsable(now: 15 * second))
        let reopened = loops[0].ended(.success, isProbe: true, took: 1, now: 15 * second)
        #expect(!reopened && loops.allSatisfy { $0.isUsable(now: 15 * second) })
        // The failures from before are forgotten by all.
        let early = (0..<4).contains { _ in loops[1].ended(.failure, isProbe: false, took: 1, now: 16 * second) }
        #expect(!early)
        #expect(loops[1].ended(.failure, isProbe: false, took: 1, now: 16 * second) == true)
    }

    @Test func aSuccessOnAnyLoopForgives() {
        var loops = Self.loops(3) { $0.breaker.minimum = 1000 }
        for i in 0..<300 {
            _ = loops[i % 3].ended(i % 5 == 4 ? .success : .failure, isProbe: false, took: 1, now: 0)
        }
        #expect(loops.allSatisfy { $0.isUsable(now: 0) })
    }

    /// Calls that were under way when it was shut out end later, and open nothing when it has come back.
    @Test func whatEndsWhileItIsShutOutSaysNothing() {
        var loops = Self.loops(2) { $0.breaker.minimum = 1000 }
        for _ in 0..<5 { _ = loops[0].ended(.failure, isProbe: false, took: 1, now: 0) }
        for _ in 0..<10 { _ = loops[1].ended(.failure, isProbe: false, took: 1, now: second) }
        #expect(loops[1].admit(now: 15 * second) == .probe)
        _ = loops[1].ended(.success, isProbe: true, took: 1, now: 15 * second)
        #expect(loops[0].ended(.failure, isProbe: false, took: 1, now: 15 * second) == false)
        #expect(loops.allSatisfy { $0.isUsable(now: 15 * second) })
    }
}

/// The concurrency limit that follows a partner's latency.
@Suite struct SharedAdaptiveLimitTests {
    /// As many samples as calls allow, whichever loops tell them, and no time is lost or counted twice.
    @Test func loopsTogetherFindWhatOneWould() async {
        let alone = AdaptiveLimit(most: 100_000)
        for _ in 0..<16_000 { alone.ended(took: 5_000_000, failed: false, inFlight: 10_000) }
        let shared = AdaptiveLimit(most: 100_000)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<4000 { shared.ended(took: 5_000_000, failed: false, inFlight: 10_000) }
                }
            }
        }
        // Samples that are a call or two larger are fewer.
        #expect(shared.limit > alone.limit * 6 / 10 && shared.limit <= alone.limit, "\(shared.limit) of \(alone.limit)")
    }

    @Test func failuresOfAllLoopsLowerIt() async {
        let limit = AdaptiveLimit(most: 100)
        #expect(limit.limit == 8)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<2 { limit.ended(took: 1, failed: true, inFlight: 4) } }
            }
        }
        // 8 × 0.9^8: none of the eight steps is lost.
        #expect(limit.limit == 3)
    }

    @Test func aReloadBoundsWhatWasFound() {
        let limit = AdaptiveLimit(most: 100)
        for _ in 0..<5000 { limit.ended(took: 1_000_000, failed: false, inFlight: 100) }
        #expect(limit.limit == 100)
        limit.update(most: 12)
        #expect(limit.limit == 12)
        for _ in 0..<500 { limit.ended(took: 1_000_000, failed: false, inFlight: 100) }
        #expect(limit.limit == 12)
        limit.update(most: 0)
        #expect(limit.limit == 1)
    }

    /// Times that no call has, which a broken clock may give.
    @Test func timesOutOfRangeDoNoHarm() {
        let limit = AdaptiveLimit(most: 100)
        for took in [Int64.min, -1, 0, .max] {
            for _ in 0..<64 { limit.ended(took: took, failed: false, inFlight: .max) }
        }
        #expect((1...100).contains(limit.limit))
    }
}

import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

@Suite struct BalancerTests {
    private func plan(_ host: String, weight: Int = 1, priority: Int = 0) -> UpstreamPlan {
        var plan = UpstreamPlan(identity: "p", host: host, port: 1)
        plan.weight = weight
        plan.priority = priority
        return plan
    }

    private func draws(_ balancer: inout Balancer, _ count: Int, now: Int64 = 0, avoiding: Int = -1) -> [Int] {
        var jitter = Jitter(seed: 3)
        var hits = Array(repeating: 0, count: balancer.members.count)
        for _ in 0..<count {
            let index = balancer.begin(now: now, avoiding: avoiding, &jitter)
            hits[index] += 1
            balancer.ended(index, .success, now: now)
        }
        return hits
    }

    @Test func weightsSayHowOften() {
        var balancer = Balancer([plan("a", weight: 3), plan("b", weight: 1)], outliers: OutlierPlan())
        let hits = draws(&balancer, 4000)
        #expect(hits[0] > 2800 && hits[1] > 100)
    }

    @Test func fewerCallsUnderWayWin() {
        var balancer = Balancer([plan("a"), plan("b"), plan("c")], outliers: OutlierPlan())
        var jitter = Jitter(seed: 5)
        for _ in 0..<300 { _ = balancer.begin(now: 0, avoiding: -1, &jitter) }
        let pending = balancer.members.map(\.pending)
        #expect(pending.reduce(0, +) == 300)
        // Two choices keep the loads close together.
        #expect((pending.max() ?? 0) - (pending.min() ?? 0) <= 10)
    }

    @Test func prioritiesAreTheFailoverOrder() {
        var balancer = Balancer([plan("a"), plan("b", priority: 1)], outliers: OutlierPlan())
        #expect(draws(&balancer, 100) == [100, 0])
        // The attempt after a failure goes elsewhere.
        #expect(draws(&balancer, 100, avoiding: 0) == [0, 100])
    }

    @Test func failuresOneAfterTheOtherEject() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        for i in 0..<5 { #expect(end(&balancer, 0, 0) == (i == 4)) }
        #expect(draws(&balancer, 100, now: second) == [0, 100])
        // At most half may be out: the other stays, however it fails.
        for _ in 0..<20 { #expect(!end(&balancer, 1, second)) }
        #expect(draws(&balancer, 100, now: second) == [0, 100])
        #expect(draws(&balancer, 100, now: 31 * second)[0] > 0)
    }

    @Test func ejectionGrowsAndIsForgotten() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        for _ in 0..<5 { balancer.ended(0, .failure, now: 0) }
        for _ in 0..<5 { balancer.ended(0, .failure, now: 31 * second) }
        #expect(balancer.members[0].ejections == 2)
        #expect(!balancer.members[0].isUsable(now: 31 * second + 59 * second))
        #expect(balancer.members[0].isUsable(now: 31 * second + 60 * second))
        balancer.ended(0, .success, now: 200 * second)
        #expect(balancer.members[0].ejections == 1)
    }

    @Test func successesBetweenAreNoOutlier() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        for _ in 0..<50 {
            for _ in 0..<4 { #expect(!end(&balancer, 0, 0)) }
            balancer.ended(0, .success, now: 0)
        }
    }

    private func check(_ balancer: inout Balancer, _ place: String, _ isGood: Bool) -> Bool {
        balancer.checked(place, isGood: isGood, HealthCheckPlan(path: "/h", healthy: 2, unhealthy: 3))
    }

    private func end(_ balancer: inout Balancer, _ index: Int, _ now: Int64) -> Bool {
        balancer.ended(index, .failure, now: now)
    }

    @Test func healthChecksDecideAfterSomeInARow() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        #expect(!check(&balancer, "a:1", false))
        #expect(!check(&balancer, "a:1", false))
        #expect(!check(&balancer, "a:1", true))
        #expect(!check(&balancer, "a:1", false))
        #expect(!check(&balancer, "a:1", false))
        #expect(check(&balancer, "a:1", false))
        #expect(draws(&balancer, 50) == [0, 50])
        #expect(!check(&balancer, "a:1", true))
        #expect(check(&balancer, "a:1", true))
        #expect(draws(&balancer, 50)[0] > 0)
    }

    @Test func whenNoneIsUsableAllAreUsed() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        let check = HealthCheckPlan(path: "/h", unhealthy: 1)
        _ = balancer.checked("a:1", isGood: false, check)
        _ = balancer.checked("b:1", isGood: false, check)
        #expect(draws(&balancer, 100).allSatisfy { $0 > 0 })
    }

    @Test func whatIsKnownOfAPlaceOutlivesAReload() {
        var balancer = Balancer([plan("a"), plan("b")], outliers: OutlierPlan())
        for _ in 0..<5 { balancer.ended(0, .failure, now: 0) }
        balancer.update([plan("c"), plan("a", weight: 2)], outliers: OutlierPlan())
        #expect(balancer.members.map(\.place) == ["c:1", "a:1"])
        #expect(draws(&balancer, 50, now: second) == [50, 0])
    }
}

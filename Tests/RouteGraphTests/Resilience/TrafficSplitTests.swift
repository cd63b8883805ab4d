import Foundation
import RouteGraph
import Testing

private let second: Int64 = 1_000_000_000

@Suite struct TrafficSplitTests {
    private static let seed: UInt64 = {
        let seed = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? .random(in: 1 ... .max)
        print("TrafficSplitTests: WAYBILL_SEED=\(seed)")
        return seed
    }()

    @Test(arguments: [1, 50, 100, 500, 3333, 5000, 9999])
    func anyRunOfCallsHasItsShare(_ share: Int) {
        for loop in 0..<4 {
            var split = TrafficSplit(loop: loop)
            var taken = 0
            for count in 1...50_000 {
                if split.takes(share: share) { taken += 1 }
                let expected = Double(count * share) / 10_000
                if abs(Double(taken) - expected) > 5 {
                    Issue.record("\(taken) of \(count) calls, not \(expected)")
                    return
                }
            }
        }
    }

    /// A client that alternates two kinds of calls must not have all of one kind on one side.
    @Test(arguments: [2, 3, 5, 8])
    func everyNthCallHasItsShareToo(_ stride: Int) {
        var split = TrafficSplit()
        var taken = Array(repeating: 0, count: stride)
        for call in 0..<(10_000 * stride) where split.takes(share: 5000) { taken[call % stride] += 1 }
        for count in taken { #expect(abs(count - 5000) < 20, "\(taken)") }
    }

    @Test func nothingAndAllAreExact() {
        var split = TrafficSplit()
        for _ in 0..<10_000 {
            #expect(split.takes(share: 0) == false)
            #expect(split.takes(share: 10_000) == true)
        }
    }

    @Test func theSameValueStaysOnItsSide() {
        var jitter = Jitter(seed: Self.seed)
        for _ in 0..<2000 {
            let hash = TrafficSplit.hash("consumer-\(jitter.next())")
            var before = false
            for share in stride(from: 0, through: 10_000, by: 100) {
                let isIn = TrafficSplit.isInShare(hash, share)
                // A greater share keeps those that are there.
                #expect(isIn || !before)
                before = isIn
            }
            #expect(before)
        }
        // The same in every process and version: what is on trial stays there over a restart.
        #expect(TrafficSplit.hash("erp") == TrafficSplit.hash("erp"))
        #expect(TrafficSplit.hash("") != TrafficSplit.hash("a"))
    }

    @Test func valuesAreSpreadEvenly() {
        for share in [100, 1000, 5000] {
            let inside = (0..<20_000).count { TrafficSplit.isInShare(TrafficSplit.hash("tenant-\($0)"), share) }
            let expected = 2 * share
            #expect(abs(inside - expected) < expected / 5, "\(inside) of 20000 for \(share)")
        }
    }
}

@Suite struct VersionHealthTests {
    private func plan(_ change: (inout NextVersionPlan) -> Void = { _ in }) -> NextVersionPlan {
        var plan = NextVersionPlan(
            UpstreamPlan(identity: "p", host: "a", port: 1), host: "b", port: 1, basePath: "")
        change(&plan)
        return plan
    }

    @Test func failuresInARowShutItOut() {
        var health = VersionHealth(plan(), loops: 1)
        for i in 0..<5 {
            #expect(health.isUsable(now: 0))
            #expect(health.admit(now: 0) == .call)
            #expect(health.ended(.failure, isProbe: false, took: 1, now: 0) == (i == 4))
        }
        #expect(!health.isUsable(now: 14 * second))
        // One probe, and not a second one beside it.
        #expect(health.isUsable(now: 15 * second))
        #expect(health.admit(now: 15 * second) == .probe)
        #expect(!health.isUsable(now: 15 * second))
        #expect(health.ended(.success, isProbe: true, took: 1, now: 15 * second) == false)
        #expect(health.isUsable(now: 15 * second) && health.admit(now: 15 * second) == .call)
    }

    @Test func aSuccessBetweenForgives() {
        var health = VersionHealth(plan { $0.breaker.minimum = 1000 }, loops: 1)
        for i in 0..<200 {
            _ = health.ended(i % 5 == 4 ? .success : .failure, isProbe: false, took: 1, now: 0)
        }
        #expect(health.isUsable(now: 0))
    }

    @Test func theRatioShutsItOutAsWell() {
        var health = VersionHealth(plan { $0.breaker.minimum = 10 }, loops: 1)
        var shut = 0
        for i in 0..<10 where health.ended(i % 2 == 0 ? .failure : .success, isProbe: false, took: 1, now: 0) {
            shut += 1
        }
        #expect(shut == 0)
        #expect(health.ended(.failure, isProbe: false, took: 1, now: 0) == true)
        #expect(!health.isUsable(now: 0))
    }

    @Test func aFailedProbeShutsItOutAgain() {
        var health = VersionHealth(plan { $0.failuresInARow = 1 }, loops: 1)
        #expect(health.ended(.failure, isProbe: false, took: 1, now: 0) == true)
        #expect(health.admit(now: 15 * second) == .probe)
        #expect(health.ended(.failure, isProbe: true, took: 1, now: 16 * second) == true)
        #expect(!health.isUsable(now: 30 * second))
        #expect(health.isUsable(now: 31 * second))
    }
}

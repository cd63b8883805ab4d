import Glibc
import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// All policies at once, partners that misbehave at random, consumers that leave at random: nothing may be left over.
@Suite struct PolicyStressTests {
    private static let ms: Int64 = 1_000_000

    private static func seed() -> UInt64 {
        if let text = getenv("WAYBILL_SEED"), let seed = UInt64(String(cString: text)) { return seed }
        return UInt64(bitPattern: Clock.wall())
    }

    private final class Sent: Sendable {
        let value = Mutex((calls: 0, answered: 0))
    }

    /// A partner's behaviour, drawn for each request.
    private static func partner(_ seed: UInt64) async throws -> ScriptedPartner {
        let chance = Mutex(Jitter(seed: seed))
        return try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            switch chance.withLock({ $0.below(12) }) {
            case 0: return .close
            case 1: return .send("garbage\r\n\r\n")
            case 2: return .send("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno")
            case 3: return .sendAndClose("HTTP/1.1 503 Busy\r\nContent-Length: 20\r\n\r\nno")
            case 4: return .pieces(["HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n", "fi", "ne"])
            case 5: return .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n")
            case 6: return .wait
            default: return .send(ok("fine"))
            }
        }
    }

    @Test(arguments: [1, 2]) func nothingIsLeftOver(_ loops: Int) async throws {
        let seed = Self.seed()
        print("policy stress: WAYBILL_SEED=\(seed)")
        let first = try await Self.partner(seed)
        let second = try await Self.partner(seed &+ 1)
        let gateway = try await GatewayFixture.start(partnerPort: first.port, loops: loops) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: second.port)]
            $0.upstream.responseTimeout = 200 * Self.ms
            $0.upstream.totalTimeout = 3000 * Self.ms
            $0.upstream.outliers.ejectFor = 50 * Self.ms
            $0.upstream.requestsPerConnection = 5
            $0.upstream.policies.retry = ResilienceTests.retry { $0.budgetPercent = 100 }
            $0.upstream.policies.breaker = CircuitBreakerPlan(
                failurePercent: 70, minimum: 10, window: 1000 * Self.ms, openFor: 50 * Self.ms)
            $0.upstream.policies.rate = RateLimitPlan(
                count: 400, interval: 1000 * Self.ms, burst: 5, wait: 100 * Self.ms)
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 4, queue: 6, isAdaptive: true)
            $0.upstream.policies.deadlineHeader = Array("x-request-timeout".utf8)
            $0.consumerRate = RateLimitPlan(count: 1000, interval: 1000 * Self.ms, burst: 50, wait: 20 * Self.ms)
        }
        let port = gateway.port
        let sent = Sent()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<12 {
                group.addTask {
                    try await onThread {
                        var chance = Jitter(seed: seed &+ UInt64(client) &* 77)
                        for _ in 0..<25 {
                            let connection = try RawClient(port: port)
                            let text: String
                            switch chance.below(4) {
                            case 0: text = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
                            case 1: text = get("/pass", "X-Request-Timeout: \(chance.below(200))")
                            case 2: text = get(method: "PUT", "Content-Length: 3") + "abc"
                            default: text = get()
                            }
                            connection.send(text)
                            sent.value.withLock { $0.calls += 1 }
                            switch chance.below(5) {
                            case 0:
                                _ = connection.receive(milliseconds: Int32(chance.below(60)))
                                connection.reset()
                            default:
                                let answer = connection.receiveAnswer()
                                if answer.hasPrefix("HTTP/1.1 ") { sent.value.withLock { $0.answered += 1 } }
                                connection.close()
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await gateway.settles(), "seed \(seed)")
        let metrics = await gateway.server.metrics()
        let partner = metrics.partners[0]
        #expect(partner.permitsInUse == 0, "seed \(seed)")
        #expect(partner.permitsWaiting == 0, "seed \(seed)")
        #expect(partner.rateWaiting == 0, "seed \(seed)")
        #expect(partner.callsAtPlaces == 0, "seed \(seed)")
        #expect(metrics.pools.allSatisfy { $0.waiting == 0 }, "seed \(seed)")
        let records = gateway.log.all
        // A connection that was reset before its request was read is no call.
        let counts = sent.value.withLock { $0 }
        #expect(records.count <= counts.calls && records.count >= counts.answered, "seed \(seed)")
        #expect(records.allSatisfy { $0.attempts <= 4 }, "seed \(seed)")
        #expect(records.contains { $0.attempts > 1 })
        print(
            "policy stress, \(loops) loops: \(records.count) records of \(counts.calls) calls, \(partner.retries) repetitions, "
                + "\(partner.rateWaits) waits, \(partner.permitRefusals) times full, \(partner.openings) openings, \(partner.ejections) ejections"
        )
        await gateway.stop()
        await first.stop()
        await second.stop()
    }

    @Test func drainEndsCallsThatWait() async throws {
        // The calls' time may be over before the drain has begun.
        let areEndedByIt = try await givenEnoughTime(from: 1000 * Self.ms) { time in
            let partner = try await ScriptedPartner { _, _, _ in .wait }
            let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
                $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 1, queue: 10)
                $0.upstream.totalTimeout = time
            }
            let port = gateway.port
            async let answers = LimitTests.together(Array(repeating: get(), count: 4), port: port)
            let haveCome = await gateway.reaches {
                $0.partners[0].permitsWaiting == 3 || $0.operations[0].count(.partnerFailed) > 0
            }
            #expect(haveCome)
            await gateway.server.drain(grace: .seconds(600))
            // A drain before all of them have come refuses some, and its listener is gone.
            let got = (try? await answers) ?? []
            let records = gateway.log.all
            await gateway.server.stop()
            await partner.stop()
            let areLast = got.allSatisfy { $0.contains("Connection: close") }
            guard got.count == 4, areLast else { return false }
            let statuses = got.map { $0.prefix(12) }
            #expect(statuses == Array(repeating: "HTTP/1.1 504", count: 4))
            #expect(records.count == 4)
            return true
        }
        #expect(areEndedByIt)
    }
}

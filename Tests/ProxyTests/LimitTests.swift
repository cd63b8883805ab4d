import Proxy
import RouteGraph
import Synchronization
import Testing

/// Rate, concurrency and places over a real loopback.
@Suite struct LimitTests {
    private static let ms: Int64 = 1_000_000

    /// Makes calls at the same time, each on a connection of its own.
    static func together(_ texts: [String], port: Int) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (i, text) in texts.enumerated() {
                group.addTask {
                    try await onThread {
                        let client = try RawClient(port: port)
                        client.send(text)
                        return (i, client.receiveAnswer(milliseconds: 10_000))
                    }
                }
            }
            return try await group.reduce(into: Array(repeating: "", count: texts.count)) { $0[$1.0] = $1.1 }
        }
    }

    // MARK: rate-limit

    @Test(arguments: [1, 2]) func callsBeyondTheRateAreRefused(_ loops: Int) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: loops) {
            $0.upstream.policies.rate = RateLimitPlan(count: 1, interval: 60_000 * Self.ms, burst: 5)
        }
        let answers = try await Self.together(Array(repeating: get(), count: 12), port: gateway.port)
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200") } == 5)
        let refused = answers.filter { $0.hasPrefix("HTTP/1.1 429") }
        #expect(refused.count == 7)
        #expect(refused.allSatisfy { $0.contains("\"code\":\"rate-limited\"") && $0.contains("\"category\":\"rate\"") })
        #expect(refused.allSatisfy { $0.contains("RateLimit-Policy: \"partner\";q=1;w=60\r\n") })
        #expect(refused.allSatisfy { $0.contains("RateLimit: \"partner\";r=0;t=") && $0.contains("Retry-After: ") })
        #expect(partner.requests.count == 5)
        #expect(await gateway.server.metrics().partners[0].rateRefusals == 7)
        await gateway.stop()
        await partner.stop()
    }

    @Test func callsWaitForTheirTurn() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.policies.rate = RateLimitPlan(
                count: 50, interval: 1000 * Self.ms, burst: 1, wait: 5000 * Self.ms)
        }
        let start = ContinuousClock.now
        let answers = try await Self.together(Array(repeating: get(), count: 16), port: gateway.port)
        let took = ContinuousClock.now - start
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        #expect(took >= .milliseconds(299))
        #expect(await gateway.server.metrics().partners[0].rateWaits >= 1)
        await gateway.stop()
        await partner.stop()
    }

    /// Calls that wait go out one spacing after the other, and not in bunches. Other work on the machine may hold one back, so it is the
    /// best of a few runs that counts.
    @Test func turnsComeAtTheirTime() async throws {
        let times = Mutex<[ContinuousClock.Instant]>([])
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            times.withLock { $0.append(.now) }
            return .send(ok("fine"))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.maxConnections = 64
            $0.upstream.warmConnections = 24
            $0.upstream.policies.rate = RateLimitPlan(
                count: 200, interval: 1000 * Self.ms, burst: 1, wait: 5000 * Self.ms)
        }
        var best = 0
        for _ in 0..<12 where best < 4 {
            times.withLock { $0.removeAll() }
            let answers = try await Self.together(Array(repeating: get(), count: 20), port: gateway.port)
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
            let seen = times.withLock { $0 }
            let gaps = zip(seen, seen.dropFirst()).map { $1 - $0 }
            best = max(best, gaps.count { $0 >= .milliseconds(2) && $0 <= .milliseconds(12) })
        }
        // On a wheel of 20 ms three of four would follow at once, and the others after 20.
        #expect(best >= 4, "\(best) of 19 gaps are those of the rate")
        await gateway.stop()
        await partner.stop()
    }

    @Test func whoeverWaitsTooLongIsRefusedAndLeavesTheLine() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.policies.rate = RateLimitPlan(
                count: 10, interval: 1000 * Self.ms, burst: 1, wait: 250 * Self.ms)
        }
        let answers = try await Self.together(Array(repeating: get(), count: 8), port: gateway.port)
        let good = answers.count { $0.hasPrefix("HTTP/1.1 200") }
        #expect(good >= 3 && good < 8, "\(good)")
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 429") } == 8 - good)
        #expect(await gateway.settles(openConnections: 8))
        #expect(await gateway.server.metrics().partners[0].rateWaiting == 0)
        await gateway.stop()
        await partner.stop()
    }

    /// One consumer fills the line; another's single call gets a place in it, at the cost of the first one's newest.
    @Test func aBurstDoesNotStandInFrontOfOthers() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.allowed = [0, 1]
            $0.upstream.policies.rate = RateLimitPlan(
                count: 5, interval: 1000 * Self.ms, burst: 1, wait: 2000 * Self.ms)
        }
        let port = gateway.port
        async let burst = Self.together(Array(repeating: get(), count: 40), port: port)
        for _ in 0..<300 {
            if await gateway.server.metrics().partners[0].rateRefusals > 0 { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        let other = get().replacing("X-API-Key: k", with: "X-API-Key: other")
        #expect(try await Self.together([other], port: port)[0].hasPrefix("HTTP/1.1 200"))
        let answers = try await burst
        let good = answers.count { $0.hasPrefix("HTTP/1.1 200") }
        #expect(good >= 8 && good < 40)
        #expect(good + answers.count { $0.hasPrefix("HTTP/1.1 429") } == 40)
        await gateway.stop()
        await partner.stop()
    }

    @Test func operationsAndConsumersHaveTheirOwn() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        for (limited, other) in [("operation", 6), ("consumer", 2)] {
            let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
                let plan = RateLimitPlan(count: 1, interval: 60_000 * Self.ms, burst: 2)
                if limited == "operation" { $0.operationRate = plan } else { $0.consumerRate = plan }
            }
            let post = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
            var refused = 0
            for text in [get(), get(), get(), get(), post, post, post, post] {
                let answer = try await Self.together([text], port: gateway.port)[0]
                if answer.hasPrefix("HTTP/1.1 429") {
                    refused += 1
                    #expect(answer.contains("RateLimit-Policy: \"\(limited)\""))
                }
            }
            #expect(8 - refused == other)
            await gateway.stop()
        }
        await partner.stop()
    }

    @Test func aReloadKeepsWhatWasCounted() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        settings.upstream.policies.rate = RateLimitPlan(count: 1, interval: 60_000 * Self.ms, burst: 2)
        let plan = settings
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) { $0 = plan }
        for _ in 0..<2 { _ = try await Self.together([get()], port: gateway.port) }
        settings.generation = 2
        settings.upstream.policies.retry = RetryPlan()
        settings.gateway.listeners = [ListenerPlan(host: "127.0.0.1", port: 0)]
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        #expect(try await Self.together([get()], port: gateway.port)[0].hasPrefix("HTTP/1.1 429"))
        // A change of a policy costs no connection.
        #expect(await gateway.server.metrics().partnerConnects == 1)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: concurrency

    @Test(arguments: [1, 2]) func onlySoManyAtOnce(_ loops: Int) async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return .pieces(["", "", ok("fine")])
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: loops) {
            $0.upstream.maxConnections = 64
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 3, queue: 5)
        }
        let answers = try await Self.together(Array(repeating: get(), count: 14), port: gateway.port)
        let good = answers.count { $0.hasPrefix("HTTP/1.1 200") }
        let full = answers.filter { $0.hasPrefix("HTTP/1.1 503") }
        #expect(good + full.count == 14)
        #expect(good >= 8)
        #expect(full.allSatisfy { $0.contains("partner-queue-full") && $0.contains("Retry-After: 1") })
        #expect(partner.connections <= 6)
        #expect(await gateway.settles(openConnections: 14))
        let metrics = await gateway.server.metrics().partners[0]
        #expect(metrics.permitsInUse == 0)
        #expect(metrics.permitsWaiting == 0)
        #expect(metrics.permitRefusals == UInt64(full.count))
        await gateway.stop()
        await partner.stop()
    }

    @Test func waitingEndsWithTheCallsTime() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .wait }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.totalTimeout = 1500 * Self.ms
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 1, queue: 5)
        }
        let answers = try await Self.together(Array(repeating: get(), count: 3), port: gateway.port)
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 504") })
        #expect(await gateway.settles(openConnections: 3))
        let metrics = await gateway.server.metrics().partners[0]
        #expect(metrics.permitsInUse == 0 && metrics.permitsWaiting == 0)
        await gateway.stop()
        await partner.stop()
    }

    /// A reload takes the limit away while calls hold permits and wait for them, and another brings it back.
    @Test(arguments: [1, 2]) func aLimitThatGoesAndComesBackIsWhole(_ loops: Int) async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .pieces(Array(repeating: "", count: 10) + [ok("fine")]) : .wait
        }
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        settings.upstream.maxConnections = 64
        let limit = ConcurrencyPlan(limit: 2, queue: 10)
        settings.upstream.policies.concurrency = limit
        let plan = settings
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: loops) { $0 = plan }
        let port = gateway.port
        async let answers = Self.together(Array(repeating: get(), count: 8), port: port)
        for (generation, policy) in [(2, nil), (3, limit), (4, nil), (5, limit)] as [(UInt64, ConcurrencyPlan?)] {
            try await Task.sleep(for: .milliseconds(80))
            settings.generation = generation
            settings.upstream.policies.concurrency = policy
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
        }
        #expect(try await answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        #expect(await gateway.settles(openConnections: 8))
        let metrics = await gateway.server.metrics().partners[0]
        #expect(metrics.permitsInUse == 0 && metrics.permitsWaiting == 0)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: Places

    @Test func whatFailsAtOnePlaceGoesToTheOther() async throws {
        let good = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: 1) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: good.port, priority: 1)]
            $0.upstream.policies.retry = ResilienceTests.retry()
            $0.upstream.outliers.failures = 3
        }
        for _ in 0..<6 {
            let post = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
            #expect(try await Self.together([post], port: gateway.port)[0].hasSuffix("fine"))
        }
        let records = await gateway.log.waitFor(6)
        // Three failures eject the first place; then nobody pays for it.
        #expect(records.map(\.attempts) == [2, 2, 2, 1, 1, 1])
        #expect(good.requests.allSatisfy { $0.contains("\r\nHost: 127.0.0.1:\(good.port)\r\n") })
        #expect(await gateway.server.metrics().partners[0].ejections == 1)
        await gateway.stop()
        await good.stop()
    }

    @Test func healthChecksTakeAPlaceOut() async throws {
        let isWell = Mutex(false)
        let first = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            guard text.hasPrefix("GET /health ") else { return .send(ok("first")) }
            return .sendAndClose(isWell.withLock { $0 } ? ok("") : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        }
        let second = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .sendAndClose(ok("second")) : .wait
        }
        let gateway = try await GatewayFixture.start(partnerPort: first.port) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: second.port, priority: 1)]
            $0.upstream.health = HealthCheckPlan(
                path: "/health", interval: 50 * Self.ms, timeout: 1000 * Self.ms, healthy: 2, unhealthy: 2)
        }
        func waitFor(_ end: String) async throws -> Bool {
            for _ in 0..<100 {
                if try await Self.together([get()], port: gateway.port)[0].hasSuffix(end) { return true }
                try await Task.sleep(for: .milliseconds(50))
            }
            return false
        }
        #expect(try await waitFor("second"))
        isWell.withLock { $0 = true }
        #expect(try await waitFor("first"))
        await gateway.stop()
        await first.stop()
        await second.stop()
    }

    @Test func aConnectionServesSoManyCalls() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.requestsPerConnection = 2
        }
        for _ in 0..<6 { _ = try await Self.together([get()], port: gateway.port) }
        #expect(partner.connections == 3)
        await gateway.stop()
        let aged = try await GatewayFixture.start(partnerPort: partner.port) { $0.upstream.connectionAge = 1 }
        for _ in 0..<3 { _ = try await Self.together([get()], port: aged.port) }
        #expect(partner.connections == 6)
        await aged.stop()
        await partner.stop()
    }
}

import Glibc
import Proxy
import RouteGraph
import Synchronization
import Testing

/// What one of two loops finds out holds for both.
@Suite(.serialized) struct SharedPolicyTests {
    private static let ms: Int64 = 1_000_000
    private static let loops = 2
    private static let failing = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

    /// Calls one after the other, each on a connection of its own: the kernel spreads them over the loops.
    private static func calls(_ count: Int, port: Int) async throws -> [String] {
        try await onThread {
            try (0..<count).map { _ in
                let client = try RawClient(port: port)
                client.send(get())
                defer { client.close() }
                return client.receiveAnswer()
            }
        }
    }

    @Test func theCircuitOfANewVersion() async throws {
        let both = try await VersionTests.start(
            ScriptedPartner.always(ok("current")), ScriptedPartner.always(Self.failing), loops: Self.loops
        ) {
            $1.split = 10_000
            $1.breaker.minimum = 10_000
            $1.breaker.openFor = 60_000 * Self.ms
        }
        let answers = try await Self.calls(40, port: both.gateway.port)
        // Five failures one after the other, over both loops together: then it is left alone by both.
        #expect(answers.prefix(5).allSatisfy { $0.hasPrefix("HTTP/1.1 500") })
        #expect(answers.dropFirst(5).allSatisfy { $0.hasSuffix("current") })
        #expect(both.next.requests.count == 5)
        let version = try #require(await both.gateway.server.metrics().versions.first)
        #expect(version.circuit == .open && version.displaced == 35)
        await both.stop()
    }

    /// Calls of both loops at once, with a partner that answers nobody: what it has seen is what the limit lets through.
    @Test func theLimitThatFollowsTheLatency() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .wait }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.upstream.responseTimeout = 3000 * Self.ms
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 60, queue: 0, isAdaptive: true)
        }
        let port = gateway.port
        let answers = try await onThread {
            let clients = try (0..<60).map { _ in try RawClient(port: port) }
            for client in clients { client.send(get()) }
            defer { for client in clients { client.close() } }
            return clients.map { $0.receiveAnswer(milliseconds: 10_000) }
        }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 504") } == 8, "it begins at 8, for both loops together")
        #expect(answers.count { $0.contains("partner-queue-full") } == 52)
        #expect(partner.connections == 8)
        // 8 × 0.9^8: the failures of both loops have lowered it.
        #expect(await gateway.server.metrics().partners[0].permitLimit == 3)
        await gateway.stop()
        await partner.stop()
    }

    @Test func aPlaceThatIsLeftOut() async throws {
        let bad = try await ScriptedPartner(ScriptedPartner.always(Self.failing))
        let good = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: bad.port, loops: Self.loops) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: good.port, priority: 1)]
            $0.upstream.outliers.ejectFor = 60_000 * Self.ms
        }
        let answers = try await Self.calls(40, port: gateway.port)
        #expect(answers.prefix(5).allSatisfy { $0.hasPrefix("HTTP/1.1 500") })
        #expect(answers.dropFirst(5).allSatisfy { $0.hasSuffix("fine") })
        let metrics = await gateway.server.metrics().partners[0]
        #expect(metrics.ejections == 1 && metrics.placesOut == 1)
        await gateway.stop()
        await bad.stop()
        await good.stop()
    }

    /// One loop asks for both. A place that is asked nothing but whether it works has one connection for each check.
    @Test func healthChecks() async throws {
        let isWell = Mutex(true)
        let first = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            guard text.hasPrefix("GET /health ") else { return .send(ok("first")) }
            return .sendAndClose(isWell.withLock { $0 } ? ok("") : Self.failing)
        }
        let second = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .sendAndClose(ok("second")) : .wait
        }
        let interval = 200 * Self.ms
        let gateway = try await GatewayFixture.start(partnerPort: first.port, loops: Self.loops) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: second.port, priority: 1)]
            $0.upstream.health = HealthCheckPlan(
                path: "/health", interval: interval, timeout: 1000 * Self.ms, healthy: 1, unhealthy: 1)
        }
        let began = Clock.monotonic()
        try await Task.sleep(for: .milliseconds(2000))
        let checks = first.requests.count
        let most = Int((Clock.monotonic() - began) / interval) + 1
        #expect(checks > 0 && checks <= most, "\(checks) checks in \(most) intervals")
        isWell.withLock { $0 = false }
        // Both loops know: no call of either goes there any more.
        var isOut = false
        for _ in 0..<100 where !isOut {
            try await Task.sleep(for: .milliseconds(50))
            isOut = await gateway.server.metrics().partners[0].placesOut == 1
        }
        #expect(isOut)
        #expect(try await Self.calls(30, port: gateway.port).allSatisfy { $0.hasSuffix("second") })
        await gateway.stop()
        await first.stop()
        await second.stop()
    }

    @Test func purgedAnswersAreGoneOnBothLoops() async throws {
        let count = Mutex(0)
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return .send(
                ok(
                    count.withLock {
                        $0 += 1
                        return "\($0)"
                    }))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.cache = CachePlan(ttl: 60_000 * Self.ms)
        }
        _ = try await Self.calls(40, port: gateway.port)
        // One for each loop that was asked.
        let kept = partner.requests.count
        #expect((1...Self.loops).contains(kept))
        #expect(await gateway.server.purgeCaches { $0.name == "mediate" } == ["partner.mediate": 0])
        #expect(await gateway.server.purgeCaches { $0.name == "pass" } == ["partner.pass": kept])
        #expect(await gateway.server.purgeCaches { $0.name == "secret" }.isEmpty, "it keeps none")
        let answers = try await Self.calls(40, port: gateway.port)
        #expect(answers.allSatisfy { (Int($0.suffix(1)) ?? 0) > kept }, "\(answers)")
        await gateway.stop()
        await partner.stop()
    }

    /// A call that is under way when answers are purged gives its answer to those who wait, and to nobody afterwards.
    @Test func anAnswerThatWasAskedForBeforeAPurgeIsNotKept() async throws {
        let partner = try await ScriptedPartner { text, connection, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return connection == 0 ? .pieces(Array(repeating: "", count: 100) + [ok("before")]) : .send(ok("after"))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.cache = CachePlan(ttl: 60_000 * Self.ms)
        }
        let port = gateway.port
        let slow = try await onThread {
            let clients = try (0..<3).map { _ in try RawClient(port: port) }
            for client in clients { client.send(get()) }
            return Kept(clients)
        }
        for _ in 0..<300 {
            if await gateway.server.metrics().callsInFlight == 3 { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = await gateway.server.purgeCaches { _ in true }
        // Whoever comes now does not wait for the call from before.
        #expect(try await Self.calls(1, port: port)[0].hasSuffix("after"))
        #expect(try await onThread { slow.clients.map { $0.receiveAnswer() } }.allSatisfy { $0.hasSuffix("before") })
        #expect(try await Self.calls(1, port: port)[0].hasSuffix("after"))
        #expect(partner.requests.count == 2)
        await gateway.stop()
        await partner.stop()
    }

    /// Connections that a later thread goes on with.
    private final class Kept: @unchecked Sendable {
        let clients: [RawClient]
        init(_ clients: [RawClient]) { self.clients = clients }
    }
}

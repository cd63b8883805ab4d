import Proxy
import RouteGraph
import Synchronization
import Testing

/// `cache` where calls meet: one call for many, answers after their time, partners and clients that go away.
@Suite struct CacheFlightTests {
    private static let ms: Int64 = 1_000_000
    private static let minute: Int64 = 60_000_000_000

    /// A partner that answers after a while, or as it is told.
    private final class Partner: Sendable {
        enum Mode: Sendable { case good, status(Int), close, silent, slow }

        let mode = Mutex(Mode.good)
        private let count = Mutex(0)
        let pause: Int

        init(pause: Int = 0) { self.pause = pause }

        func set(_ new: Mode) { mode.withLock { $0 = new } }

        var script: ScriptedPartner.Script {
            { [self] text, _, _ in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                let n = count.withLock {
                    $0 += 1
                    return $0
                }
                // Pieces come 20 ms after each other.
                let delay = Array(repeating: "", count: pause / 20)
                switch mode.withLock({ $0 }) {
                case .good: return .pieces(delay + [ok("{\"n\":\(n)}")])
                case .status(let status):
                    return .pieces(delay + ["HTTP/1.1 \(status) No\r\nContent-Length: 2\r\n\r\nno"])
                case .close: return .close
                case .silent: return .wait
                case .slow:
                    return .pieces(["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"] + (0..<20).map { _ in "x" })
                }
            }
        }
    }

    private static func run(
        _ plan: CachePlan, _ partner: Partner, _ configure: (inout GatewayFixture.Settings) -> Void = { _ in },
        _ body: (GatewayFixture, ScriptedPartner) async throws -> Void
    ) async throws {
        let scripted = try await ScriptedPartner(partner.script)
        let gateway = try await GatewayFixture.start(partnerPort: scripted.port) {
            $0.cache = plan
            configure(&$0)
        }
        try await body(gateway, scripted)
        #expect(await gateway.settles(openConnections: 1000))
        await gateway.stop()
        await scripted.stop()
    }

    private static func ask(_ gateway: GatewayFixture, _ text: String = get()) async throws -> String {
        let port = gateway.port
        return try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receiveAnswer()
        }
    }

    /// All at once, on connections of their own.
    private static func askAll(_ gateway: GatewayFixture, _ count: Int, _ text: String) async throws -> [String] {
        let port = gateway.port
        return try await onThread {
            let clients = try (0..<count).map { _ in try RawClient(port: port) }
            for client in clients { client.send(text) }
            return clients.map { $0.receiveAnswer() }
        }
    }

    private static func status(_ answer: String) -> String { String(answer.prefix(12).suffix(3)) }

    @Test(arguments: [get(), CacheTests.mediated])
    func fiftyCallsAtOnceAreOne(_ text: String) async throws {
        try await Self.run(CachePlan(ttl: Self.minute), Partner(pause: 200)) { gateway, scripted in
            let answers = try await Self.askAll(gateway, 50, text)
            #expect(answers.allSatisfy { $0.hasSuffix("{\"n\":1}") })
            #expect(scripted.requests.count == 1)
            let uses = await gateway.log.waitFor(50).map(\.cache)
            #expect(uses.count { $0 == .miss } == 1)
            #expect(uses.count { $0 == .coalesced } + uses.count { $0 == .hit } == 49)
            #expect(uses.contains(.coalesced))
            let one = answers.first { $0.contains("collapsed") }
            #expect(one?.contains("Cache-Status: waybill; fwd=miss; collapsed\r\n") == true)
        }
    }

    /// A partner that fails is not called once for each who waits.
    @Test(arguments: [get(), CacheTests.mediated])
    func aFailureIsShared(_ text: String) async throws {
        // A connection that is closed at once leaves no time to wait.
        for (mode, status, most) in [(Partner.Mode.close, "502", 30), (.status(503), "503", 10), (.silent, "504", 10)] {
            let partner = Partner(pause: 400)
            partner.set(mode)
            try await Self.run(CachePlan(ttl: Self.minute), partner) {
                $0.upstream.responseTimeout = 700 * Self.ms
            } _: { gateway, scripted in
                let answers = try await Self.askAll(gateway, 30, text)
                let statuses = Set(answers.map(Self.status))
                #expect(statuses == [status] || (status == "503" && statuses == ["502"]), "\(mode): \(statuses)")
                #expect(scripted.requests.count <= most, "\(mode)")
            }
        }
    }

    @Test(arguments: [get(), CacheTests.mediated])
    func aStaleAnswerStandsInForAPartnerThatFails(_ text: String) async throws {
        let partner = Partner()
        let plan = CachePlan(ttl: 50 * Self.ms, staleIfError: Self.minute)
        try await Self.run(plan, partner) {
            $0.upstream.responseTimeout = 100 * Self.ms
        } _: { gateway, _ in
            #expect(try await Self.ask(gateway, text).hasSuffix("{\"n\":1}"))
            try await Task.sleep(for: .milliseconds(70))
            for mode in [Partner.Mode.close, .status(500), .status(503), .silent] {
                partner.set(mode)
                let answer = try await Self.ask(gateway, text)
                #expect(answer.hasSuffix("{\"n\":1}"), "\(mode)")
                #expect(answer.contains("Cache-Status: waybill; fwd=stale"), "\(mode)")
            }
            partner.set(.status(500))
            #expect(try await Self.ask(gateway, text).contains("; fwd=stale; fwd-status=500\r\n"))
            let many = try await Self.askAll(gateway, 20, text)
            #expect(many.allSatisfy { $0.hasSuffix("{\"n\":1}") })
            partner.set(.good)
            let fresh = try await Self.ask(gateway, text)
            #expect(!fresh.hasSuffix("{\"n\":1}"))
            #expect(Self.status(fresh) == "200")
            guard text == get() else { return }
            // What is gone for good is not brought back.
            try await Task.sleep(for: .milliseconds(70))
            partner.set(.status(404))
            _ = try await Self.ask(gateway, text)
            partner.set(.status(500))
            #expect(Self.status(try await Self.ask(gateway, text)).hasPrefix("5"))
        }
    }

    @Test func anOpenCircuitIsAFailureToo() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: 30 * Self.ms, staleIfError: Self.minute), partner) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(minimum: 2, openFor: Self.minute)
        } _: { gateway, scripted in
            _ = try await Self.ask(gateway)
            try await Task.sleep(for: .milliseconds(50))
            partner.set(.close)
            for _ in 0..<8 { #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}")) }
            #expect(scripted.requests.count < 8)
            #expect(await gateway.server.metrics().partners[0].shortCircuits > 0)
        }
    }

    @Test(arguments: [get(), CacheTests.mediated])
    func aStaleAnswerIsFetchedAnewOnce(_ text: String) async throws {
        let plan = CachePlan(ttl: 50 * Self.ms, staleWhileRevalidate: Self.minute)
        try await Self.run(plan, Partner(pause: 100)) { gateway, scripted in
            #expect(try await Self.ask(gateway, text).hasSuffix("{\"n\":1}"))
            try await Task.sleep(for: .milliseconds(70))
            let stale = try await Self.askAll(gateway, 10, text)
            #expect(stale.allSatisfy { $0.hasSuffix("{\"n\":1}") && $0.contains("Cache-Status: waybill; hit; ttl=") })
            for _ in 0..<100 where scripted.requests.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(scripted.requests.count == 2)
            var answer = ""
            for _ in 0..<100 where !answer.hasSuffix("{\"n\":2}") {
                answer = try await Self.ask(gateway, text)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(answer.hasSuffix("{\"n\":2}"))
            let records = await gateway.log.waitFor(13)
            let refresh = records.filter { $0.cache == .refresh }
            #expect(refresh.count >= 1)
            #expect(refresh.first?.attempts == 1 && refresh.first?.status == 200 && refresh.first?.outcome == .answered)
            #expect(await gateway.server.metrics().callsInFlight == 0)
        }
    }

    @Test func aRefreshThatFailsLeavesTheOldAnswer() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: 30 * Self.ms, staleWhileRevalidate: Self.minute), partner) { gateway, _ in
            _ = try await Self.ask(gateway)
            try await Task.sleep(for: .milliseconds(50))
            partner.set(.close)
            for _ in 0..<5 {
                #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}"))
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test(arguments: [get(), CacheTests.mediated])
    func theCallGoesOnWhenItsClientHasGone(_ text: String) async throws {
        try await Self.run(CachePlan(ttl: Self.minute), Partner(pause: 1500)) { gateway, scripted in
            let port = gateway.port
            let answer = try await onThread {
                let first = try RawClient(port: port)
                first.send(text)
                for _ in 0..<400 where scripted.requests.isEmpty { usleepBriefly() }
                let second = try RawClient(port: port)
                second.send(text)
                for _ in 0..<10 { usleepBriefly() }
                first.reset()
                return second.receiveAnswer()
            }
            #expect(answer.hasSuffix("{\"n\":1}"))
            #expect(scripted.requests.count == 1)
            let records = await gateway.log.waitFor(2)
            #expect(Set(records.map(\.outcome)) == [.answered, .abandoned])
        }
    }

    /// In the middle of an answer that passes through.
    @Test func aStreamGoesOnWhenItsClientHasGone() async throws {
        let partner = Partner()
        partner.set(.slow)
        try await Self.run(CachePlan(ttl: Self.minute), partner) { gateway, scripted in
            let port = gateway.port
            let answer = try await onThread {
                let first = try RawClient(port: port)
                first.send(get())
                _ = first.receive()
                let second = try RawClient(port: port)
                second.send(get())
                for _ in 0..<10 { usleepBriefly() }
                first.reset()
                return second.receiveAnswer()
            }
            #expect(answer.hasSuffix(String(repeating: "x", count: 20)))
            #expect(scripted.requests.count == 1)
            #expect(try await Self.ask(gateway).hasSuffix("xxxx"))
            #expect(scripted.requests.count == 1)
        }
    }

    @Test func aLoneClientThatGoesEndsItsCall() async throws {
        let partner = Partner()
        partner.set(.silent)
        try await Self.run(CachePlan(ttl: Self.minute), partner) { gateway, scripted in
            let port = gateway.port
            try await onThread {
                let first = try RawClient(port: port)
                first.send(get())
                for _ in 0..<400 where scripted.requests.isEmpty { usleepBriefly() }
                first.reset()
            }
            for _ in 0..<200 where scripted.closed == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(scripted.closed == 1)
            partner.set(.good)
            #expect(try await Self.ask(gateway).hasSuffix("}"))
        }
    }

    /// The first client's own time is short; who waits has more.
    @Test func aShortDeadlineIsItsOwn() async throws {
        try await Self.run(CachePlan(ttl: Self.minute), Partner(pause: 200)) {
            $0.upstream.policies.deadlineHeader = Array("x-deadline".utf8)
        } _: { gateway, scripted in
            let port = gateway.port
            let answers = try await onThread {
                let first = try RawClient(port: port)
                first.send(get("/pass", "X-Deadline: 100"))
                for _ in 0..<400 where scripted.requests.isEmpty { usleepBriefly() }
                let second = try RawClient(port: port)
                second.send(get())
                return [first.receiveAnswer(), second.receiveAnswer()]
            }
            #expect(Self.status(answers[0]) == "504")
            #expect(answers[1].hasSuffix("{\"n\":2}"))
        }
    }

    @Test func answersThatAreNotKeptAreNotWaitedForTwice() async throws {
        let count = Mutex(0)
        let scripted = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            count.withLock { $0 += 1 }
            return .pieces(["", "", "", ok("secret", "Cache-Control: private")])
        }
        let gateway = try await GatewayFixture.start(partnerPort: scripted.port) {
            $0.cache = CachePlan(ttl: Self.minute)
            $0.upstream.maxConnections = 100
        }
        let answers = try await Self.askAll(gateway, 20, get())
        #expect(answers.allSatisfy { $0.hasSuffix("secret") })
        #expect(!answers.contains { $0.contains("collapsed") || $0.contains("hit") })
        #expect(scripted.requests.count == 20)
        #expect(scripted.connections > 4, "one after the other they would share a connection")
        await gateway.stop()
        await scripted.stop()
    }

    // MARK: Reload

    @Test func aReloadKeepsWhatMeansTheSame() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: Self.minute, fingerprint: 7), partner) { gateway, scripted in
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}"))
            var settings = GatewayFixture.Settings(partnerPort: scripted.port)
            settings.generation = 2
            settings.cache = CachePlan(ttl: Self.minute, fingerprint: 7)
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}"))
            settings.generation = 3
            settings.cache = CachePlan(ttl: Self.minute, fingerprint: 8)
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":2}"))
            let caches = await gateway.server.metrics().caches
            #expect(caches.contains { $0.counts.misses == 2 && $0.counts.hits == 1 }, "counters go on")
        }
    }
}

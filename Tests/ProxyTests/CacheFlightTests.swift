import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// `cache` where calls meet: one call for many, answers after their time, partners and clients that go away.
@Suite struct CacheFlightTests {
    private static let ms: Int64 = 1_000_000
    private static let hour: Int64 = 3_600_000_000_000

    /// A partner that answers when its gate is open, as it is told.
    private final class Partner: Sendable {
        enum Mode: Sendable { case good, status(Int), close, silent, slow }

        let mode = Mutex(Mode.good)
        private let count = Mutex(0)
        let gate = Gate()

        init(holds: Bool = false) { if !holds { gate.open() } }

        func set(_ new: Mode) { mode.withLock { $0 = new } }

        var script: ScriptedPartner.Script {
            { [self] text, _, _ in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                let n = count.withLock {
                    $0 += 1
                    return $0
                }
                switch mode.withLock({ $0 }) {
                case .good: return .held(gate, then: .send(ok("{\"n\":\(n)}")))
                case .status(let status):
                    return .held(gate, then: .send("HTTP/1.1 \(status) No\r\nContent-Length: 2\r\n\r\nno"))
                case .close: return .held(gate, then: .close)
                case .silent: return .held(Gate(), then: .wait)
                case .slow:
                    let head = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nxxxx"
                    return .held(after: head, gate, then: .pieces((0..<4).map { _ in "xxxx" }))
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

    /// The same while the partner holds: all wait before it answers.
    private static func askAll(
        _ gateway: GatewayFixture, _ count: Int, _ text: String, _ partner: Partner
    ) async throws -> [String] {
        async let answers = askAll(gateway, count, text)
        #expect(await gateway.reaches { $0.callsInFlight == count })
        partner.gate.open()
        return try await answers
    }

    private static func status(_ answer: String) -> String { String(answer.prefix(12).suffix(3)) }

    @Test(arguments: [get(), CacheTests.mediated])
    func fiftyCallsAtOnceAreOne(_ text: String) async throws {
        let partner = Partner(holds: true)
        try await Self.run(CachePlan(ttl: Self.hour), partner) { gateway, scripted in
            let answers = try await Self.askAll(gateway, 50, text, partner)
            #expect(answers.allSatisfy { $0.hasSuffix("{\"n\":1}") })
            #expect(scripted.requests.count == 1)
            let uses = await gateway.log.waitFor(50).map(\.cache)
            #expect(uses.count { $0 == .miss } == 1)
            #expect(uses.count { $0 == .coalesced } == 49)
            let one = answers.first { $0.contains("collapsed") }
            #expect(one?.contains("Cache-Status: waybill; fwd=miss; collapsed\r\n") == true)
        }
    }

    /// A partner that fails is not called once for each who waits.
    @Test(arguments: [get(), CacheTests.mediated])
    func aFailureIsShared(_ text: String) async throws {
        for (mode, status) in [(Partner.Mode.close, "502"), (.status(503), "503")] {
            let partner = Partner(holds: true)
            partner.set(mode)
            try await Self.run(CachePlan(ttl: Self.hour), partner) { gateway, scripted in
                let answers = try await Self.askAll(gateway, 30, text, partner)
                let statuses = Set(answers.map(Self.status))
                #expect(statuses == [status] || (status == "503" && statuses == ["502"]), "\(mode): \(statuses)")
                #expect(scripted.requests.count <= 10, "\(mode)")
            }
        }
        // Those that come when it is over make a call of their own.
        let isShared = try await givenEnoughTime(from: 700 * Self.ms) { time in
            let partner = Partner()
            partner.set(.silent)
            var calls = 0
            try await Self.run(CachePlan(ttl: Self.hour), partner) {
                $0.upstream.responseTimeout = time
            } _: { gateway, scripted in
                let answers = try await Self.askAll(gateway, 30, text)
                let statuses = Set(answers.map(Self.status))
                #expect(statuses == ["504"])
                calls = scripted.requests.count
            }
            return calls <= 10
        }
        #expect(isShared)
    }

    @Test(arguments: [get(), CacheTests.mediated])
    func aStaleAnswerStandsInForAPartnerThatFails(_ text: String) async throws {
        let isInTime = try await givenEnoughTime(from: 200 * Self.ms) { try await Self.standsIn(text, $0) }
        #expect(isInTime)
    }

    /// - Parameter time: what the partner has for an answer.
    /// - Returns: false when a good one took longer.
    private static func standsIn(_ text: String, _ time: Int64) async throws -> Bool {
        let partner = Partner()
        let plan = CachePlan(ttl: 50 * Self.ms, staleIfError: Self.hour)
        var isInTime = false
        try await Self.run(plan, partner) {
            $0.upstream.responseTimeout = time
        } _: { gateway, _ in
            guard try await Self.ask(gateway, text).hasSuffix("{\"n\":1}") else { return }
            try await Task.sleep(for: .milliseconds(70))
            for mode in [Partner.Mode.close, .status(500), .status(503), .silent] {
                partner.set(mode)
                let answer = try await Self.ask(gateway, text)
                #expect(answer.hasSuffix("{\"n\":1}"), "\(mode)")
                #expect(answer.contains("Cache-Status: waybill; fwd=stale"), "\(mode)")
            }
            partner.set(.status(500))
            let named = try await Self.ask(gateway, text)
            guard named.contains("; fwd-status=500\r\n") else { return }
            #expect(named.contains("; fwd=stale; fwd-status=500\r\n"))
            let many = try await Self.askAll(gateway, 20, text)
            #expect(many.allSatisfy { $0.hasSuffix("{\"n\":1}") })
            partner.set(.good)
            let fresh = try await Self.ask(gateway, text)
            #expect(Self.status(fresh) == "200")
            guard !fresh.hasSuffix("{\"n\":1}") else { return }
            isInTime = true
            guard text == get() else { return }
            // What is gone for good is not brought back.
            try await Task.sleep(for: .milliseconds(70))
            partner.set(.status(404))
            isInTime = Self.status(try await Self.ask(gateway, text)) == "404"
            guard isInTime else { return }
            partner.set(.status(500))
            #expect(Self.status(try await Self.ask(gateway, text)).hasPrefix("5"))
        }
        return isInTime
    }

    @Test func anOpenCircuitIsAFailureToo() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: 30 * Self.ms, staleIfError: Self.hour), partner) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(minimum: 2, window: Self.hour, openFor: Self.hour)
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
        let plan = CachePlan(ttl: 50 * Self.ms, staleWhileRevalidate: Self.hour)
        let partner = Partner()
        try await Self.run(plan, partner) { gateway, scripted in
            #expect(try await Self.ask(gateway, text).hasSuffix("{\"n\":1}"))
            partner.gate.close()
            try await Task.sleep(for: .milliseconds(70))
            let stale = try await Self.askAll(gateway, 10, text)
            #expect(stale.allSatisfy { $0.hasSuffix("{\"n\":1}") && $0.contains("Cache-Status: waybill; hit; ttl=") })
            let isAsked = await eventually { scripted.requests.count >= 2 }
            #expect(isAsked && scripted.requests.count == 2)
            partner.gate.open()
            let isFetched = await eventually { gateway.log.all.contains { $0.cache == .refresh } }
            #expect(isFetched)
            // It may be old again by now.
            let fresh = try await Self.ask(gateway, text)
            #expect(Self.status(fresh) == "200" && !fresh.hasSuffix("{\"n\":1}"), "\(fresh)")
            let refresh = gateway.log.all.first { $0.cache == .refresh }
            #expect(refresh?.attempts == 1 && refresh?.status == 200 && refresh?.outcome == .answered)
            #expect(await gateway.reaches { $0.callsInFlight == 0 })
        }
    }

    @Test func aRefreshThatFailsLeavesTheOldAnswer() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: 30 * Self.ms, staleWhileRevalidate: Self.hour), partner) { gateway, _ in
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
        let isSeen = try await givenEnoughTime(from: 50 * Self.ms) { pause in
            let partner = Partner(holds: true)
            var isSeen = false
            try await Self.run(CachePlan(ttl: Self.hour), partner) { gateway, scripted in
                let second = try await Self.twoThenOne(gateway, scripted, text, pause)
                partner.gate.open()
                let answer = try await onThread { second.receiveAnswer() }
                #expect(answer.hasSuffix("{\"n\":1}"))
                #expect(scripted.requests.count == 1)
                let records = await gateway.log.waitFor(2)
                isSeen = Set(records.map(\.outcome)) == [.answered, .abandoned]
            }
            return isSeen
        }
        #expect(isSeen)
    }

    /// Two clients ask for the same; the first one, whose call it is, goes away. Gives the second, after a pause in which the gateway
    /// may see it.
    private static func twoThenOne(
        _ gateway: GatewayFixture, _ scripted: ScriptedPartner, _ text: String, _ pause: Int64 = 50 * ms
    ) async throws -> RawClient {
        let port = gateway.port
        let first = try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client
        }
        #expect(await eventually { scripted.requests.count == 1 })
        let second = try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client
        }
        #expect(await gateway.reaches { $0.callsInFlight == 2 })
        first.reset()
        try await Task.sleep(for: .nanoseconds(pause))
        return second
    }

    /// In the middle of an answer that passes through.
    @Test func aStreamGoesOnWhenItsClientHasGone() async throws {
        let partner = Partner(holds: true)
        partner.set(.slow)
        try await Self.run(CachePlan(ttl: Self.hour), partner) { gateway, scripted in
            let second = try await Self.twoThenOne(gateway, scripted, get())
            partner.gate.open()
            #expect(try await onThread { second.receiveAnswer() }.hasSuffix(String(repeating: "x", count: 20)))
            #expect(scripted.requests.count == 1)
            #expect(try await Self.ask(gateway).hasSuffix("xxxx"))
            #expect(scripted.requests.count == 1)
        }
    }

    @Test func aLoneClientThatGoesEndsItsCall() async throws {
        let partner = Partner()
        partner.set(.silent)
        try await Self.run(CachePlan(ttl: Self.hour), partner) { gateway, scripted in
            let port = gateway.port
            try await onThread {
                let first = try RawClient(port: port)
                first.send(get())
                #expect(eventuallyOnThread { scripted.requests.count == 1 })
                first.reset()
            }
            #expect(await eventually { scripted.closed == 1 })
            partner.set(.good)
            #expect(try await Self.ask(gateway).hasSuffix("}"))
        }
    }

    /// The first client's own time is short; who waits has more.
    @Test func aShortDeadlineIsItsOwn() async throws {
        let isWaitedFor = try await givenEnoughTime(from: 200 * Self.ms) { time in
            let partner = Partner(holds: true)
            var isWaitedFor = false
            try await Self.run(CachePlan(ttl: Self.hour), partner) {
                $0.upstream.policies.deadlineHeader = Array("x-deadline".utf8)
            } _: { gateway, scripted in
                let port = gateway.port
                async let early = Self.ask(gateway, get("/pass", "X-Deadline: \(time / Self.ms)"))
                let hasCome = await eventually { scripted.requests.count == 1 || !gateway.log.all.isEmpty }
                #expect(hasCome)
                let second = try await onThread {
                    let client = try RawClient(port: port)
                    client.send(get())
                    return client
                }
                isWaitedFor = await gateway.reaches { $0.callsInFlight == 2 || !gateway.log.all.isEmpty }
                isWaitedFor = isWaitedFor && gateway.log.all.isEmpty
                #expect(Self.status(try await early) == "504")
                partner.gate.open()
                let answer = try await onThread { second.receiveAnswer() }
                #expect(Self.status(answer) == "200")
                if isWaitedFor { #expect(answer.hasSuffix("{\"n\":2}")) }
            }
            return isWaitedFor
        }
        #expect(isWaitedFor)
    }

    @Test func answersThatAreNotKeptAreNotWaitedForTwice() async throws {
        let partner = Partner(holds: true)
        let rest = Gate()
        let count = Mutex(0)
        let scripted = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            let isFirst = count.withLock {
                $0 += 1
                return $0 == 1
            }
            return .held(isFirst ? partner.gate : rest, then: .send(ok("secret", "Cache-Control: private")))
        }
        let gateway = try await GatewayFixture.start(partnerPort: scripted.port) {
            $0.cache = CachePlan(ttl: Self.hour)
            $0.upstream.maxConnections = 100
        }
        async let all = Self.askAll(gateway, 20, get(), partner)
        // One after the other they would not all be there.
        #expect(await eventually { scripted.requests.count == 20 })
        rest.open()
        let answers = try await all
        #expect(answers.allSatisfy { $0.hasSuffix("secret") })
        #expect(!answers.contains { $0.contains("collapsed") || $0.contains("hit") })
        #expect(scripted.requests.count == 20)
        await gateway.stop()
        await scripted.stop()
    }

    // MARK: Reload

    @Test func aReloadKeepsWhatMeansTheSame() async throws {
        let partner = Partner()
        try await Self.run(CachePlan(ttl: Self.hour, fingerprint: 7), partner) { gateway, scripted in
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}"))
            var settings = GatewayFixture.Settings(partnerPort: scripted.port)
            settings.generation = 2
            settings.cache = CachePlan(ttl: Self.hour, fingerprint: 7)
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":1}"))
            settings.generation = 3
            settings.cache = CachePlan(ttl: Self.hour, fingerprint: 8)
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
            #expect(try await Self.ask(gateway).hasSuffix("{\"n\":2}"))
            let caches = await gateway.server.metrics().caches
            #expect(caches.contains { $0.counts.misses == 2 && $0.counts.hits == 1 }, "counters go on")
        }
    }
}

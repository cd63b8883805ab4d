import Documents
import Proxy
import RouteGraph
import Testing

/// A partner's new version beside its current one: a share of the calls, with two real partners.
@Suite struct VersionTests {
    struct Both {
        var current: ScriptedPartner
        var next: ScriptedPartner
        var gateway: GatewayFixture
        var settings: GatewayFixture.Settings

        func stop() async {
            await gateway.stop()
            await current.stop()
            await next.stop()
        }

        /// Makes calls one after the other on one connection.
        func calls(_ texts: [String]) async throws -> [String] {
            let port = gateway.port
            return try await onThread {
                let client = try RawClient(port: port)
                return texts.map { text in
                    client.send(text)
                    return client.receiveAnswer()
                }
            }
        }

        /// What the metrics say when they hold, or when it was waited for that in vain.
        func version(_ isReached: (ProxyMetrics.Version) -> Bool) async throws -> ProxyMetrics.Version {
            _ = await gateway.reaches { $0.versions.first.map(isReached) ?? false }
            return try #require(await gateway.server.metrics().versions.first)
        }
    }

    static func start(
        _ current: @escaping ScriptedPartner.Script, _ next: @escaping ScriptedPartner.Script, loops: Int = 1,
        fields: [String] = [],
        _ configure: (inout GatewayFixture.Settings, inout NextVersionPlan) -> Void
    ) async throws -> Both {
        let one = try await ScriptedPartner(current)
        let other = try await ScriptedPartner(next)
        var settings = GatewayFixture.Settings(partnerPort: one.port)
        settings.upstream.basePath = "/v1"
        var plan = NextVersionPlan(settings.upstream, host: "127.0.0.1", port: other.port, basePath: "/v2/api")
        // What is left alone is not looked at again within a test.
        plan.breaker.openFor = Self.hour
        settings.version = OperationVersionPlan(
            by: nil, isCopied: true,
            fields: fields.map { ComparedField(name: $0, steps: $0.split(separator: ".").map(String.init)) },
            format: .json)
        configure(&settings, &plan)
        settings.upstream.next = plan
        let gateway = try await GatewayFixture.start(partnerPort: one.port, loops: loops) { [settings] in $0 = settings
        }
        return Both(current: one, next: other, gateway: gateway, settings: settings)
    }

    private static let hour: Int64 = 3_600_000_000_000

    static let post = get("/mediate", method: "POST", "Content-Length: 2") + "{}"

    /// A call that a kept answer ends takes nothing of the new version's share.
    @Test func keptAnswersTakeNoShare() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")), ScriptedPartner.always(ok("next"))
        ) {
            $0.cache = CachePlan(ttl: Self.hour)
            $1.split = 5000
        }
        // Each path twice: a call of the partner, and a kept answer.
        _ = try await both.calls((0..<20).map { get("/pass/\($0 / 2)") })
        #expect(both.current.requests.count + both.next.requests.count == 10)
        #expect((4...6).contains(both.next.requests.count), "\(both.next.requests.count) of 10")
        await both.stop()
    }

    @Test func theShareIsObserved() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")), ScriptedPartner.always(ok("next"))
        ) { $1.split = 2500 }
        let texts = (0..<80).map { $0 % 2 == 0 ? get("/pass/a?b=c") : Self.post }
        let answers = try await both.calls(texts)
        let fromNext = answers.count { $0.hasSuffix("next") }
        #expect(answers.count { $0.hasSuffix("current") } == 80 - fromNext)
        #expect((16...24).contains(fromNext), "\(fromNext)")
        #expect(both.next.requests.count == fromNext)
        // The path of the endpoint's URL and the host are the version's own.
        for request in both.next.requests {
            #expect(
                request.hasPrefix("GET /v2/api/pass/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(both.next.port)\r\n")
                    || request.hasPrefix("POST /v2/api/soap HTTP/1.1\r\nHost: 127.0.0.1:\(both.next.port)\r\n"),
                "\(request)")
            #expect(!request.contains("Waybill-Shadow"))
        }
        #expect(both.current.requests.allSatisfy { $0.contains(" /v1/") })
        let records = await both.gateway.log.waitFor(80)
        #expect(records.reduce(0) { $0 + $1.toNext } == fromNext)
        let version = try await both.version { $0.current.calls + $0.next.calls == 80 }
        #expect(version.next.calls == UInt64(fromNext) && version.next.failures == 0)
        #expect(version.current.calls == UInt64(80 - fromNext) && version.current.microseconds > 0)
        #expect(both.next.connections == 1, "kept, as the partner's are")
        await both.stop()
    }

    /// Nobody listens where the new version should be: every call is answered by the current one.
    @Test func aNewVersionThatIsNotThereCostsNobodyAnAnswer() async throws {
        let both = try await Self.start(ScriptedPartner.always(ok("current")), { _, _, _ in .close }) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(minimum: 2)
            $1.split = 10_000
            $1.port = 1
        }
        let answers = try await both.calls(Array(repeating: [get(), Self.post], count: 10).flatMap { $0 })
        #expect(answers.allSatisfy { $0.hasSuffix("current") }, "\(answers)")
        let records = await both.gateway.log.waitFor(20)
        // Five failures one after the other, then it is left alone.
        #expect(records.reduce(0) { $0 + $1.toNext } == 5)
        #expect(records[0].failures == [.connect] && records[0].attempts == 2)
        #expect(records[19].attempts == 1)
        let metrics = await both.gateway.server.metrics()
        #expect(metrics.partners.map(\.partner) == ["partner"])
        #expect(metrics.partners[0].circuitState == .closed && metrics.partners[0].retries == 0)
        let version = try #require(metrics.versions.first)
        #expect(version.circuit == .open && version.displaced == 15)
        #expect(version.next.failures == 5 && version.current.failures == 0)
        await both.stop()
    }

    /// Its errors reach callers until it is left alone; the circuit of the current version stays closed.
    @Test func aBrokenNewVersionIsLeftAloneAndOpensNoOtherCircuit() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")),
            ScriptedPartner.always("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        ) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(minimum: 2)
            $1.split = 10_000
        }
        let answers = try await both.calls(Array(repeating: get(), count: 12))
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 500") } == 5)
        #expect(answers.count { $0.hasSuffix("current") } == 7)
        #expect(await both.gateway.server.metrics().partners[0].circuitState == .closed)
        await both.stop()
    }

    @Test func oneCallFindsOutThatItWorksAgain() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")),
            { text, _, request in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                return request < 5 ? .send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") : .send(ok("next"))
            }
        ) {
            $1.split = 10_000
            $1.breaker.openFor = 1
        }
        let answers = try await both.calls(Array(repeating: get(), count: 8))
        #expect(answers.prefix(5).allSatisfy { $0.hasPrefix("HTTP/1.1 500") })
        #expect(answers.suffix(3).allSatisfy { $0.hasSuffix("next") }, "\(answers)")
        let version = try #require(await both.gateway.server.metrics().versions.first)
        #expect(version.circuit == .closed && version.next.failures == 5 && version.next.calls == 8)
        await both.stop()
    }

    /// The current version may not know the key, and would do the work a second time.
    @Test func whatOnlyTheNewVersionKnowsStaysThere() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")),
            { text, connection, _ in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                return connection == 0 ? .close : .send(ok("next"))
            }
        ) {
            $0.upstream.policies.retry = ResilienceTests.retry { $0.keyHeader = Array("x-correlation-id".utf8) }
            $1.split = 10_000
        }
        let answers = try await both.calls([Self.post])
        #expect(answers[0].hasSuffix("next"), "\(answers)")
        #expect(both.current.requests.isEmpty && both.next.requests.count == 2)
        #expect(Set(both.next.requests).count == 1)
        await both.stop()
    }

    /// Its circuit opens meanwhile: the call ends there, and is not made by the current version.
    @Test func whatOnlyTheNewVersionKnowsEndsThere() async throws {
        let both = try await Self.start(ScriptedPartner.always(ok("current")), { _, _, _ in .close }) {
            $0.upstream.policies.retry = ResilienceTests.retry { $0.keyHeader = Array("x-correlation-id".utf8) }
            $1.split = 10_000
            $1.failuresInARow = 1
        }
        let answers = try await both.calls([Self.post])
        #expect(answers[0].contains("partner-circuit-open"), "\(answers)")
        #expect(both.current.requests.isEmpty && both.next.requests.count == 1)
        await both.stop()
    }

    @Test func aRepetitionGoesToTheCurrentVersion() async throws {
        let both = try await Self.start(ScriptedPartner.always(ok("current")), { _, _, _ in .close }) {
            $0.upstream.policies.retry = ResilienceTests.retry()
            $1.split = 10_000
        }
        let answers = try await both.calls([get(), get()])
        #expect(answers.allSatisfy { $0.hasSuffix("current") }, "\(answers)")
        let records = await both.gateway.log.waitFor(2)
        #expect(records.allSatisfy { $0.toNext == 1 && $0.attempts == 2 && $0.failures == [.reset] }, "\(records)")
        #expect(both.current.requests.allSatisfy { $0.hasPrefix("GET /v1/pass ") })
        await both.stop()
    }

    /// The current version's open circuit refuses nothing that goes to the new one.
    @Test func theNewVersionHasACircuitOfItsOwn() async throws {
        let both = try await Self.start({ _, _, _ in .close }, ScriptedPartner.always(ok("next"))) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(minimum: 1, openFor: Self.hour)
            $1.split = 5000
        }
        let answers = try await both.calls(Array(repeating: get(), count: 20))
        let fromNext = answers.count { $0.hasSuffix("next") }
        #expect((8...12).contains(fromNext), "\(fromNext)")
        let partner = await both.gateway.server.metrics().partners[0]
        #expect(partner.circuitState == .open && partner.shortCircuits == UInt64(20 - fromNext - 1))
        await both.stop()
    }

    @Test func aReloadChangesTheShareAndCostsNoConnection() async throws {
        let both = try await Self.start(
            ScriptedPartner.always(ok("current")), ScriptedPartner.always(ok("next"))
        ) { $1.split = 10_000 }
        func install(_ split: Int) async throws {
            var settings = both.settings
            settings.generation += 1
            settings.upstream.next?.split = split
            await both.gateway.server.install(graph: try GatewayFixture.graph(settings))
        }
        let port = both.gateway.port
        func call() async throws -> String {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                return client.receiveAnswer()
            }
        }
        #expect(try await call().hasSuffix("next"))
        for round in 0..<3 {
            try await install(0)
            #expect(try await call().hasSuffix("current"), "\(round)")
            try await install(10_000)
            #expect(try await call().hasSuffix("next"), "\(round)")
        }
        #expect(both.current.connections == 1 && both.next.connections == 1)
        let version = try #require(await both.gateway.server.metrics().versions.first)
        #expect(version.next.calls == 4 && version.current.calls == 3, "counted on over reloads")
        // Without `next` it is gone, with its connections.
        var settings = both.settings
        settings.upstream.next = nil
        settings.version = nil
        await both.gateway.server.install(graph: try GatewayFixture.graph(settings))
        #expect(try await call().hasSuffix("current"))
        let metrics = await both.gateway.server.metrics()
        #expect(metrics.versions.isEmpty && metrics.pools.map(\.partner) == ["partner"])
        await both.stop()
    }
}

import Glibc
import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// Limits of the process while two loops serve: exact to within one for each loop.
@Suite(.serialized) struct SharedLimitTests {
    private static let ms: Int64 = 1_000_000
    private static let loops = 2

    /// Which thread each call ended on: one thread is one loop.
    private final class ThreadLog: CallLog, CallRecorder {
        let calls = Mutex<[pthread_t: Int]>([:])
        var refusesCalls: Bool { false }
        func recorder() -> any CallRecorder { self }
        func append(_ call: Call) { calls.withLock { $0[pthread_self(), default: 0] += 1 } }
    }

    /// Open connections, used from one thread at a time.
    private final class Clients: @unchecked Sendable {
        private let all: [RawClient]
        init(_ count: Int, port: Int) throws { all = try (0..<count).map { _ in try RawClient(port: port) } }
        func send(_ text: String) { for client in all { client.send(text) } }
        func answers() -> [String] { all.map { $0.receiveAnswer() } }
        func close() { for client in all { client.close() } }
    }

    private static func calls(_ text: String, _ count: Int, port: Int) async throws -> [String] {
        try await onThread {
            let clients = try Clients(count, port: port)
            clients.send(text)
            defer { clients.close() }
            return clients.answers()
        }
    }

    @Test func connectionsAreSpreadOverTheLoops() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let log = ThreadLog()
        let server = ProxyServer(loops: Self.loops, callLog: log, authenticator: TestAuthenticator())
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        settings.upstream.maxConnections = 400
        let port = try await server.start(graph: try GatewayFixture.graph(settings))[0].port
        let answers = try await Self.calls(get(), 200, port: port)
        #expect(answers.allSatisfy { $0.hasSuffix("fine") })
        let calls = log.calls.withLock { $0.values.sorted() }
        // The kernel chooses by a hash of the addresses: 100 of 200, more or less. Fewer than 50 comes once in 10^12.
        #expect(calls.count == Self.loops && calls.allSatisfy { $0 >= 50 }, "\(calls)")
        await server.drain(grace: .milliseconds(200))
        await server.stop()
        await partner.stop()
        print("200 connections on two loops: \(calls)")
    }

    @Test func theRate() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.upstream.policies.rate = RateLimitPlan(count: 1, interval: 600_000 * Self.ms, burst: 40)
        }
        let answers = try await Self.calls(get(), 160, port: gateway.port)
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200") } == 40)
        #expect(partner.requests.count == 40)
        await gateway.stop()
        await partner.stop()
    }

    /// A partner that answers nobody until all have come: what it has seen is what is under way.
    @Test func callsAtOnceToAPartner() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { _, _, _ in .held(gate, then: .send(ok("fine"))) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 7, queue: 0)
        }
        async let all = Self.calls(get(), 60, port: gateway.port)
        #expect(await gateway.reaches { Int($0.partners[0].permitRefusals) + partner.requests.count == 60 })
        gate.open()
        let answers = try await all
        #expect(partner.connections == 7)
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200") } == 7)
        #expect(answers.count { $0.contains("partner-queue-full") } == 53)
        await gateway.stop()
        await partner.stop()
    }

    @Test func callsUnderWay() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { _, _, _ in .held(gate, then: .send(ok("fine"))) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.gateway.limits.calls = 9
        }
        // None of the places is lost after the first round.
        for round in 1...2 {
            gate.close()
            async let all = Self.calls(get(), 60, port: gateway.port)
            #expect(await gateway.reaches { Int($0.refusals.calls) + partner.requests.count == 60 * round })
            gate.open()
            let answers = try await all
            let served = answers.count { $0.hasPrefix("HTTP/1.1 200") }
            #expect((9 - Self.loops...9 + Self.loops).contains(served), "\(served)")
            #expect(answers.count { $0.contains("\"code\":\"overloaded\"") } == 60 - served)
            #expect(await gateway.settles())
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func connectionsOfConsumers() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.gateway.limits.connections = 21
        }
        let port = gateway.port
        for _ in 0..<2 {
            // Who is refused has a second to take the answer. A machine that sleeps over it gets another try.
            let areAnswered = try await givenEnoughTime(from: 1) { _ in
                let clients = try await onThread { try Clients(60, port: port) }
                let answers = try await onThread {
                    clients.send(get())
                    return clients.answers()
                }
                clients.close()
                let served = answers.count { $0.hasPrefix("HTTP/1.1 200") }
                #expect((21...21 + Self.loops).contains(served))
                let refused = answers.count { $0.hasPrefix("HTTP/1.1 503") && $0.contains("too many connections") }
                let silent = answers.count { $0.isEmpty }
                #expect(served + refused + silent == 60)
                #expect(await gateway.settles())
                return silent == 0
            }
            #expect(areAnswered)
        }
        await gateway.stop()
        await partner.stop()
    }

    /// The listeners of one loop are stopped, and the connections that end are the other's: it looks by itself.
    @Test func secureClientsThatWaitComeInWhenAnyLoopHasRoom() async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let listener = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")))
        // One after the other, since a loop that accepts several at once may have to cut some off.
        let comeOneByOne = try await givenEnoughTime(from: 20 * Self.ms) { pause in
            let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
                $0.gateway.listeners[0].tls = listener
                $0.gateway.limits.connections = 8
            }
            let port = gateway.port
            var holders: [Clients] = []
            for count in 1...8 {
                holders.append(try await onThread { try Clients(1, port: port) })
                let isAccepted = await gateway.reaches { $0.acceptedConnections == UInt64(count) }
                #expect(isAccepted)
            }
            var waiting: [Clients] = []
            for _ in 0..<10 {
                waiting.append(try await onThread { try Clients(1, port: port) })
                try await Task.sleep(for: .nanoseconds(pause))
            }
            let metrics = await gateway.server.metrics()
            let open = metrics.openConnections
            #expect((8...8 + Self.loops).contains(open), "\(open)")
            // Those whose loop has met the limit wait, the listeners of both are stopped by now. All that wait come in.
            for client in holders { client.close() }
            let isGood = metrics.refusedConnections == 0
            if isGood {
                let comeIn = await gateway.reaches { $0.acceptedConnections >= UInt64(open) + 3 }
                #expect(comeIn)
            }
            for client in waiting { client.close() }
            await gateway.stop()
            return isGood
        }
        #expect(comeOneByOne)
        await partner.stop()
    }

    @Test func connectionsToAPartner() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { _, _, _ in .held(gate, then: .send(ok("fine"))) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 9
        }
        let port = gateway.port
        async let answers = Self.calls(get(), 60, port: port)
        #expect(await eventually { partner.connections >= 9 })
        #expect(await gateway.reaches { $0.callsInFlight + gateway.log.all.count == 60 })
        // Time in which no more may come.
        try await Task.sleep(for: .milliseconds(200))
        gate.open()
        // The line for a connection has an end.
        let served = try await answers.count { $0.hasPrefix("HTTP/1.1 200") }
        #expect(try await answers.count { $0.contains("partner-queue-full") } == 60 - served)
        #expect(served >= 25, "\(served)")
        #expect((9...9 + Self.loops - 1).contains(partner.connections), "\(partner.connections)")
        await gateway.stop()
        await partner.stop()
    }

    @Test func anOpenCircuitIsOpenOnAllLoops() async throws {
        let partner = try await ScriptedPartner(
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: Self.loops) {
            $0.upstream.maxConnections = 64
            $0.upstream.policies.breaker = CircuitBreakerPlan(
                failurePercent: 50, minimum: 20, window: 3_600_000 * Self.ms, openFor: 1500 * Self.ms)
        }
        let port = gateway.port
        // One after the other: nothing is under way when it opens. Gives how many were refused, and how many probes the time allowed.
        let oneByOne: @Sendable (Int) async throws -> (refused: Int, probes: Int) = { count in
            try await onThread {
                let began = Clock.monotonic()
                var refused = 0
                for _ in 0..<count {
                    let client = try RawClient(port: port)
                    client.send(get())
                    if client.receiveAnswer().contains("partner-circuit-open") { refused += 1 }
                }
                return (refused, Int((Clock.monotonic() - began) / (1500 * Self.ms)))
            }
        }
        let first = try await oneByOne(40)
        let seen = 40 - first.refused
        // One loop has seen its share of ten, the other fewer.
        #expect((10...19 + first.probes).contains(seen), "\(seen)")
        #expect(partner.requests.count == seen)
        try await Task.sleep(for: .milliseconds(1600))
        let second = try await oneByOne(20)
        #expect((1...1 + second.probes).contains(20 - second.refused), "one call finds out for both")
        #expect(partner.requests.count == seen + 20 - second.refused)
        await gateway.stop()
        await partner.stop()
    }
}

import Proxy
import RouteGraph
import TestSupport
import Testing

@Suite struct LifeCycleTests {
    @Test func disconnectCancelsThePartnersWork() async throws {
        for text in [get(), PartnerFailureTests.mediate] {
            let partner = try await ScriptedPartner { _, _, _ in .wait }
            let gateway = try await GatewayFixture.start(partnerPort: partner.port)
            let port = gateway.port
            try await onThread {
                let client = try RawClient(port: port)
                client.send(text)
                #expect(eventuallyOnThread { partner.connections == 1 })
                client.close()
            }
            let records = await gateway.log.waitFor(1)
            #expect(records.map(\.outcome) == [.abandoned])
            #expect(await eventually { partner.closed == 1 })
            #expect(await gateway.settles())
            await gateway.stop()
            await partner.stop()
        }
    }

    @Test func halfClosedClientIsAnswered() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .pieces(["", "", "", ok("late")]) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        // The gateway gives the partner a second more. A machine that sleeps over it gets another try.
        let isAnswered = try await givenEnoughTime(from: 1) { _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get() + get())
                client.closeOutput()
                return client.receiveAll().components("late") == 2
            }
        }
        #expect(isAnswered)
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func reloadKeepsWhatIsUnderWay() async throws {
        let gate = Gate()
        let first = try await ScriptedPartner { _, _, request in
            request == 0 ? .send(ok("first")) : .held(gate, then: .send(ok("first")))
        }
        let second = try await ScriptedPartner(ScriptedPartner.always(ok("second")))
        var settings = GatewayFixture.Settings(partnerPort: first.port)
        let log = RecordingLog()
        let server = ProxyServer(loops: 2, callLog: log, authenticator: TestAuthenticator())
        let port = try await server.start(graph: GatewayFixture.graph(settings))[0].port
        let reader = Task {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                let before = client.receiveAnswer()
                client.send(get())
                let during = client.receiveAnswer()
                client.send(get())
                return [before, during, client.receiveAnswer()]
            }
        }
        #expect(await eventually { first.requests.count == 2 })
        settings.upstream.port = second.port
        settings.generation = 2
        await server.install(graph: try GatewayFixture.graph(settings))
        #expect(await server.addresses[0].port == port)
        gate.open()
        let answers = try await reader.value
        #expect(answers[0].hasSuffix("first"))
        #expect(answers[1].hasSuffix("first"))
        #expect(answers[2].hasSuffix("second"))
        let metrics = await server.metrics()
        #expect(metrics.operations[0].count(.answered) == 3)
        // The old pool has let go of its connection.
        #expect(await eventually { first.closed == 1 })
        await server.drain(grace: .milliseconds(100))
        await server.stop()
        await first.stop()
        await second.stop()
    }

    @Test func unchangedPartnerKeepsItsConnectionsOverReloads() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        for generation in 2...10 {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 200"))
            }
            settings.generation = UInt64(generation)
            settings.gateway.limits.body += 1
            await gateway.server.install(graph: try GatewayFixture.graph(settings))
        }
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func listenersComeAndGo() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        settings.gateway.listeners = [ListenerPlan(host: "127.0.0.2", port: 0)]
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        let old = gateway.port
        #expect(await gateway.server.addresses.map(\.host) == ["127.0.0.2"])
        await #expect(throws: RawClient.Refused.self) {
            try await onThread { _ = try RawClient(port: old) }
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func drainFinishesCallsAndRefusesConnections() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { _, _, _ in .held(gate, then: .send(ok("done"))) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        let busy = Task {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                return client.receiveAll()
            }
        }
        let idle = Task {
            try await onThread {
                let client = try RawClient(port: port)
                return client.receiveAll()
            }
        }
        #expect(await gateway.reaches { $0.openConnections == 2 && partner.requests.count == 1 })
        let clock = ContinuousClock()
        let began = clock.now
        async let drain: Void = gateway.server.drain(grace: .seconds(600))
        #expect(try await idle.value == "", "it has begun")
        gate.open()
        await drain
        #expect(clock.now - began < .seconds(250))
        let answer = try await busy.value
        #expect(answer.hasSuffix("done"))
        #expect(answer.contains("Connection: close"))
        await #expect(throws: RawClient.Refused.self) {
            try await onThread { _ = try RawClient(port: port) }
        }
        await gateway.server.stop()
        await partner.stop()
    }

    @Test func graceEndsCallsThatDoNotEnd() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .held(Gate(), then: .wait) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        let hanging = Task {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                return client.receiveAll()
            }
        }
        #expect(await eventually { partner.requests.count == 1 })
        await gateway.server.drain(grace: .milliseconds(200))
        #expect(try await hanging.value == "")
        #expect(gateway.log.all.map(\.outcome) == [.abandoned])
        await gateway.server.stop()
        await partner.stop()
    }
}

extension String {
    /// How often the text occurs.
    func components(_ text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}

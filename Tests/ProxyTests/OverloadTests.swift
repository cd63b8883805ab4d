import RouteGraph
import TestSupport
import Testing

@testable import Proxy

/// More than the gateway can take: it says so early, and goes on by itself.
@Suite struct OverloadTests {
    @Test func memoryAboveTheMarkEndsMediationOnly() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.gateway.limits.memory = .bytes(1)
        }
        let port = gateway.port
        let ask: @Sendable (String) async throws -> String = { text in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(text)
                return client.receiveAnswer()
            }
        }
        let post = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
        let refused = try await ask(post)
        #expect(refused.hasPrefix("HTTP/1.1 503"))
        #expect(refused.contains("Retry-After: 2\r\n") && refused.contains("overloaded"))
        #expect(try await ask(get()).hasPrefix("HTTP/1.1 200"))
        let low = await gateway.server.metrics()
        #expect(low.refusals.memory == 1 && low.memory.isHigh && low.memory.mark == 1 && low.memory.used > 1)
        settings.gateway.limits.memory = .bytes(1 << 45)
        settings.generation = 2
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        // The listener of the fixture is another one now: ask at its port.
        let moved = await gateway.server.addresses[0].port
        let answer = try await onThread {
            let client = try RawClient(port: moved)
            client.send(post)
            return client.receiveAnswer()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        await gateway.stop()
        await partner.stop()
    }

    @Test func marksInBytes() throws {
        #expect(MemoryWatch.bytes(.bytes(77), of: nil) == 77)
        #expect(MemoryWatch.bytes(.percent(80), of: 1000) == 800)
        #expect(MemoryWatch.bytes(.percent(80), of: nil) == .max)
        #expect(!MemoryWatch.isHigh(1000, mark: 1000, wasHigh: false))
        #expect(MemoryWatch.isHigh(1001, mark: 1000, wasHigh: false))
        #expect(MemoryWatch.isHigh(960, mark: 1000, wasHigh: true))
        #expect(!MemoryWatch.isHigh(950, mark: 1000, wasHigh: true))
        let resident = MemoryWatch.resident()
        let available = try #require(MemoryWatch.available())
        #expect(resident > 1 << 20 && resident < available)
    }

    @Test func theGateOpensWellBelowTheLimit() {
        #expect([1, 2, 16, 100, 10_000].map(AcceptGate.lowMark) == [0, 1, 15, 94, 9375])
    }

    /// Clients beyond the limit of a TLS listener wait in the kernel's queue, and come in when there is room.
    @Test func secureClientsWaitInsteadOfBeingCutOff() async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let listener = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.gateway.listeners[0].tls = listener
            $0.gateway.limits.connections = 2
        }
        // Connections that say nothing hold the places.
        let port = gateway.port
        let holders = try await onThread { Holders(try (0..<2).map { _ in try RawClient(port: port) }) }
        #expect(await gateway.reaches { $0.openConnections == 2 })
        let waiting = try await onThread { Holders([try RawClient(port: port)]) }
        #expect(await gateway.reaches { $0.accepting.paused == 1 })
        // Time in which it must not come in.
        try await Task.sleep(for: .milliseconds(150))
        #expect(await gateway.server.metrics().acceptedConnections == 2)
        #expect(await gateway.server.metrics().refusedConnections == 0)
        let full = await gateway.server.metrics().accepting
        #expect(full.paused == 1 && full.pauses >= 1)
        holders.close()
        #expect(await gateway.reaches { $0.acceptedConnections == 3 })
        waiting.close()
        await gateway.stop()
        await partner.stop()
    }

    /// A reload raises the limit: those who wait come in, although nobody has left.
    @Test func secureClientsThatWaitComeInWhenTheLimitIsRaised() async throws {
        let folder = try CertificateFolder.shared.get()
        var settings = GatewayFixture.Settings(partnerPort: 1)
        settings.gateway.listeners[0].tls = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")))
        settings.gateway.limits.connections = 2
        let gateway = try await GatewayFixture.start(partnerPort: 1) { [settings] in $0 = settings }
        let port = gateway.port
        func accepts(_ count: UInt64) async throws -> Bool {
            for _ in 0..<300 {
                if await gateway.server.metrics().acceptedConnections == count { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }
        let holders = try await onThread { Holders(try (0..<2).map { _ in try RawClient(port: port) }) }
        #expect(try await accepts(2))
        let waiting = try await onThread { Holders([try RawClient(port: port)]) }
        for _ in 0..<300 {
            if await gateway.server.metrics().accepting.paused == 1 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await gateway.server.metrics().accepting.paused == 1)
        settings.generation = 2
        settings.gateway.limits.connections = 20
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        #expect(try await accepts(3))
        #expect(await gateway.server.metrics().accepting.paused == 0)
        holders.close()
        waiting.close()
        await gateway.stop()
    }

    private final class Holders: @unchecked Sendable {
        private let clients: [RawClient]
        init(_ clients: [RawClient]) { self.clients = clients }
        func close() { for client in clients { client.close() } }
    }
}

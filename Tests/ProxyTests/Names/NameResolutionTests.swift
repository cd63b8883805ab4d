import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Partners' names, looked up at a real DNS server whose answers change.
@Suite struct NameResolutionTests {
    private static let host = "bank.waybill-test.example"

    /// One call on a connection of its own.
    private static func call(_ port: Int) async throws -> String {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            return client.receiveAnswer(milliseconds: 60_000)
        }
    }

    private static func gateway(
        _ partnerPort: Int, _ names: TestNameServer, loops: Int = 1,
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in }
    ) async throws -> GatewayFixture {
        try await GatewayFixture.start(partnerPort: partnerPort, loops: loops) {
            $0.upstream.host = Self.host
            $0.upstream.connectTimeout = 60_000_000_000
            $0.gateway.names.servers = [NameSettings.Server(address: "127.0.0.1", port: names.port)]
            $0.gateway.names.minimumTTL = 200_000_000
            configure(&$0)
        }
    }

    /// Two partners at one port: at 127.0.0.1 and 127.0.0.2.
    private static func partners(_ first: String, _ second: String) async throws -> (ScriptedPartner, ScriptedPartner) {
        for _ in 0..<20 {
            let one = try await ScriptedPartner(ScriptedPartner.always(ok(first)))
            if let two = try? await ScriptedPartner(
                host: "127.0.0.2", port: one.port, ScriptedPartner.always(ok(second)))
            {
                return (one, two)
            }
            await one.stop()
        }
        throw RawClient.Refused()
    }

    @Test(arguments: [1, 2]) func callsMoveWithTheAddressAndNoneFails(_ loops: Int) async throws {
        let names = try await TestNameServer()
        let (one, two) = try await Self.partners("one", "two")
        let gateway = try await Self.gateway(one.port, names, loops: loops)
        for _ in 0..<4 { #expect(try await Self.call(gateway.port).hasSuffix("one")) }
        #expect(one.connections > 0 && two.connections == 0)
        names.change { $0.four = [[127, 0, 0, 2]] }
        let isMoved = try await eventually {
            let answer = try await Self.call(gateway.port)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            return answer.hasSuffix("two")
        }
        #expect(isMoved)
        #expect(await eventually { one.closed == one.connections }, "what was idle there is closed")
        let before = one.requests.count
        for _ in 0..<6 { #expect(try await Self.call(gateway.port).hasSuffix("two")) }
        #expect(one.requests.count == before)
        let metrics = await gateway.server.metrics()
        #expect(metrics.partnerMoves > 0)
        #expect(metrics.names.map(\.name) == [Self.host])
        #expect(metrics.names[0].lookups >= 2 && metrics.names[0].failures == 0 && metrics.names[0].addresses == 1)
        #expect(gateway.log.all.allSatisfy { $0.failures.isEmpty })
        await gateway.stop()
        await one.stop()
        await two.stop()
        await names.stop()
    }

    @Test func aBusyConnectionEndsAfterItsCall() async throws {
        let names = try await TestNameServer()
        let body = String(repeating: "x", count: 60)
        let pieces = ["HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"] + body.map(String.init)
        let one = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .pieces(pieces) : .wait
        }
        let gateway = try await Self.gateway(one.port, names)
        async let slow = Self.call(gateway.port)
        #expect(await eventually { one.requests.count == 1 })
        names.change { $0.four = [[127, 0, 0, 3]] }
        #expect(try await slow.hasSuffix("\r\n\r\n\(body)"))
        #expect(await eventually { one.closed == 1 }, "its address was gone when the call ended")
        #expect(await gateway.server.metrics().partnerMoves == 1)
        await gateway.stop()
        await one.stop()
        await names.stop()
    }

    /// Streams that are open end by themselves, and new ones go to the new address.
    @Test func connectionsByHTTP2AreGivenUp() async throws {
        let names = try await TestNameServer()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        var inner: [GatewayFixture] = []
        for _ in 0..<20 where inner.count < 2 {
            let one = try await GatewayFixture.start(partnerPort: partner.port, authenticator: Everybody()) {
                $0.gateway.listeners = [ListenerPlan(host: "127.0.0.1", port: 0, versions: .http2)]
            }
            let port = one.port
            let two = try? await GatewayFixture.start(partnerPort: partner.port, authenticator: Everybody()) {
                $0.gateway.listeners = [ListenerPlan(host: "127.0.0.2", port: port, versions: .http2)]
            }
            if let two { inner = [one, two] } else { await one.stop() }
        }
        try #require(inner.count == 2)
        let gateway = try await Self.gateway(inner[0].port, names) { $0.upstream.http = .http2 }
        #expect(try await Self.call(gateway.port).hasSuffix("fine"))
        #expect(await inner[0].log.waitFor(1).count == 1)
        names.change { $0.four = [[127, 0, 0, 2]] }
        let isMoved = try await eventually {
            let answer = try await Self.call(gateway.port)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            return !inner[1].log.all.isEmpty
        }
        #expect(isMoved)
        #expect(await inner[0].settles(), "no connection is left there")
        await gateway.stop()
        for one in inner { await one.stop() }
        await partner.stop()
        await names.stop()
    }

    @Test func oldAddressesServeWhileNobodyAnswers() async throws {
        let names = try await TestNameServer()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let isServed = try await givenEnoughTime(from: 1_500_000_000) { stale in
            names.change { $0.code = 0 }
            let gateway = try await Self.gateway(partner.port, names) {
                $0.upstream.requestsPerConnection = 1
                $0.gateway.names.stale = stale
            }
            #expect(try await Self.call(gateway.port).hasSuffix("fine"))
            names.change { $0.code = 2 }
            var isStale = false
            _ = await eventually {
                let name = await gateway.server.metrics().names.first
                isStale = name?.isStale == true
                return isStale || name?.addresses == 0
            }
            let answer = try await Self.call(gateway.port)
            await gateway.stop()
            return isStale && answer.hasSuffix("fine")
        }
        #expect(isServed)
        await partner.stop()
        await names.stop()
    }

    @Test func oldAddressesDoNotServeForEver() async throws {
        let names = try await TestNameServer()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await Self.gateway(partner.port, names) {
            $0.upstream.requestsPerConnection = 1
            $0.gateway.names.stale = 300_000_000
        }
        #expect(try await Self.call(gateway.port).hasSuffix("fine"))
        names.change { $0.code = 2 }
        #expect(try await eventually { try await Self.call(gateway.port).hasPrefix("HTTP/1.1 502") })
        names.change { $0.code = 0 }
        #expect(try await eventually { try await Self.call(gateway.port).hasSuffix("fine") })
        #expect(await gateway.server.metrics().names.first.map { $0.failures > 0 && !$0.isStale } == true)
        await gateway.stop()
        await partner.stop()
        await names.stop()
    }

    @Test func aNameThatDoesNotExistIsAFailureToConnect() async throws {
        let names = try await TestNameServer { $0.code = 3 }
        let gateway = try await Self.gateway(9, names)
        #expect(try await Self.call(gateway.port).hasPrefix("HTTP/1.1 502"))
        #expect(await gateway.log.waitFor(1).first?.failures == [.connect])
        #expect(await gateway.server.metrics().names.first?.absent == 1)
        await gateway.stop()
        await names.stop()
    }

    /// A server that says nothing does not keep a call beyond its time to connect, and the end of the gateway waits for nobody.
    @Test func silenceEndsWithTheTimeToConnect() async throws {
        let names = try await TestNameServer { $0.isSilent = true }
        let gateway = try await Self.gateway(9, names) { $0.upstream.connectTimeout = 200_000_000 }
        #expect(try await Self.call(gateway.port).hasPrefix("HTTP/1.1 502"))
        // The resolver itself waits for ten seconds: it is asked still.
        #expect(await gateway.server.metrics().names.first.map { $0.lookups } ?? 0 == 0)
        await gateway.stop()
        #expect(names.asked.udp > 0)
        await names.stop()
    }

    @Test func longAnswersComeByTCP() async throws {
        let names = try await TestNameServer {
            $0.needsTCP = true
            $0.four = (1...40).map { [127, 0, 1, UInt8($0)] } + [[127, 0, 0, 1]]
        }
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await Self.gateway(partner.port, names)
        #expect(try await Self.call(gateway.port).hasSuffix("fine"), "the one address where somebody is")
        #expect(names.asked.tcp >= 2)
        #expect(await gateway.server.metrics().names.first?.addresses == 41)
        await gateway.stop()
        await partner.stop()
        await names.stop()
    }

    @Test func answersOfOthersAreNotTaken() async throws {
        let names = try await TestNameServer { $0.isSpoofed = true }
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await Self.gateway(partner.port, names) { $0.upstream.requestsPerConnection = 1 }
        for _ in 0..<4 { #expect(try await Self.call(gateway.port).hasSuffix("fine")) }
        #expect(names.state.identifiers.withLock { $0.count } > 1)
        await gateway.stop()
        await partner.stop()
        await names.stop()
    }

    /// An address of IPv6 that leads nowhere costs a moment, not the call.
    @Test func theOtherProtocolIsTried() async throws {
        let names = try await TestNameServer {
            $0.six = [[0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]]
        }
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await Self.gateway(partner.port, names)
        #expect(try await Self.call(gateway.port).hasSuffix("fine"))
        #expect(await gateway.server.metrics().names.first?.addresses == 2)
        await gateway.stop()
        await partner.stop()
        await names.stop()
    }

    @Test func otherServersAreAskedAfterAReload() async throws {
        let (before, after) = (
            try await TestNameServer { $0.seconds = 3000 }, try await TestNameServer { $0.seconds = 3000 }
        )
        let (one, two) = try await Self.partners("one", "two")
        after.change { $0.four = [[127, 0, 0, 2]] }
        let gateway = try await Self.gateway(one.port, before)
        #expect(try await Self.call(gateway.port).hasSuffix("one"))
        var settings = GatewayFixture.Settings(partnerPort: one.port)
        settings.upstream.host = Self.host
        settings.upstream.connectTimeout = 5_000_000_000
        settings.gateway.listeners = [ListenerPlan(host: "127.0.0.1", port: gateway.port)]
        settings.gateway.names.servers = [NameSettings.Server(address: "127.0.0.1", port: after.port)]
        settings.generation = 2
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        #expect(try await eventually { try await Self.call(gateway.port).hasSuffix("two") })
        await gateway.stop()
        await one.stop()
        await two.stop()
        await before.stop()
        await after.stop()
    }
}

/// Knows every caller.
private struct Everybody: Authenticator {
    func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? { 0 }
}

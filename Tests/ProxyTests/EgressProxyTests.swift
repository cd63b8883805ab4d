import RouteGraph
import TestSupport
import Testing

@testable import Proxy

/// An HTTP proxy between the gateway and its partners.
@Suite struct EgressProxyTests {
    private static func call(_ port: Int, _ text: String = get()) async throws -> String {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receiveAnswer()
        }
    }

    /// A partner by mutual TLS, and what the gateway needs to reach it.
    private static func secured(_ partner: ScriptedPartner) async throws -> (GatewayFixture, ClientTLSPlan) {
        let folder = try CertificateFolder.shared.get()
        let listener = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")),
            clientAuthority: try folder.bytes("ca.pem"), requireClientCertificate: true)
        let inner = try await GatewayFixture.start(partnerPort: partner.port) { $0.gateway.listeners[0].tls = listener }
        let plan = ClientTLSPlan(
            certificates: try folder.bytes("client.pem"), key: Secret(try folder.bytes("client.key")),
            authority: try folder.bytes("ca.pem"), minimum: .v13)
        return (inner, plan)
    }

    @Test(arguments: [false, true]) func mutualTLSGoesThroughTheTunnel(_ isSlow: Bool) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("secret")))
        let (inner, tls) = try await Self.secured(partner)
        let proxy = try await ConnectProxy(isSlow ? .slow : .works(authorization: "Basic d2I6cHc="))
        let way = ForwardProxy(host: "localhost", port: proxy.port, authorization: Secret(Array("Basic d2I6cHc=".utf8)))
        let outer = try await GatewayFixture.start(partnerPort: inner.port) {
            $0.upstream.tls = tls
            $0.upstream.proxy = way
        }
        for _ in 0..<3 { #expect(try await Self.call(outer.port).hasSuffix("secret")) }
        let target = "127.0.0.1:\(inner.port)"
        #expect(
            proxy.asked == [
                "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\nProxy-Authorization: Basic d2I6cHc=\r\n\r\n"
            ], "one tunnel is kept for all calls")
        #expect(partner.requests.allSatisfy { !$0.lowercased().contains("proxy-authorization") })
        await outer.stop()
        await inner.stop()
        await proxy.stop()
        await partner.stop()
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var behaviour: ConnectProxy.Behaviour
    }

    static let bad = [
        Bad(testDescription: "other credentials wanted", behaviour: .works(authorization: "Basic eDp5")),
        Bad(testDescription: "forbidden", behaviour: .says("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")),
        Bad(testDescription: "partner not reached", behaviour: .says("HTTP/1.1 502 No\r\n\r\n<html>no</html>")),
        Bad(testDescription: "garbage", behaviour: .says("SSH-2.0-OpenSSH_9.0\r\n")),
        Bad(testDescription: "redirect", behaviour: .says("HTTP/1.1 302 Away\r\nLocation: /\r\n\r\n")),
        Bad(testDescription: "bytes behind the head", behaviour: .says("HTTP/1.1 200 Fine\r\n\r\nabc")),
        Bad(
            testDescription: "endless head",
            behaviour: .says("HTTP/1.1 200 Fine\r\n" + String(repeating: "A: bbbbbbbbbbbbbb\r\n", count: 2000))),
        Bad(
            testDescription: "interim flood",
            behaviour: .says(String(repeating: "HTTP/1.1 102 Wait\r\n\r\n", count: 100))),
        Bad(testDescription: "closes", behaviour: .closes), Bad(testDescription: "hangs", behaviour: .isSilent),
    ]

    @Test(arguments: bad) func aBadProxyIsSaidToBeOne(_ test: Bad) async throws {
        let proxy = try await ConnectProxy(test.behaviour)
        let way = ForwardProxy(host: "127.0.0.1", port: proxy.port)
        let gateway = try await GatewayFixture.start(partnerPort: 9) {
            $0.upstream.tls = ClientTLSPlan()
            $0.upstream.proxy = way
            if case .isSilent = test.behaviour { $0.upstream.connectTimeout = 300_000_000 }
        }
        let answer = try await Self.call(gateway.port)
        #expect(answer.hasPrefix("HTTP/1.1 502"))
        #expect(answer.contains("partner-proxy"), "\(answer)")
        #expect(await gateway.log.waitFor(1).first?.failures == [.proxy])
        #expect(await gateway.settles { $0.open == 0 && $0.waiting == 0 })
        await gateway.stop()
        await proxy.stop()
    }

    @Test(arguments: [false, true]) func aProxyThatIsNotThereIsSaidToBeMissing(_ isSecure: Bool) async throws {
        let gateway = try await GatewayFixture.start(partnerPort: 9) {
            if isSecure { $0.upstream.tls = ClientTLSPlan() }
            $0.upstream.proxy = ForwardProxy(host: "127.0.0.1", port: 1)
        }
        #expect(try await Self.call(gateway.port).contains("partner-proxy"))
        await gateway.stop()
    }

    @Test func plainPartnersAreAskedForByTheWholeURL() async throws {
        let proxy = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let way = ForwardProxy(host: "127.0.0.1", port: proxy.port, authorization: Secret(Array("Basic eDp5".utf8)))
        let gateway = try await GatewayFixture.start(partnerPort: 8123) {
            $0.upstream.host = "partner.example"
            $0.upstream.proxy = way
        }
        #expect(try await Self.call(gateway.port, get("/pass/a?b=c")).hasSuffix("fine"))
        let post = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
        #expect(try await Self.call(gateway.port, post).hasSuffix("fine"))
        let seen = proxy.requests
        try #require(seen.count == 2)
        #expect(
            seen[0].hasPrefix(
                "GET http://partner.example:8123/pass/a?b=c HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n"))
        #expect(seen[1].hasPrefix("POST http://partner.example:8123/soap HTTP/1.1\r\n"))
        #expect(seen[1].hasSuffix("\r\n\r\n{}"))
        #expect(seen.allSatisfy { $0.contains("\r\nHost: partner.example:8123\r\n") })
        #expect(proxy.connections == 1)
        await gateway.stop()
        await proxy.stop()
    }

    @Test func credentialsThatThePlainProxyRefusesAreNoAnswerOfThePartner() async throws {
        let refusal = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
        let proxy = try await ScriptedPartner(ScriptedPartner.always(refusal))
        let way = ForwardProxy(host: "127.0.0.1", port: proxy.port)
        let gateway = try await GatewayFixture.start(partnerPort: 80) { $0.upstream.proxy = way }
        #expect(try await Self.call(gateway.port).contains("partner-proxy"))
        await gateway.stop()
        await proxy.stop()
    }

    @Test func placesBehindAProxyAreCheckedThroughIt() async throws {
        let proxy = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            if text.hasPrefix("GET http://one.example/health ") {
                return .sendAndClose("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            }
            return .send(ok(text.contains("two.example") ? "second" : "first"))
        }
        let way = ForwardProxy(host: "127.0.0.1", port: proxy.port)
        let gateway = try await GatewayFixture.start(partnerPort: 80) {
            $0.upstream.host = "one.example"
            $0.upstream.proxy = way
            var other = EndpointPlan(host: "two.example", port: 80, priority: 1)
            other.proxy = way
            $0.upstream.alternatives = [other]
            $0.upstream.health = HealthCheckPlan(
                path: "/health", interval: 50_000_000, timeout: 30_000_000_000, healthy: 2, unhealthy: 2)
        }
        #expect(try await eventually { try await Self.call(gateway.port).hasSuffix("second") })
        await gateway.stop()
        await proxy.stop()
    }

    // MARK: Names of this machine

    @Test func namesOfThisMachine() {
        for name in ["localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost."] {
            #expect(LoopbackName.contains(name), "\(name)")
        }
        for name in ["", ".", "localhost.example", "mylocalhost", ".localhost", "local", "localhost..", "127.0.0.1"] {
            #expect(!LoopbackName.contains(name), "\(name)")
        }
    }

    /// No resolver knows a name below `localhost` here; whatever it says, it is not asked.
    @Test(arguments: ["localhost", "bank.localhost"]) func theyAreNotLookedUp(_ host: String) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("near")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) { $0.upstream.host = host }
        #expect(try await Self.call(gateway.port).hasSuffix("near"))
        #expect(partner.requests.first?.contains("\r\nHost: \(host):\(partner.port)\r\n") == true)
        await gateway.stop()
        await partner.stop()
    }
}

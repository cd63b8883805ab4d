import NIOSSL
import Proxy
import RouteGraph
import Testing

/// Which version a connection speaks: by ALPN, by the first bytes, by prior knowledge.
@Suite struct NegotiationTests {
    private static func secure(_ versions: HTTPVersions?, _ partnerPort: Int) async throws -> GatewayFixture {
        let folder = try CertificateFolder.shared.get()
        let plan = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")),
            clientAuthority: try folder.bytes("ca.pem"))
        return try await GatewayFixture.start(partnerPort: partnerPort) {
            $0.gateway.listeners[0].tls = plan
            $0.gateway.listeners[0].versions = versions
        }
    }

    @Test func versionsAreNegotiatedByTLS() async throws {
        let expected: [(HTTPVersions?, [String], String?)] = [
            (nil, ["h2", "http/1.1"], "h2"), (nil, ["http/1.1"], "http/1.1"), (nil, [], ""),
            (.auto, ["http/1.1", "h2"], "h2"),
            (.http1, ["h2", "http/1.1"], "http/1.1"), (.http1, [], ""), (.http2, ["h2"], "h2"), (.http2, [], nil),
        ]
        for (versions, protocols, result) in expected {
            let gateway = try await Self.secure(versions, 1)
            let negotiated = try await StockClient.negotiate(port: gateway.port, protocols)
            #expect(negotiated == result, "\(String(describing: versions)) for \(protocols)")
            #expect(await gateway.settles())
            #expect(await gateway.server.metrics().acceptedConnections == 1)
            await gateway.stop()
        }
    }

    @Test func callsOverTLS() async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return .send(ok(String(text.utf8.count / 1000)))
        }
        let gateway = try await Self.secure(nil, partner.port)
        let bodies = (0..<20).map { String(repeating: "a", count: $0 * 10_000) }
        let answers = try await StockClient.calls(port: gateway.port, path: "/pass", bodies: bodies)
        #expect(answers.allSatisfy { $0.status == "200" })
        for (i, answer) in answers.enumerated() { #expect((Int(answer.body) ?? -1) >= i * 10, "\(i): \(answer.body)") }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// The certificate of the connection says who calls on each of its streams.
    @Test func certificatesProveConsumers() async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await Self.secure(nil, partner.port)
        for (name, status) in [("client", "200"), ("stranger", "401")] {
            let certificate = (try folder.bytes("\(name).pem"), try folder.bytes("\(name).key"))
            let answers = try await StockClient.calls(
                port: gateway.port, path: "/pass", bodies: ["a", "b", "c"], certificate: certificate)
            #expect(answers.map(\.status) == [status, status, status])
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func plainConnectionsAreToldByTheirFirstBytes() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.gateway.listeners[0].versions = .auto
        }
        let port = gateway.port
        try await onThread {
            // PUT begins as the preface does, too.
            for text in [
                get(), get(method: "PUT", "Content-Length: 0"), get(method: "POST", "Content-Length: 1") + "a",
            ] {
                for isWhole in [true, false] {
                    let client = try RawClient(port: port)
                    if isWhole {
                        client.send(text)
                    } else {
                        for byte in text.utf8 { client.send([byte]) }
                    }
                    #expect(client.receiveAnswer().hasSuffix("fine"))
                }
            }
            let split = try FrameClient(port: port, begins: false)
            for byte in FrameClient.preface { split.raw.send([byte]) }
            split.send(.settings, 0, 0, [])
            #expect(split.call(1, FrameClient.request()).text == "fine")
            let whole = try FrameClient(port: port)
            #expect(whole.call(1, FrameClient.request()).text == "fine")
            let odd = try RawClient(port: port)
            odd.send("PRI * HTTP/2.0\r\nHost: a\r\n\r\n")
            #expect(odd.receiveAll().hasPrefix("HTTP/1.1 505"))
        }
        #expect(await gateway.settles())
        #expect(await gateway.server.metrics().acceptedConnections == 9)
        await gateway.stop()
        await partner.stop()
    }

    @Test func nothingElseSpeaksOtherVersions() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let first = try await GatewayFixture.start(partnerPort: partner.port)
        let port = first.port
        try await onThread {
            let prior = try RawClient(port: port)
            prior.send(FrameClient.preface + FrameClient.frame(.settings, 0, 0, []))
            #expect(prior.receiveAll().hasPrefix("HTTP/1.1 505"))
            let upgrading = try RawClient(port: port)
            upgrading.send(
                get("/pass", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"))
            #expect(upgrading.receiveAnswer().hasPrefix("HTTP/1.1 200"))
        }
        await first.stop()
        let second = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let secondPort = second.port
        try await onThread {
            let client = try RawClient(port: secondPort)
            client.send(get())
            #expect(!client.receiveAll().contains("HTTP/1.1"))
        }
        await second.stop()
        await partner.stop()
    }

    /// A reload changes what the next connections may speak.
    @Test func aReloadChangesTheVersions() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        settings.generation = 2
        settings.gateway.listeners[0].versions = .http2
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        let answer = try await onThread { try FrameClient(port: port).call(1, FrameClient.request()) }
        #expect(answer.text == "fine")
        await gateway.stop()
        await partner.stop()
    }
}

import RouteGraph
import Testing

@testable import Proxy

/// Two gateways in a row: the outer one reaches the inner one by TLS, so that both sides of TLS are ours and are tested at once.
@Suite struct TLSTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var server = "server"
        var client: String? = "client"
        var authority = "ca"
        var serverName: String?
        var pin: String?
        var status = "200"
    }

    static let cases = [
        Case(testDescription: "mutual TLS"), Case(testDescription: "name by SNI", serverName: "localhost"),
        Case(testDescription: "right pin", pin: "server"),
        Case(testDescription: "wrong pin", pin: "client", status: "502"),
        Case(testDescription: "server of another authority", authority: "other-ca", status: "502"),
        Case(testDescription: "server with another name", server: "wrong-host", status: "502"),
        Case(testDescription: "another name asked for", serverName: "other.example", status: "502"),
        Case(testDescription: "expired server", server: "expired", status: "502"),
        Case(testDescription: "no client certificate", client: nil, status: "502"),
        Case(testDescription: "expired client", client: "expired-client", status: "502"),
        Case(testDescription: "client of another authority", client: "foreign-client", status: "502"),
        // The handshake is right; the inner gateway does not know the subject.
        Case(testDescription: "unknown client", client: "stranger", status: "401"),
    ]

    private static func settings(_ test: Case, _ folder: CertificateFolder, port: Int) throws -> ClientTLSPlan {
        ClientTLSPlan(
            certificates: try test.client.map { try folder.bytes("\($0).pem") },
            key: try test.client.map { Secret(try folder.bytes("\($0).key")) },
            authority: try folder.bytes("\(test.authority).pem"), minimum: .v13, serverName: test.serverName,
            pins: try test.pin.map { [try folder.pin($0)] } ?? [])
    }

    private static func listener(_ name: String, _ folder: CertificateFolder) throws -> ServerTLSPlan {
        ServerTLSPlan(
            certificates: try folder.bytes("\(name).pem"), key: Secret(try folder.bytes("\(name).key")),
            clientAuthority: try folder.bytes("ca.pem"), requireClientCertificate: true)
    }

    @Test(arguments: cases) func handshake(_ test: Case) async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("secret")))
        let serverPlan = try Self.listener(test.server, folder)
        let inner = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.gateway.listeners[0].tls = serverPlan
        }
        let clientPlan = try Self.settings(test, folder, port: inner.port)
        let outer = try await GatewayFixture.start(partnerPort: inner.port) { $0.upstream.tls = clientPlan }
        let port = outer.port
        let answers = try await onThread {
            let client = try RawClient(port: port)
            return (0..<3).map { _ in
                client.send(get(method: "POST", "Content-Length: 3") + "abc")
                return client.receiveAnswer()
            }
        }
        for answer in answers {
            #expect(answer.hasPrefix("HTTP/1.1 \(test.status)"))
            if test.status == "502" { #expect(answer.contains("partner-tls")) }
            if test.status == "200" { #expect(answer.hasSuffix("secret")) }
        }
        #expect(partner.connections == (test.status == "200" ? 1 : 0))
        await outer.stop()
        await inner.stop()
        await partner.stop()
    }

    @Test func certificatesChangeWhileItRuns() async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        var innerSettings = GatewayFixture.Settings(partnerPort: partner.port)
        let expired = try Self.listener("expired", folder)
        let inner = try await GatewayFixture.start(partnerPort: partner.port) { $0.gateway.listeners[0].tls = expired }
        let clientPlan = try Self.settings(Self.cases[0], folder, port: inner.port)
        let outer = try await GatewayFixture.start(partnerPort: inner.port) { $0.upstream.tls = clientPlan }
        let port = outer.port
        let call: @Sendable () throws -> String = {
            let client = try RawClient(port: port)
            client.send(get())
            return client.receiveAnswer()
        }
        #expect(try await onThread(call).hasPrefix("HTTP/1.1 502"))
        innerSettings.gateway.listeners[0].tls = try Self.listener("server", folder)
        await inner.server.install(graph: try GatewayFixture.graph(innerSettings))
        #expect(await inner.server.addresses[0].port == inner.port)
        #expect(try await onThread(call).hasPrefix("HTTP/1.1 200"))
        await outer.stop()
        await inner.stop()
        await partner.stop()
    }

    @Test func brokenKeyFailsClosed() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.tls = ClientTLSPlan(
                certificates: Array("no certificate".utf8), key: Secret(Array("no key".utf8)))
        }
        let port = gateway.port
        let answer = try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            return client.receiveAnswer()
        }
        #expect(answer.contains("partner-tls"))
        #expect(partner.connections == 0)
        await gateway.stop()
        await partner.stop()
    }

    @Test func largeBodiesStreamOverTLS() async throws {
        let folder = try CertificateFolder.shared.get()
        let size = 3_000_000
        let partner = try await ScriptedPartner { text, _, _ in
            text.utf8.count > size
                ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n", count: size) : .wait
        }
        let serverPlan = try Self.listener("server", folder)
        let inner = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.gateway.listeners[0].tls = serverPlan
        }
        let clientPlan = try Self.settings(Self.cases[0], folder, port: inner.port)
        let outer = try await GatewayFixture.start(partnerPort: inner.port) { $0.upstream.tls = clientPlan }
        let port = outer.port
        let received = try await onThread {
            let client = try RawClient(port: port, receiveBuffer: 16_384)
            client.send(get(method: "POST", "Transfer-Encoding: chunked"))
            let piece = [UInt8](repeating: 0x61, count: 50_000)
            for _ in 0..<(size / piece.count) {
                client.send("\(String(piece.count, radix: 16))\r\n")
                client.send(piece)
                client.send("\r\n")
            }
            client.send("0\r\n\r\n")
            var count = 0
            while count < size, let bytes = client.receive(), !bytes.isEmpty { count += bytes.count }
            return count
        }
        #expect(received > size)
        await outer.stop()
        await inner.stop()
        await partner.stop()
    }
}

@Suite struct CertificateTests {
    @Test(
        arguments: [[], [0x30, 0x03, 0x30, 0x01, 0x02], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x80, 0, 0]]
            as [[UInt8]])
    func brokenCertificatesSayNothing(_ der: [UInt8]) {
        #expect(Certificate(der: der).subject == nil)
        #expect(Certificate(der: der).dnsNames == [])
    }

    @Test func subjectAndNames() throws {
        let folder = try CertificateFolder.shared.get()
        let certificate = Certificate(der: try folder.der("names"))
        #expect(certificate.subject == #"CN=a\,b \"c\" \+,OU=Köln,O=Acme,C=DE"#)
        #expect(certificate.dnsNames == ["one.example", "*.two.example", "*"])
        #expect(certificate.isValid(forName: "ONE.example."))
        #expect(certificate.isValid(forName: "x.two.example"))
        for name in ["two.example", "x.y.two.example", "three.example", "", "one", ".two.example", "example"] {
            #expect(!certificate.isValid(forName: name))
        }
    }

    @Test func truncationsOfARealCertificate() throws {
        let der = try CertificateFolder.shared.get().der("names")
        for count in 0..<der.count { _ = Certificate(der: Array(der[..<count])).dnsNames }
    }
}

import Foundation
import NIOSSL
import RouteGraph
import Testing

@testable import waybill

extension EndToEnd {
    @Suite struct TLS {
        enum Wrong: CaseIterable, Sendable {
            case expired, authority, host
        }

        @Test(arguments: Wrong.allCases)
        func `A partner's server certificate that is not good fails by the error table`(wrong: Wrong) async throws {
            var setup = GatewayUnderTest.Setup()
            setup.serverCertificate = { authority in
                switch wrong {
                case .expired: try authority.issue(.server(hosts: ["localhost", "127.0.0.1"]), validity: .expired)
                case .authority: try DevelopmentAuthority(name: "Another CA").issue(.server(hosts: ["localhost"]))
                case .host: try authority.issue(.server(hosts: ["elsewhere.example"]))
                }
            }
            try await GatewayUnderTest.run(setup) { running in
                let answer = try await running.pay()
                #expect(answer.status == 502)
                #expect(answer.text("code") == "partner-not-trusted", "\(String(decoding: answer.body, as: UTF8.self))")
                #expect(answer.text("category") == "transport")
                #expect(answer.header("Content-Type") == "application/problem+json")
                #expect(try running.mock("acme-bank").count == 0, "nothing was sent")
                let other = try await running.call("POST", "/shipments", Answers.shipment)
                #expect(other.text("code") == "partner-not-trusted")
            }
        }

        private static let setup: GatewayUnderTest.Setup = {
            var setup = GatewayUnderTest.Setup()
            setup.hasTLSListener = true
            // The development authority's certificates carry its own organization.
            setup.edits = [
                ("routes/consumers.yaml", "CN=billing,O=Example", "O=\(DevelopmentAuthority.organization),CN=billing")
            ]
            return setup
        }()

        private func client(_ running: GatewayUnderTest, _ issued: IssuedCertificate?) throws -> TLSConfiguration {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array(running.authority.certificatePEM.utf8)))
            if let issued {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(issued.certificate.utf8))
                    .map { .certificate($0) }
                configuration.privateKey = .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(issued.key.utf8), format: .pem))
            }
            return configuration
        }

        private static let release =
            "DELETE /payments/P-1001/authorization HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

        @Test func `A client certificate authenticates its consumer`() async throws {
            try await GatewayUnderTest.run(Self.setup) { running in
                let issued = try running.authority.issue(.client(name: "billing"))
                let answer = try await running.raw(Self.release, tls: try client(running, issued))
                #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
                #expect(answer.text("state") == "released")
                let stranger = try running.authority.issue(.client(name: "stranger"))
                let refused = try await running.raw(Self.release, tls: try client(running, stranger))
                #expect(refused.status == 401)
                await running.stop()
                let lines = try running.auditLines()
                #expect(lines.contains { $0["consumer"] as? String == "billing" && $0["status"] as? Int == 200 })
            }
        }

        @Test func `Expired, foreign and missing client certificates are refused`() async throws {
            try await GatewayUnderTest.run(Self.setup) { running in
                let expired = try running.authority.issue(.client(name: "billing"), validity: .expired)
                let foreign = try DevelopmentAuthority(name: "Another CA").issue(.client(name: "billing"))
                for issued in [expired, foreign, nil] {
                    let tls = try client(running, issued)
                    await #expect(throws: (any Error).self) { try await running.raw(Self.release, tls: tls) }
                }
                #expect(try running.mock("acme-bank").count == 0)
                #expect(try await running.checkVAT().status == 200, "the gateway goes on")
            }
        }
    }
}

import Foundation
import Proxy
import Testing

@testable import waybill

extension EndToEnd {
    /// Internal systems that speak SOAP: the shipped workspace with a facade for VIES beside its JSON operation.
    @Suite struct Facades {
        private static let envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"
        private static let envelope12 = "http://www.w3.org/2003/05/soap-envelope"

        private static let fixtures: String = {
            var url = URL(fileURLWithPath: #filePath)
            for _ in 0..<3 { url.deleteLastPathComponent() }
            return url.appendingPathComponent("Fixtures/Facade").path
        }()

        private static func run(_ body: (GatewayUnderTest) async throws -> Void) async throws {
            var setup = GatewayUnderTest.Setup()
            for (file, path) in [
                ("vat-service.wsdl", "routes/vies/contracts/vat-service.wsdl"),
                ("soap.request.map.yaml", "mappings/vies/soap.request.map.yaml"),
                ("soap.response.map.yaml", "mappings/vies/soap.response.map.yaml"),
            ] {
                setup.added.append((path, try String(contentsOfFile: "\(fixtures)/\(file)", encoding: .utf8)))
            }
            let operation = try String(contentsOfFile: "\(fixtures)/operation.yaml", encoding: .utf8)
            setup.edits = [("routes/vies/vat.route.yaml", "operations:\n", "operations:\n\(operation)\n")]
            try await GatewayUnderTest.run(setup, body)
        }

        private static func message(_ content: String, _ envelope: String = envelope11, header: String = "") -> String {
            """
            <e:Envelope xmlns:e="\(envelope)" xmlns:v="urn:example:vat">\(header)<e:Body>\(content)</e:Body></e:Envelope>
            """
        }

        private static let check = "<v:Check><v:Country>IE</v:Country><v:Number>6388047V</v:Number></v:Check>"

        private static func send(
            _ running: GatewayUnderTest, _ body: String, type: String = "text/xml; charset=utf-8",
            action: String? = "\"urn:example:vat:check\"", key: String? = GatewayUnderTest.key
        ) async throws -> GatewayUnderTest.Reply {
            var headers = [("Content-Type", type)]
            if let action { headers.append(("SOAPAction", action)) }
            if let key { headers.append(("X-API-Key", key)) }
            let answer = try await PlainHTTP.send(
                host: "127.0.0.1", port: running.gateway.addresses[0].port, method: "POST", path: "/services/vat",
                headers: headers, body: Array(body.utf8))
            return GatewayUnderTest.Reply(status: answer.status, headers: answer.headers, body: answer.body)
        }

        @Test func `SOAP 1_1 in, SOAP 1_1 out`() async throws {
            try await Self.run { running in
                let answer = try await Self.send(running, Self.message(Self.check))
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 200, "\(text)")
                #expect(answer.header("Content-Type") == "text/xml; charset=utf-8")
                #expect(text.contains("<soap:Envelope xmlns:soap=\"\(Self.envelope11)\""))
                #expect(text.contains("EXAMPLE TRADING LIMITED"))
                #expect(text.contains("Registered>true<"))
                let sent = try #require(try running.mock("vies").received.last)
                #expect(sent.text.contains("6388047V"))
            }
        }

        @Test func `SOAP 1_2 in, SOAP 1_2 out, dispatched by the element alone`() async throws {
            try await Self.run { running in
                let answer = try await Self.send(
                    running, Self.message(Self.check, Self.envelope12), type: "application/soap+xml", action: nil)
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 200, "\(text)")
                #expect(answer.header("Content-Type") == "application/soap+xml; charset=utf-8")
                #expect(text.contains("<soap:Envelope xmlns:soap=\"\(Self.envelope12)\""))
            }
        }

        @Test func `What is refused is a fault with the fields of a problem`() async throws {
            try await Self.run { running in
                let unknown = try await Self.send(running, Self.message("<v:Delete/>"))
                #expect(unknown.status == 404)
                let text = String(decoding: unknown.body, as: UTF8.self)
                #expect(text.contains("<faultcode>soap:Client</faultcode>"))
                #expect(text.contains("<problem xmlns=\"urn:waybill:problem\">"))
                #expect(text.contains("<code>no-operation</code>"))
                #expect(text.contains("<correlationId>"))

                let otherAction = try await Self.send(
                    running, Self.message(Self.check), action: "\"urn:example:vat:delete\"")
                #expect(otherAction.status == 500)

                let header = "<e:Header><v:Token e:mustUnderstand=\"1\">x</v:Token></e:Header>"
                let notUnderstood = try await Self.send(running, Self.message(Self.check, header: header))
                #expect(String(decoding: notUnderstood.body, as: UTF8.self).contains("header-not-understood"))

                let stranger = try await Self.send(running, Self.message(Self.check), key: "wrong")
                #expect(stranger.status == 401)
                #expect(String(decoding: stranger.body, as: UTF8.self).contains("<soap:Fault>"))

                let broken = try await Self.send(running, "<e:Envelope")
                #expect(broken.status == 500)
                #expect(String(decoding: broken.body, as: UTF8.self).contains("Line 1, column"))

                let json = try await Self.send(running, "{}", type: "application/json")
                #expect(json.status == 415)

                await running.stop()
                let lines = try running.auditLines().filter { $0["type"] as? String == "call" }
                #expect(lines.count == 6)
            }
        }

        @Test func `The contract is served with the gateway's own address`() async throws {
            try await Self.run { running in
                let port = running.gateway.addresses[0].port
                let answer = try await running.call("GET", "/services/vat?WSDL")
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 200)
                #expect(text.contains("location=\"http://127.0.0.1:\(port)/services/vat\""), "\(text)")
                #expect(!text.contains("replaced.example"))
                let other = try await running.call("GET", "/services/vat")
                #expect(other.status == 405)
                #expect(other.header("Allow")?.contains("POST") == true)
            }
        }
    }
}

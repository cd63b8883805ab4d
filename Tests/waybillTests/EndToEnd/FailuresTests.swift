import Audit
import Foundation
import Testing

@testable import waybill

extension EndToEnd {
    @Suite struct Failures {
        /// Problem details by RFC 9457 with the extension members that the language promises.
        private func expectProblem(
            _ answer: GatewayUnderTest.Reply, _ status: Int, _ code: String, id: String,
            location: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, "\(code)", sourceLocation: location)
            #expect(answer.header("Content-Type") == "application/problem+json", sourceLocation: location)
            #expect(answer.header("X-Correlation-ID") == id, sourceLocation: location)
            #expect(answer.text("type") == "urn:waybill:problem:\(code)", sourceLocation: location)
            #expect(answer.text("title")?.isEmpty == false, sourceLocation: location)
            #expect(answer.json["status"] as? Int == status, sourceLocation: location)
            #expect(answer.text("code") == code, sourceLocation: location)
            #expect(answer.text("category")?.isEmpty == false, sourceLocation: location)
            #expect(answer.text("correlationId") == id, sourceLocation: location)
            #expect(["never", "later", "safe"].contains(answer.text("retry") ?? ""), sourceLocation: location)
        }

        private func id(_ text: String) -> [(String, String)] { [("X-Correlation-ID", text)] }

        @Test func `What the gateway refuses by itself is a problem, and is audited`() async throws {
            try await GatewayUnderTest.run { running in
                let body = GatewayUnderTest.vatCheck
                let wrongKey = try await running.call("POST", "/vat-checks", body, key: "wrong", headers: id("e2e-401"))
                expectProblem(wrongKey, 401, "unauthenticated", id: "e2e-401")
                #expect(wrongKey.header("WWW-Authenticate") != nil)

                let release = try await running.call("DELETE", "/payments/P-1001/authorization", headers: id("e2e-403"))
                expectProblem(release, 403, "not-allowed", id: "e2e-403")

                let unknown = try await running.call("GET", "/nowhere", headers: id("e2e-404"))
                expectProblem(unknown, 404, "no-operation", id: "e2e-404")

                let method = try await running.call("PUT", "/vat-checks", body, headers: id("e2e-405"))
                expectProblem(method, 405, "method-not-allowed", id: "e2e-405")
                #expect(method.header("Allow")?.contains("POST") == true)

                let large = try await running.raw(
                    "POST /vat-checks HTTP/1.1\r\nHost: x\r\nX-API-Key: \(GatewayUnderTest.key)\r\n"
                        + "X-Correlation-ID: e2e-413\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n"
                )
                expectProblem(large, 413, "body-too-large", id: "e2e-413")

                let malformed = try await running.call(
                    "POST", "/vat-checks", "{\n  \"country\": \"IE\",\n  \"vatNumber\" 1 }", headers: id("e2e-400"))
                #expect(malformed.status == 400)
                expectProblem(malformed, 400, malformed.text("code") ?? "", id: "e2e-400")
                let detail = malformed.text("detail") ?? ""
                #expect(detail.lowercased().contains("line 3, column 15"), "\(detail)")

                let rule = try await running.pay("P-1004", "15000.01", headers: id("e2e-422"))
                expectProblem(rule, 422, "amount-over-limit", id: "e2e-422")
                #expect(rule.text("category") == "rule")
                for mock in running.mocks.values { #expect(mock.count == 0, "no partner was asked") }

                await running.stop()
                try expectAudited(
                    running,
                    [
                        "e2e-401": 401, "e2e-403": 403, "e2e-404": 404, "e2e-405": 405, "e2e-413": 413, "e2e-400": 400,
                        "e2e-422": 422,
                    ])
            }
        }

        @Test func `What a partner does wrong follows the error table, and is audited`() async throws {
            try await GatewayUnderTest.run { running in
                let bank = try running.mock("acme-bank")
                let declined = try await running.call(
                    "POST", "/payments/P-1002/authorization",
                    GatewayUnderTest.payment("9800.00").replacingOccurrences(of: "supplier", with: "rent"),
                    headers: id("e2e-declined"))
                expectProblem(declined, 409, "insufficient-funds", id: "e2e-declined")
                #expect(declined.text("partnerCode") == "51")
                #expect(declined.text("detail") == "insufficient funds")

                let vies = try await running.call(
                    "POST", "/vat-checks", #"{"country":"DE","vatNumber":"00"}"#, headers: id("e2e-vies"))
                expectProblem(vies, 422, "vat-number-malformed", id: "e2e-vies")
                #expect(vies.text("partner") == "vies")
                #expect(vies.text("operation") == "check-vat")

                bank.change { $0.respond = { _ in MockReply(status: 503, text: "down") } }
                expectProblem(try await running.pay(headers: id("e2e-503")), 502, "partner-unavailable", id: "e2e-503")

                bank.change { $0.fault = .reset }
                expectProblem(try await running.pay(headers: id("e2e-reset")), 502, "partner-hung-up", id: "e2e-reset")

                bank.change { $0.fault = .garbage }
                expectProblem(
                    try await running.pay(headers: id("e2e-garbage")), 502, "partner-error", id: "e2e-garbage")

                bank.change { $0.fault = nil }
                try await bank.refuseConnections()
                expectProblem(
                    try await running.pay(headers: id("e2e-refused")), 503, "partner-unreachable", id: "e2e-refused")
                await running.stop()
                try expectAudited(
                    running,
                    [
                        "e2e-declined": 409, "e2e-vies": 422, "e2e-503": 502, "e2e-reset": 502,
                        "e2e-garbage": 502,
                        "e2e-refused": 503,
                    ])
            }
        }

        @Test func `A partner that hangs is given up when its time is over`() async throws {
            var setup = GatewayUnderTest.Setup()
            setup.edits = [
                (
                    "routes/acme-bank/payments.route.yaml", "connect: 1s, response: 5s, total: 8s",
                    "connect: 30s, response: 500ms, total: 90s"
                )
            ]
            try await GatewayUnderTest.run(setup) { running in
                try running.mock("acme-bank").change { $0.fault = .hang }
                expectProblem(try await running.pay(headers: id("e2e-hang")), 504, "partner-timeout", id: "e2e-hang")
                await running.stop()
                try expectAudited(running, ["e2e-hang": 504])
            }
        }

        private func expectAudited(_ running: GatewayUnderTest, _ expected: [String: Int]) throws {
            let lines = try running.auditLines()
            for (id, status) in expected {
                let line = try #require(lines.first { $0["correlation"] as? String == id }, "no record of \(id)")
                #expect(line["status"] as? Int == status, "\(id)")
                #expect((line["code"] as? String)?.isEmpty == false, "\(id)")
            }
            let folder = "\(running.root)/audit"
            #expect(try AuditVerifier.verify(directory: folder).isIntact)
            // One byte of a record in the middle.
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().first)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            let range = try #require(bytes.range(of: Data("e2e-".utf8)))
            bytes[range.lowerBound] = UInt8(ascii: "E")
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            let report = try AuditVerifier.verify(directory: folder)
            #expect(!report.isIntact)
            #expect(report.firstBreak?.reason.contains("was changed") == true)
        }
    }
}

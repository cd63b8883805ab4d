import Foundation
import Testing

@testable import waybill

extension EndToEnd {
    @Suite struct AuditBodies {
        private func bodies(_ running: GatewayUnderTest, _ id: String) throws -> [String: [String: Any]] {
            let line = try #require(try running.auditLines().first { $0["correlation"] as? String == id })
            return try #require(line["bodies"] as? [String: [String: Any]], "no bodies in \(line)")
        }

        @Test func `All four bodies are recorded, without what is redacted`() async throws {
            try await GatewayUnderTest.run { running in
                #expect(try await running.pay(headers: [("X-Correlation-ID", "bodies-1")]).status == 200)
                try running.mock("acme-bank").change {
                    $0.respond = { _ in MockReply(status: 200, text: "<oops>DE89370400440532013000") }
                }
                #expect(try await running.pay(headers: [("X-Correlation-ID", "bodies-2")]).status == 502)
                #expect(
                    try await running.call(
                        "POST", "/payments/P-1/authorization", #"{"debtor": {"account": {"iban": "DE8937"#,
                        headers: [("X-Correlation-ID", "bodies-3")]
                    ).status == 400)
                await running.stop()
                let good = try bodies(running, "bodies-1")
                #expect(Set(good.keys) == ["request", "partnerRequest", "partnerAnswer", "answer"])
                for part in ["request", "partnerRequest"] {
                    let text = try #require(good[part]?["text"] as? String)
                    #expect(text.contains("[redacted]"), "\(part): \(text)")
                    #expect(text.contains("249.9"), "\(part): what is not redacted stays: \(text)")
                }
                #expect((good["answer"]?["text"] as? String)?.contains("A-77001") == true)
                let bad = try bodies(running, "bodies-2")
                #expect(bad["partnerAnswer"]?["text"] == nil)
                #expect((bad["partnerAnswer"]?["note"] as? String)?.hasPrefix("not recorded") == true)
                let torn = try bodies(running, "bodies-3")
                #expect(torn["request"]?["text"] == nil)
                let folder = "\(running.root)/audit"
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                    #expect(!text.contains("DE8937"), "an account number is in \(name)")
                }
            }
        }

        @Test func `Without redaction bodies are as they were, and long ones are cut`() async throws {
            var setup = GatewayUnderTest.Setup()
            setup.edits = [
                ("routes/vies/vat.route.yaml", "capture: bodies, redact: [name, address]", "capture: bodies"),
                ("routes/parcelworks/shipping.route.yaml", "    audit: { capture: bodies, redact: [", "    # ["),
            ]
            try await GatewayUnderTest.run(setup) { running in
                let long = String(repeating: "x", count: 40_000)
                _ = try await running.call(
                    "POST", "/vat-checks", "{\"country\": \"\(long)\"}", headers: [("X-Correlation-ID", "bodies-4")])
                _ = try await running.checkVAT(headers: [("X-Correlation-ID", "bodies-5")])
                _ = try await running.call(
                    "POST", "/shipments", Answers.shipment, headers: [("X-Correlation-ID", "bodies-6")])
                await running.stop()
                let cut = try bodies(running, "bodies-4")["request"]
                #expect((cut?["text"] as? String)?.utf8.count == 16384)
                #expect(cut?["bytes"] as? Int == 40_015)
                #expect(cut?["cut"] as? Int == 40_015 - 16384)
                let sent = try bodies(running, "bodies-5")["partnerRequest"]?["text"] as? String
                #expect(sent?.contains("Envelope") == true)
                let plain = try running.auditLines().first { $0["correlation"] as? String == "bodies-6" }
                #expect(plain?["bodies"] == nil, "not asked for")
            }
        }
    }
}

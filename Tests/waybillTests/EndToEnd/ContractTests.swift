import Testing

@testable import waybill

extension EndToEnd {
    /// Messages are held against their contracts while the gateway runs.
    @Suite struct Contracts {
        @Test func `A request that breaks its contract is refused with every violation, and the partner is not called`()
            async throws
        {
            try await GatewayUnderTest.run { running in
                let body = GatewayUnderTest.payment("-1").replacing("EUR", with: "euro")
                    .replacing("\"purpose\":\"supplier\"", with: "\"purpose\":\"gift\",\"note\":1")
                let answer = try await running.call("POST", "/payments/P-1/authorization", body)
                #expect(answer.status == 422)
                #expect(answer.text("code") == "contract-violated")
                #expect(answer.text("category") == "contract")
                let errors = answer.json["errors"] as? [[String: Any]] ?? []
                let found = Set(errors.compactMap { $0["pointer"] as? String })
                #expect(found == ["/amount/value", "/amount/currency", "/purpose", "/note"])
                #expect(errors.allSatisfy { ($0["message"] as? String)?.isEmpty == false })
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(!text.contains("euro") && !text.contains("gift"), "values are described, not quoted")
                #expect(try running.mock("acme-bank").received.isEmpty)
            }
        }

        @Test func `An answer that breaks the partner's contract goes by the error table and is recorded`() async throws
        {
            try await GatewayUnderTest.run { running in
                let vies = try running.mock("vies")
                let reply = """
                    <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>\
                    <checkVatResponse xmlns="urn:ec.europa.eu:taxud:vies:services:checkVat:types">\
                    <countryCode>IE</countryCode><vatNumber>6388047V</vatNumber><requestDate>soon</requestDate>\
                    <valid>perhaps</valid></checkVatResponse></s:Body></s:Envelope>
                    """
                vies.change { $0.respond = { _ in MockReply(status: 200, text: reply) } }
                let answer = try await running.checkVAT()
                #expect(answer.status == 502)
                #expect(answer.text("code") == "vies-error")
                #expect(answer.text("category") == "partner")
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("requestDate"))
                await running.stop()
                let record = try #require(try running.auditLines().last { $0["type"] as? String == "call" })
                let violations = record["partnerViolations"] as? [[String: Any]] ?? []
                #expect(violations.compactMap { $0["pointer"] as? String } == ["requestDate", "valid"])
            }
        }
    }
}

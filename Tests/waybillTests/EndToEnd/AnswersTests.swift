import Testing

@testable import waybill

extension EndToEnd {
    @Suite struct Answers {
        @Test func `Acme Bank answers over mutual TLS, mapped`() async throws {
            try await GatewayUnderTest.run { running in
                let answer = try await running.pay()
                #expect(answer.status == 200)
                #expect(answer.text("state") == "authorized")
                #expect(answer.text("authorizationId") == "A-77001")
                let sent = try #require(try running.mock("acme-bank").received.last)
                #expect(sent.clientSubject?.contains("CN=waybill") == true)
                #expect(sent.text.contains("DEU"), "the country is translated: \(sent.text)")
            }
        }

        @Test func `Parcelworks answers over mutual TLS, mapped`() async throws {
            try await GatewayUnderTest.run { running in
                let answer = try await running.call("POST", "/shipments", Self.shipment)
                #expect(answer.status == 201)
                #expect(answer.text("shipmentId") == "PW-500100")
                #expect(answer.json["trackingNumbers"] as? [String] == ["PW500100-1", "PW500100-2"])
                let sent = try #require(try running.mock("parcelworks").received.last)
                #expect(sent.clientSubject?.contains("CN=waybill") == true)
                #expect(sent.text.contains(#""weight_kg":1.25"#), "grams become kilograms: \(sent.text)")
            }
        }

        @Test func `VIES answers, mapped`() async throws {
            try await GatewayUnderTest.run { running in
                let answer = try await running.checkVAT()
                #expect(answer.status == 200)
                #expect(answer.text("name") == "EXAMPLE TRADING LIMITED")
                #expect(answer.json["valid"] as? Bool == true)
            }
        }

        static let shipment = """
            {"orderNumber":"SO-2026-0042","service":"express",\
            "sender":{"name":"Example Retail GmbH","street":"Beispielweg 1","postalCode":"10115","city":"Berlin","country":"DE"},\
            "recipient":{"name":"Example Customer","street":"1 Example Street","postalCode":"8001","city":"Zürich","country":"CH"},\
            "parcels":[{"weightGrams":1250,"content":"Books"}],"customsValue":{"value":80,"currency":"EUR"}}
            """
    }

    @Suite struct CorrelationIDs {
        @Test func `A given ID is echoed and forwarded, and the trace goes on`() async throws {
            try await GatewayUnderTest.run { running in
                let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
                let span = "00f067aa0ba902b7"
                let answer = try await running.pay(
                    headers: [("X-Correlation-ID", "order-42:a.b_c"), ("traceparent", "00-\(trace)-\(span)-01")])
                #expect(answer.status == 200)
                #expect(answer.header("X-Correlation-ID") == "order-42:a.b_c")
                let sent = try #require(try running.mock("acme-bank").received.last)
                #expect(sent.header("X-Correlation-ID") == "order-42:a.b_c")
                #expect(sent.text.contains("order-42:a.b_c"), "the mapping uses it as MessageId")
                let parent = try #require(sent.header("traceparent"))
                #expect(parent.hasPrefix("00-\(trace)-"))
                #expect(!parent.contains(span), "the gateway is a span of its own")
            }
        }

        @Test(arguments: ["has a space", "<script>", String(repeating: "x", count: 129)])
        func `A bad ID is replaced`(given: String) async throws {
            try await GatewayUnderTest.run { running in
                let answer = try await running.checkVAT(headers: [("X-Correlation-ID", given)])
                let own = try #require(answer.header("X-Correlation-ID"))
                #expect(own != given)
                #expect(own.count == 36)
                #expect(try running.mock("vies").received.last?.header("X-Correlation-ID") == own)
            }
        }
    }
}

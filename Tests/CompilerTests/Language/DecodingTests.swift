import Diagnostics
import RouteGraph
import Testing
import YAML

@testable import Compiler

@Suite struct DecodingTests {
    @Test func route() throws {
        let page = try #require(LanguagePage.all.first { $0.kind == .route })
        let result = decode(page.example, as: ParsedRoute.self, variables: ["acme-url": "https://pay.example:8443/v2/"])
        let route = result.parsed
        #expect(route.partner?.value == "acme-bank")
        #expect(!route.isPoisoned)
        let endpoint = try #require(route.endpoint)
        #expect(endpoint.url?.value == ParsedURL(isSecure: true, host: "pay.example", port: 8443, basePath: "/v2"))
        #expect(endpoint.protocol?.value == .soap11)
        #expect(endpoint.contract?.path.value == "routes/acme-bank/contracts/payments.wsdl")
        #expect(endpoint.tls?.authority?.value == "certs/acme-bank/ca.pem")
        #expect(endpoint.timeout?.response?.value == .seconds(5))
        #expect(route.references.map(\.name.value) == ["acme-url"])
        #expect(result.marked(route.references[0].span) == "${var:acme-url}")
        #expect(result.marked(route.references[0].name.span) == "acme-url")
        let operation = try #require(route.operations.first)
        #expect(operation.name.value == "authorize-payment")
        #expect(operation.value.accept?.method.value == "POST")
        #expect(operation.value.accept?.path == "/payments/{paymentId}/authorization")
        #expect(operation.value.accept?.parameters.map { result.marked($0.span) } == ["paymentId"])
        #expect(operation.value.allow.map(\.value) == ["erp", "billing"])
        #expect(operation.value.call?.operation?.value == "AuthorizePayment")
        #expect(operation.value.response?.status?.value == 201)
    }

    @Test func aVariableThatIsNotGivenIsLeftOutInSilence() {
        let result = decode(
            "partner: a\nendpoint: { url: \"${var:u}\", timeout: { total: \"${var:t}\" } }\noperations: { a: { accept: GET /a, allow: [b] } }",
            as: ParsedRoute.self, variables: ["t": "7s"])
        #expect(result.codes.isEmpty)
        #expect(result.parsed.endpoint?.url == nil)
        #expect(result.parsed.endpoint?.isPoisoned == true)
        #expect(result.parsed.endpoint?.timeout?.total?.value == .seconds(7))
        #expect(result.references.map(\.name.value) == ["u", "t"])
    }

    @Test func aVariableWithABadValueIsReportedWhereItIsUsed() {
        let result = timed(timeout: "soon")
        #expect(result.codes == ["WB1104"])
        #expect(result.diagnostics[0].title == "`soon` is not a duration")
    }

    private func timed(timeout: String) -> Decoded<ParsedRoute> {
        decode(
            "partner: a\nendpoint: { url: https://a.example, timeout: { total: \"${var:t}\" } }\noperations: { a: { accept: GET /a, allow: [b] } }",
            as: ParsedRoute.self, variables: ["t": timeout])
    }

    @Test func secrets() throws {
        let result = decode(
            """
            basic: { username: "u-${var:stage}", password: "${file:/run/secrets/acme}" }
            api-key: { header: X-Key, value: "Bearer ${env:TOKEN}" }
            """, as: ParsedAuthenticate.self, variables: ["stage": "test"])
        #expect(result.codes.isEmpty)
        #expect(result.parsed.basic?.username?.literal == "u-test")
        #expect(result.parsed.basic?.password?.references.map(\.name.value) == ["/run/secrets/acme"])
        let key = try #require(result.parsed.apiKey?.value)
        #expect(key.parts.count == 2)
        #expect(key.references.first?.source == .environment)
        #expect(key.literal == nil)
    }

    @Test func keySources() {
        let path = decode("certificate: a.pem\nkey: ./certs/a.key", as: ParsedClientTLS.self)
        guard case .path(let file)? = path.parsed.key else {
            Issue.record("a path")
            return
        }
        #expect(file.value == "certs/a.key")
        let secret = decode("certificate: a.pem\nkey: \"${file:/run/key}\"", as: ParsedClientTLS.self)
        guard case .secret(let reference)? = secret.parsed.key else {
            Issue.record("a secret")
            return
        }
        #expect(reference.references.first?.source == .file)
    }

    @Test func mapping() throws {
        let page = try #require(LanguagePage.all.first { $0.kind == .mapping })
        let result = decode(page.example, as: ParsedMapping.self)
        let mapping = result.parsed
        #expect(mapping.to?.path.value == "routes/acme-bank/contracts/payments.wsdl")
        #expect(mapping.to?.fragment?.value == "AuthorizePayment")
        #expect(mapping.to?.fragment.map { result.marked($0.span) } == "AuthorizePayment")
        #expect(mapping.tables.map(\.name.value) == ["alpha3"])
        #expect(mapping.rows.count == 10)
        #expect(mapping.rows[6].target.value == "Amount.@currency")
        guard case .expression(let channel) = mapping.rows[2].value, case .literal("WEB") = channel.content else {
            Issue.record("text")
            return
        }
        guard case .expression(let name) = mapping.rows[3].value, case .feel(let feel) = name.content else {
            Issue.record("FEEL")
            return
        }
        #expect(feel.text == "debtor.name")
        #expect(result.marked(feel.span(of: 7..<11)) == "name")
        guard case .spelledOut(let lines) = mapping.rows[8].value else {
            Issue.record("a block")
            return
        }
        #expect(lines.each != nil)
        #expect(lines.rows.map(\.target.value) == ["Seq", "Text"])
        guard case .spelledOut(let text) = lines.rows[1].value else {
            Issue.record("a block")
            return
        }
        #expect(text.truncate?.value == 35)
    }

    @Test func expressionsInTheirForms() throws {
        let result = decode(
            "rows:\n  A: [\"x\", y]\n  B: |\n    if a\n    then b else c\n  C: 'it''s'\n  D: \"${var:v}!\"\n  E: \"\"\n",
            as: ParsedMapping.self, variables: ["v": "hey"])
        #expect(result.codes.isEmpty)
        let contents = result.parsed.rows.compactMap { row -> ParsedExpression.Content? in
            if case .expression(let expression) = row.value { return expression.content }
            return nil
        }
        #expect(contents.count == 5)
        guard case .list(let items) = contents[0], case .literal("x") = items[0].content,
            case .feel(let y) = items[1].content
        else {
            Issue.record("a list")
            return
        }
        #expect(y.text == "y")
        guard case .feel(let block) = contents[1] else {
            Issue.record("a block scalar is FEEL")
            return
        }
        #expect(result.marked(block.span(of: 5..<9)) == "then")
        guard case .literal("it's") = contents[2], case .literal("hey!") = contents[3], case .literal("") = contents[4]
        else {
            Issue.record("literals")
            return
        }
    }

    @Test func callPath() throws {
        let result = decode("method: GET\npath: \"/v2/{charge.id}/{ {a: \\\"}\\\"}.a }/x\"", as: ParsedCall.self)
        #expect(result.codes.isEmpty)
        let parts = try #require(result.parsed.path?.parts)
        #expect(parts.count == 5)
        guard case .text(let first) = parts[0], case .expression(let id) = parts[1],
            case .expression(let context) = parts[3]
        else {
            Issue.record("parts")
            return
        }
        #expect(first.value == "/v2/")
        #expect(id.text == "charge.id")
        #expect(result.marked(id.span(of: 7..<9)) == "id")
        #expect(context.text == " {a: \"}\"}.a ")
    }

    @Test func errorTable() throws {
        let page = try #require(LanguagePage.all.first { $0.kind == .errors })
        let table = decode(page.example, as: ParsedErrorTable.self).parsed
        #expect(table.success.map(\.value) == ["00"])
        #expect(table.errors.count == 7)
        #expect(table.errors[1].partner.map(\.value) == ["51", "61"])
        #expect(table.errors[3].http.first?.value.range == 500...599)
        #expect(table.errors[4].transport.first?.value == .timeout)
        #expect(table.errors[4].retry?.value == .safe)
        #expect(table.errors[6].otherwise?.value == true)
    }

    @Test func gateway() throws {
        let page = try #require(LanguagePage.all.first { $0.kind == .gateway })
        let gateway = decode(page.example, as: ParsedGateway.self).parsed
        #expect(gateway.listen.map { $0.address?.value.port } == [8080, 8443])
        #expect(gateway.listen[1].tls?.clientAuthority?.value == "certs/gateway/clients.pem")
        #expect(gateway.limits?.body?.value == 1 << 20)
        #expect(gateway.audit?.file?.path?.value == "audit")
        #expect(gateway.reload?.debounce?.value == .milliseconds(100))
    }

    @Test func tests() throws {
        let page = try #require(LanguagePage.all.first { $0.kind == .tests })
        let test = try #require(decode(page.example, as: ParsedTests.self).parsed.tests.first)
        #expect(test.send?.path.first?.value.value == "P-1")
        #expect(test.partner?.replies?.status?.value == 200)
        #expect(test.partner?.replies?.body?["Result"]?["Code"]?.scalar?.text == "00")
    }

    @Test func environment() {
        var sink = DiagnosticSink()
        let text = "acme-url: https://a.example\ntimeout: 5s\nbad: ${var:x}\n"
        guard let node = YAMLReader.read(Array(text.utf8), file: FileID(index: 0), into: &sink) else {
            Issue.record("a tree")
            return
        }
        var decoder = NodeDecoder()
        let environment = ParsedEnvironment(node, &decoder)
        #expect(environment.values["acme-url"] == "https://a.example")
        #expect(environment.values["none"] == nil)
        #expect(decoder.sink.diagnostics.map(\.code) == ["WB1112"])
        #expect(environment.isPoisoned)
    }
}

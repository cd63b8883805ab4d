import Diagnostics
import Testing

@testable import Compiler

/// Each mistake gives one message at its place, with a help that works.
@Suite struct StructureDiagnosticsTests {
    @Test func unknownKeyHasTheNearestSpelling() {
        let result = route(endpoint: "timout: { connect: 1s }")
        #expect(result.codes == ["WB1101"])
        #expect(result.marked() == "timout")
        #expect(result.diagnostics[0].help == "write `timeout`")
        #expect(result.fixed?.contains("timeout: { connect: 1s }") == true)
        #expect(result.parsed.isPoisoned)
        #expect(result.parsed.endpoint?.isPoisoned == true)
    }

    @Test func aKeyInTheWrongBlockIsToldWhereItBelongs() {
        let result = route(operation: "concurrency: { limit: 1 }")
        #expect(result.codes == ["WB1101"])
        #expect(result.diagnostics[0].help == "`concurrency` is a key of `endpoint`")
    }

    @Test func aKeyLikeNoOtherListsTheKeys() {
        let result = decode("rules: [ { name: x, when: true, reject: { code: c, foo: 1 } } ]", as: ParsedRules.self)
        #expect(result.codes == ["WB1101"])
        #expect(result.diagnostics[0].help == "the keys here are `status`, `code`, `retry`, `title`, `detail`")
    }

    @Test func missingKeys() {
        let result = decode("title: x", as: ParsedRoute.self)
        #expect(result.codes == ["WB1102", "WB1102", "WB1102"])
        #expect(result.marked() == "title")
        let nested = decode(
            "partner: a\nendpoint:\n  protocol: http-json\noperations: { a: { accept: GET /a, allow: [b] } }",
            as: ParsedRoute.self)
        #expect(nested.codes == ["WB1102"])
        #expect(nested.marked() == "endpoint")
        #expect(nested.diagnostics[0].help == "add `url: https://api.acme-bank.example/v2`")
        let operation = decode(
            "partner: a\nendpoint: { url: https://a.example }\noperations: { a: { accept: GET /a } }",
            as: ParsedRoute.self)
        #expect(operation.codes == ["WB1102"])
        #expect(operation.marked() == "a")
    }

    @Test func wrongKinds() {
        #expect(route(endpoint: "timeout: 5s").diagnostics[0].title == "`timeout` takes a block of keys, not text")
        #expect(route(operation: "summary: [a, b]").diagnostics[0].title == "`summary` takes text, not a list")
        #expect(route(operation: "errors: { a: b }").codes == ["WB1103"])
        #expect(decode("partner: a\nendpoint: x\noperations: y", as: ParsedRoute.self).codes == ["WB1103", "WB1103"])
        #expect(decode("- a\n- b", as: ParsedRoute.self).codes == ["WB1103"])
    }

    @Test func valuesThatAreMissing() {
        let result = route(operation: "errors:")
        #expect(result.codes == ["WB1105"])
        #expect(result.marked() == "errors")
        #expect(route(operation: "call: { method: }").codes == ["WB1105"])
        #expect(decode("rows:\n  A:\n  B: b", as: ParsedMapping.self).codes == ["WB1105"])
        #expect(decode("rows:", as: ParsedMapping.self).codes == ["WB1105"])
    }

    @Test func formats() {
        for (line, mark) in [
            ("timeout: { connect: 5 seconds }", "5 seconds"), ("timeout: { connect: 5 }", "5"),
            ("connections: { max: many }", "many"), ("url: acme.example", "acme.example"),
        ] {
            let result =
                line.hasPrefix("url")
                ? decode(
                    "partner: a\nendpoint: { \(line) }\noperations: { a: { accept: GET /a, allow: [b] } }",
                    as: ParsedRoute.self)
                : route(endpoint: line)
            #expect(result.codes == ["WB1104"], "\(line)")
            #expect(result.marked() == mark, "\(line)")
        }
        let yes = decode("reload: { watch: yes }", as: ParsedGateway.self)
        #expect(yes.codes == ["WB1104"])
        #expect(yes.fixed == "reload: { watch: true }")
        #expect(decode("limits: { body: 1MB }", as: ParsedGateway.self).codes == ["WB1104"])
        #expect(decode("listen: [ { address: 8080 } ]", as: ParsedGateway.self).codes == ["WB1104"])
        #expect(route(endpoint: "tls: { pins: [sha256/abc] }").codes == ["WB1104"])
        #expect(route(operation: "call: { method: GET, path: /x, headers: { \"a b\": c } }").codes == ["WB1104"])
    }

    @Test func choices() {
        let result = route(endpoint: "protocol: soap-11")
        #expect(result.codes == ["WB1106"])
        #expect(result.fixed?.contains("protocol: soap-1.1") == true)
        #expect(route(endpoint: "tls: { minimum: 1.1 }").codes == ["WB1106"])
        #expect(decode("rows: { A: { from: a, otherwise: explode } }", as: ParsedMapping.self).codes == ["WB1106"])
        #expect(route(operation: "call: { method: get, path: /x }").diagnostics[0].help == "write `GET`")
    }

    @Test func ranges() {
        #expect(route(operation: "response: { status: 404 }").codes == ["WB1107"])
        #expect(route(endpoint: "connections: { max: 0 }").diagnostics[0].help == "1 is the least")
        #expect(route(endpoint: "timeout: { total: 0s }").codes == ["WB1107"])
        for limits in ["body: 2GiB", "header: 2MiB", "header: 16KiB, body: 999999999GiB"] {
            #expect(decode("limits: { \(limits) }", as: ParsedGateway.self).codes == ["WB1107"], "\(limits)")
        }
        #expect(decode("limits: { header: 1MiB, body: 1GiB }", as: ParsedGateway.self).codes == [])
        #expect(
            decode("rows: { A: { from: a, truncate: 99999999999999999999 } }", as: ParsedMapping.self).codes == [
                "WB1107"
            ])
    }

    @Test func names() {
        #expect(
            decode("consumers: { \"the erp\": { api-key: \"${env:K}\" } }", as: ParsedConsumers.self).codes == [
                "WB1108"
            ])
        #expect(
            decode("rules: [ { name: x, when: a, reject: { code: not a code } } ]", as: ParsedRules.self).codes == [
                "WB1108"
            ])
    }

    @Test func empties() {
        #expect(decode("rules: []", as: ParsedRules.self).codes == ["WB1109"])
        #expect(decode("rows: {}", as: ParsedMapping.self).codes == ["WB1109"])
        #expect(decode("consumers: {}", as: ParsedConsumers.self).codes == ["WB1109"])
    }

    @Test(arguments: [
        "protocol: graphql", "authenticate: { oauth2: { client-id: a } }",
        "authenticate: { basic: { username: a, password: \"${vault:secret/acme#password}\" } }",
    ])
    func notAvailableAtTheEndpoint(_ line: String) {
        #expect(route(endpoint: line).codes == ["WB1110"])
    }

    @Test(arguments: [
        "steps: { a: { call: b.c } }",
        "request: { decide: { a: b.dmn } }",
    ])
    func notAvailableInAnOperation(_ line: String) {
        let result = route(operation: line)
        #expect(result.codes == ["WB1110"])
        #expect(result.diagnostics[0].title.hasSuffix("is not available in this version"))
    }

    @Test func aFacadeNeedsItsContract() {
        let soap =
            "partner: a\nendpoint: { url: https://a.example }\noperations: { a: { accept: { soap: /x }, allow: [b] } }"
        #expect(decode(soap, as: ParsedRoute.self).codes == ["WB1102", "WB1102"])
    }

    @Test(arguments: [
        ("[https://a.example]", 1), ("[https://a.example, { url: https://b.example, weight: 2, priority: 1 }]", 2),
    ]) func severalPlaces(_ urls: String, _ count: Int) {
        let text = "partner: a\nendpoint: { url: \(urls) }\noperations: { a: { accept: GET /a, allow: [b] } }"
        let result = decode(text, as: ParsedRoute.self)
        #expect(result.codes == [])
        #expect(result.parsed.endpoint?.places.count == count)
    }

    @Test(arguments: [
        ("retry: { attempts: 1 }", "WB1107"), ("retry: { for: [circuit-open] }", "WB1104"),
        ("retry: { for: [301] }", "WB1104"), ("retry: { backoff: 2s..1s }", "WB1104"),
        ("circuit-breaker: { failures: 0% }", "WB1107"), ("circuit-breaker: { open-for: 0s }", "WB1107"),
        ("rate-limit: { burst: 5 }", "WB1102"), ("rate-limit: { rate: 0/s }", "WB1104"),
        ("concurrency: { limit: 0 }", "WB1107"), ("concurrency: { queue: 5 }", "WB1102"),
        ("deadline: { header: Content-Length }", "WB1123"), ("health: { path: health }", "WB1104"),
        ("health: { path: /h, interval: 0s }", "WB1107"), ("outliers: { eject-for: 0s }", "WB1107"),
    ]) func policiesThatMakeNoSense(_ line: String, _ code: String) {
        #expect(route(endpoint: line).codes == [code])
    }

    @Test func notAvailableElsewhere() {
        #expect(decode("consumers: { crm: { jwt: { issuer: x } } }", as: ParsedConsumers.self).codes == ["WB1110"])
    }

    @Test(arguments: [
        ("POST/pay", "POST/pay"), ("FETCH /pay", "FETCH"), ("POST pay", "pay"), ("POST /pay//x", "/"),
        ("POST /{a}/{a}", "a"),
        ("POST /pay?x=1", "?"), ("POST /pay-{id}", "{"), ("POST /{pay-id}", "pay-id"),
    ])
    func accept(_ text: String, _ mark: String) {
        let result = decode(
            "partner: a\nendpoint: { url: https://a.example }\noperations:\n  a:\n    accept: \(text)\n    allow: [b]",
            as: ParsedRoute.self)
        #expect(result.codes == ["WB1115"])
        #expect(result.marked() == mark)
    }

    @Test(arguments: [
        ("x/{id}", "x"), ("/x/{id", "{"), ("/x/{}", "{}"), ("/x}", "}"), ("/x?a=b", "?"), ("/x y", " "),
    ])
    func callPaths(_ text: String, _ mark: String) {
        let result = route(operation: "call: { method: GET, path: \"\(text)\" }")
        #expect(result.codes == ["WB1116"])
        #expect(result.marked() == mark)
    }

    @Test(arguments: ["/etc/passwd", "../secret.yaml", "routes/../../x", "a\\\\b"])
    func pathsStayInTheWorkspace(_ path: String) {
        #expect(route(operation: "errors: \"\(path)\"").codes == ["WB1114"])
    }

    @Test func keysThatNeedOrExcludeEachOther() {
        #expect(route(endpoint: "tls: { certificate: a.pem }").codes == ["WB1117"])
        #expect(route(endpoint: "tls: { key: a.key }").codes == ["WB1117"])
        #expect(route(operation: "call: { operation: A, path: /x }").codes == ["WB1117"])
        #expect(route(operation: "call: { operation: A, action: b }").codes == ["WB1117"])
        let consumer = "consumers: { a: { api-key: \"${env:K}\", certificate: { subject: CN=a } } }"
        #expect(decode(consumer, as: ParsedConsumers.self).codes == ["WB1117"])
        #expect(decode("consumers: { a: { header: X-A } }", as: ParsedConsumers.self).codes == ["WB1102"])
        #expect(decode("rows: { \"A[]\": { each: a } }", as: ParsedMapping.self).codes == ["WB1117"])
        #expect(decode("rows: { A: { rows: { B: b } } }", as: ParsedMapping.self).codes == ["WB1117"])
        #expect(decode("rows: { A: { truncate: 3 } }", as: ParsedMapping.self).codes == ["WB1102"])
        let bodies = "tests: [ { name: a, call: b, send: { body: { x: 1 }, body-file: a.json } } ]"
        #expect(decode(bodies, as: ParsedTests.self).codes == ["WB1117"])
        #expect(
            route(operation: "call: { method: GET, path: /x, headers: { Content-Length: \"1\" } }").codes == ["WB1123"])
    }

    @Test func errorRows() {
        #expect(decode("errors: [ { status: 502, code: a } ]", as: ParsedErrorTable.self).codes == ["WB1120"])
        #expect(
            decode("errors: [ { http: 500, otherwise: true, status: 502, code: a } ]", as: ParsedErrorTable.self).codes
                == ["WB1117"])
        #expect(
            decode("errors: [ { http: 6xx, status: 502, code: a } ]", as: ParsedErrorTable.self).codes == ["WB1104"])
        #expect(
            decode("errors: [ { transport: timout, status: 502, code: a } ]", as: ParsedErrorTable.self).codes == [
                "WB1106"
            ])
    }

    @Test func rowsDoNotNest() {
        let result = decode("rows:\n  Debtor:\n    Name: debtor.name", as: ParsedMapping.self)
        #expect(result.codes == ["WB1121"])
        #expect(result.diagnostics[0].help == "write the whole path: `Debtor.Name: …`")
        let typo = decode("rows:\n  A:\n    form: a", as: ParsedMapping.self)
        #expect(typo.codes == ["WB1101"])
        #expect(typo.diagnostics[0].help == "write `from`")
    }

    @Test func eachWritesAList() {
        let result = decode("rows:\n  Line:\n    each: lines\n    from: item", as: ParsedMapping.self)
        #expect(result.codes == ["WB1122"])
        #expect(result.fixed == "rows:\n  Line[]:\n    each: lines\n    from: item")
    }

    @Test func secretsAreReferences() {
        let result = route(endpoint: "authenticate: { basic: { username: waybill, password: \"hunter2\" } }")
        #expect(result.codes == ["WB5001"])
        #expect(result.marked() == "\"hunter2\"")
        #expect(decode("consumers: { a: { api-key: abc } }", as: ParsedConsumers.self).codes == ["WB5001"])
        #expect(route(operation: "summary: ${env:PASSWORD}").codes == ["WB1112"])
        #expect(route(operation: "summary: ${var:}").codes == ["WB1111"])
        #expect(route(operation: "summary: ${vra:x}").codes == ["WB1111"])
        #expect(route(operation: "summary: \"a ${var:x\"").codes == ["WB1111"])
        #expect(
            route(endpoint: "tls: { certificate: a.pem, key: \"-----BEGIN PRIVATE KEY-----\" }").codes == ["WB5001"])
    }

    @Test func aVariableIsNoExpression() {
        let result = decode("rows:\n  A: ${var:x}", as: ParsedMapping.self)
        #expect(result.codes == ["WB1113"])
        #expect(result.fixed == "rows:\n  A: \"${var:x}\"")
    }

    @Test func oneCauseGivesOneMessage() {
        let result = decode(
            "partner: a\nendpoint:\n  url: nowhere\noperations:\n  a:\n    accept: GET\n    allow: b",
            as: ParsedRoute.self)
        #expect(result.codes == ["WB1104", "WB1115", "WB1103"])
        #expect(result.parsed.partner?.value == "a")
        #expect(result.parsed.operations.count == 1)
    }

    @Test func nodesThatWereReportedStaySilent() {
        let result = decode(
            "partner: a\npartner: b\nendpoint: { url: https://a.example }\noperations: { a: { accept: GET /a, allow: [b] } }",
            as: ParsedRoute.self)
        #expect(result.codes == ["WB1004"])
    }
}

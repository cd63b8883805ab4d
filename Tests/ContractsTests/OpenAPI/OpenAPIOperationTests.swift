import Contracts
import Diagnostics
import Testing

/// Operations, bodies by status and media type, names.
@Suite struct OpenAPIOperationTests {
    private static let charges = openAPI(
        """
        /charges/{chargeId}/authorize:
          summary: Charges
          parameters:
            - { name: chargeId, in: path, required: true, schema: { type: string } }
            - { name: expand, in: query, schema: { type: string } }
          post:
            operationId: authorizeCharge
            summary: Reserve an amount
            deprecated: true
            parameters:
              - { name: expand, in: query, required: true, schema: { type: boolean } }
            requestBody:
              required: true
              content:
                application/vnd.acme.v2+json: { schema: { $ref: "#/components/schemas/Charge" } }
                application/x-www-form-urlencoded: { schema: { $ref: "#/components/schemas/Form" } }
            responses:
              "200":
                description: done
                headers: { X-Request-Id: { required: true, schema: { type: string } } }
                content: { application/json: { schema: { $ref: "#/components/schemas/Answer" } } }
              4XX:
                description: refused
                content: { application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } } }
              default:
                description: else
          get:
            responses: { "204": { description: nothing } }
        """,
        components: """
            schemas:
              Charge: { type: object, required: [amount], properties: { amount: { type: number }, note: { type: string, nullable: true } } }
              Form: { type: object, properties: { amount: { type: number } } }
              Answer: { type: object, required: [state], properties: { state: { enum: [ok, declined] } } }
              Problem: { type: object, required: [code], properties: { code: { type: integer } } }
            """)

    @Test func methodsPathsAndNames() throws {
        let api = try #require(read(["a.yaml": Self.charges]).api)
        #expect(api.version == .v30)
        #expect(api.title == "Test")
        #expect(api.pathCount == 1)
        #expect(api.operations.map(\.name) == ["authorizeCharge", "GET /charges/{chargeId}/authorize"])
        let operation = try #require(api.operation(named: "authorizeCharge"))
        #expect(operation.method == "POST")
        #expect(operation.isDeprecated)
        #expect(operation.summary == "Reserve an amount")
        #expect(api.operation(named: "POST /charges/{chargeId}/authorize")?.name == "authorizeCharge")
        #expect(
            OpenAPITemplate.pieces(of: operation.path)
                == [.text("/charges/"), .parameter("chargeId"), .text("/authorize")])
    }

    @Test func bodiesByStatusAndMediaType() throws {
        let document = try #require(read(["a.yaml": Self.charges]).document)
        #expect(document.language == .openAPI)
        #expect(fields(document.request(operation: "authorizeCharge")?.root) == ["amount: number", "note?: text"])
        #expect(fields(document.response(operation: "authorizeCharge")?.root) == ["state: text"])
        #expect(fields(document.response(operation: "authorizeCharge", status: 422)?.root) == ["code: whole number"])
        #expect(document.response(operation: "authorizeCharge", status: 500)?.root.isAny == true)
        let operation = try #require(document.openAPI?.operation(named: "authorizeCharge"))
        #expect(operation.response(status: 404)?.status == .range(4))
        #expect(operation.response(status: 503)?.status == .default)
        #expect(operation.responses.map(\.status.description) == ["200", "4XX", "default"])
        #expect(operation.responses.first?.headers.map(\.name) == ["X-Request-Id"])
        #expect(fields(operation.requestContract(.form).root) == ["amount?: number"])
        #expect(operation.takes(.form) && operation.takes(.json) && !operation.takes(.xml))
        #expect(operation.request?.isRequired == true)
        let empty = try #require(document.openAPI?.operation(named: "GET /charges/{chargeId}/authorize"))
        #expect(empty.request == nil && empty.successes.isEmpty)
        #expect(document.response(operation: "GET /charges/{chargeId}/authorize", status: 404) == nil)
    }

    @Test(arguments: [
        ("authorizeCharge", ["amount: number", "note?: text"]),
        ("authorizeCharge/request", ["amount: number", "note?: text"]),
        ("authorizeCharge/200", ["state: text"]), ("authorizeCharge/4XX", ["code: whole number"]),
        ("POST /charges/{chargeId}/authorize/200", ["state: text"]), ("Problem", ["code: whole number"]),
        ("/components/schemas/Answer", ["state: text"]), ("/components/schemas/Answer/properties/state", []),
    ])
    func partsByName(part: String, expected: [String]) {
        let reading = read(["a.yaml": Self.charges], fragment: part)
        #expect(reading.document != nil)
        #expect(fields(reading.document?.root) == expected)
    }

    @Test func aWrongPartHasItsNearestSpelling() {
        let reading = read(["a.yaml": Self.charges], fragment: "authoriseCharge")
        #expect(reading.document == nil && reading.codes == ["WB3227", "WB3204"])
        #expect(reading.diagnostics.last?.help == "write `a.yaml#authorizeCharge`")
        #expect(read(["a.yaml": Self.charges], fragment: "authorizeCharge/404").document == nil)
    }

    @Test func operationsReplaceParametersOfTheirPath() throws {
        let operation = try #require(read(["a.yaml": Self.charges]).api?.operations.first)
        #expect(operation.parameters.map(\.name) == ["expand", "chargeId"])
        let expand = try #require(operation.parameter("expand", in: .query))
        #expect(expand.isRequired && expand.schema?.shape().kindName == "boolean")
        #expect(operation.parameter("expand", in: .header) == nil)
    }

    @Test func severalSuccessesAreEitherOfThem() throws {
        let text = openAPI(
            """
            /a:
              get:
                operationId: a
                responses:
                  "200": { description: x, content: { application/json: { schema: { type: object, required: [a, b], properties: { a: { type: string }, b: { type: string } } } } } }
                  "202": { description: x, content: { application/json: { schema: { type: object, required: [a], properties: { a: { type: string } } } } } }
                  "204": { description: x }
            """)
        let root = read(["a.yaml": text]).document?.response(operation: "a")?.root
        #expect(fields(root) == ["a: text", "b?: text"])
    }

    @Test func missingAndRepeatedIdentifiers() throws {
        let text = openAPI(
            """
            /a: { get: { operationId: same, responses: {} }, put: { responses: {} } }
            /b: { get: { operationId: same, responses: {} }, put: { responses: {} } }
            """)
        let reading = read(["a.yaml": text])
        #expect(reading.codes.sorted() == ["WB3227", "WB3228"])
        #expect(reading.titles.contains("2 operations have no `operationId`"))
        #expect(reading.api?.operations.map(\.name) == ["GET /a", "PUT /a", "GET /b", "PUT /b"])
        #expect(reading.api?.operation(named: "same") == nil)
        #expect(!reading.diagnostics.contains { $0.severity == .error })
    }

    @Test func serversAndSecurity() throws {
        let text = """
            openapi: 3.1.0
            info: { title: T, version: 1.0.0 }
            servers:
              - url: https://{region}.example/v1
                variables: { region: { default: eu } }
              - { url: /relative }
            security: [ { key: [] }, { oauth: [read], key: [] } ]
            paths:
              /a: { get: { operationId: a, responses: {} } }
              /b: { get: { operationId: b, security: [], responses: {} } }
              /c: { get: { operationId: c, security: [ {}, { key: [] } ], responses: {} } }
            components:
              securitySchemes:
                key: { type: apiKey, name: X-Key, in: header }
                oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://x.example", scopes: { read:all, write:all } } } }
                basic: { type: http, scheme: Basic }
                mtls: { type: mutualTLS }
                connect: { $ref: "#/components/securitySchemes/mtls" }
                wrong: { type: magic }
            """
        let reading = read(["a.yaml": text])
        let api = try #require(reading.api)
        #expect(api.servers == ["https://eu.example/v1", "/relative"])
        #expect(api.operations.map(\.security) == [[["key"], ["oauth", "key"]], [], []])
        #expect(
            api.securitySchemes.map(\.kind) == [
                .apiKey(name: "X-Key", in: .header), .oauth2, .http("basic"), .mutualTLS, .mutualTLS,
            ])
        #expect(reading.codes == ["WB3225"])
    }

    @Test func versionsThatAreNotRead() {
        for line in ["openapi: 3.2.0", "openapi: 4.0.0", "swagger: '1.2'", "openapi: '2.0'", "openapi: [3]"] {
            let reading = read(["a.yaml": "\(line)\npaths: {}\n"])
            #expect(reading.document == nil && reading.codes == ["WB3226"], "\(line)")
        }
        #expect(read(["a.yaml": "partner: x\n"]).codes == ["WB3201"])
        #expect(read(["a.yaml": "# nothing\n"]).codes == ["WB3202"])
        #expect(read(["a.json": #"{"asyncapi":"3.0.0"}"#]).codes == ["WB3201"])
        #expect(read(["a.json": #"{"openapi":"3.0.0","paths":{"/a":{"get":{"operationId":"a"}}}}"#]).api != nil)
    }
}

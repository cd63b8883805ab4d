import Contracts
import Diagnostics
import Testing

/// Documents that were made to hurt: bounded work, a clear message.
@Suite struct OpenAPIHostileTests {
    @Test func loopsOfReferences() {
        let text = openAPI(
            """
            /a: { $ref: "#/components/x-items/a" }
            /b:
              get:
                operationId: b
                parameters: [ { $ref: "#/components/parameters/x" } ]
                requestBody: { $ref: "#/components/requestBodies/r" }
                responses: { default: { $ref: "#/components/responses/r" } }
            """,
            components: """
                x-items: { a: { $ref: "#/paths/~1a" } }
                parameters: { x: { $ref: "#/components/parameters/y" }, y: { $ref: "#/components/parameters/x" } }
                requestBodies: { r: { $ref: "#/components/requestBodies/r" } }
                responses: { r: { $ref: "#/components/responses/r" } }
                schemas:
                  s: { $ref: "#/components/schemas/s" }
                  t: { allOf: [ { $ref: "#/components/schemas/t" } ] }
                """)
        let reading = read(["a.yaml": text])
        #expect(Set(reading.codes) == ["WB3211"])
        #expect(reading.api?.operations.map(\.name) == ["b"])
        for schema in reading.api?.schemas ?? [] { #expect(!schema.shape().describeTree(depth: 4, limit: 50).isEmpty) }
    }

    @Test func aLongChainOfReferences() {
        let links = (0..<2_000).map { "s\($0): { $ref: \"#/components/schemas/s\($0 + 1)\" }" }
        let text = openAPI(
            "/a: { get: { operationId: a, responses: {} } }",
            components: "schemas:\n" + links.map { "  \($0)\n" }.joined() + "  s2000: { type: string }\n")
        let reading = read(["a.yaml": text])
        #expect(reading.api?.schemas.count == 2_001)
        #expect(reading.codes.contains("WB3211"))
    }

    @Test func tenThousandPaths() {
        var paths = ""
        for index in 0..<10_000 { paths += "\"/p\(index)/{id}\": { $ref: \"#/components/x-item\" }\n" }
        let text = openAPI(
            paths,
            components: """
                x-item:
                  parameters: [ { name: id, in: path, required: true, schema: { type: string } } ]
                  get: { responses: { "200": { description: x } } }
                """)
        let clock = ContinuousClock()
        var reading: Reading?
        let elapsed = clock.measure { reading = read(["a.yaml": text]) }
        #expect(reading?.api?.operations.count == 10_000)
        #expect(reading?.codes == ["WB3227"])
        #expect(elapsed < .seconds(20))
    }

    @Test func aSmallDocumentThatSaysTooMuch() {
        let parameters = (0..<900).map { "{ name: p\($0), in: query }" }.joined(separator: ", ")
        var paths = ""
        for index in 0..<1_000 { paths += "\"/p\(index)\": { $ref: \"#/components/x-item\" }\n" }
        let text = openAPI(
            paths,
            components: """
                x-item:
                  parameters: [ \(parameters) ]
                  get: { operationId: a, responses: {} }
                  put: { operationId: b, responses: {} }
                """)
        let reading = read(["a.yaml": text])
        #expect(reading.codes.contains("WB3240"))
        #expect((reading.api?.operations.count ?? 0) < 1_000)
    }

    @Test func deepNesting() {
        let yaml = "openapi: 3.0.0\npaths: " + String(repeating: "[", count: 5_000)
        #expect(read(["a.yaml": yaml]).document == nil)
        let json = #"{"openapi":"3.0.0","paths":"# + String(repeating: #"{"a":"#, count: 5_000)
        #expect(read(["a.json": json]).codes == ["WB3202"])
        var schema = "{ type: string }"
        for _ in 0..<50 { schema = "{ properties: { a: \(schema) } }" }
        #expect(
            read([
                "a.yaml": openAPI(
                    "/a: { get: { operationId: a, responses: {} } }", components: "schemas: { A: \(schema) }")
            ]).document == nil)
    }

    @Test func aliasesAreRefused() {
        var text = "openapi: 3.0.0\nx0: &a0 [x, x]\n"
        for level in 1..<30 { text += "x\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        let reading = read(["a.yaml": text + "paths: {}\n"])
        #expect(reading.document == nil && !reading.codes.isEmpty)
    }

    @Test func partsOfTheWrongKind() {
        for part in [
            "paths: []", "paths: { /a: [] }", "paths: { /a: { get: 1 } }", "paths: { a: {} }",
            "paths: { /a: { get: { parameters: {}, requestBody: [], responses: [] } } }",
            "paths: { /a: { get: { parameters: [1, {}], requestBody: { content: 1 }, responses: { 99: {}, 2XX: 1 } } } }",
            "paths: { /a: { get: { responses: { 200: { content: { application/json: { schema: 1 } } } } } } }",
            "paths: { '/{': { get: {} }, '/}{': { get: {} }, '/{}': { get: {} } }", "paths: {}\nservers: {}",
            "paths: {}\nservers: [1, { url: 2 }, { url: '{a}', variables: { a: 1 } }]", "paths: { /a: { $ref: 5 } }",
            "paths: {}\ncomponents: { schemas: [], securitySchemes: { a: 1, b: { type: apiKey } } }",
            "paths: {}\ninfo: 5",
            "paths: { /a: { get: { security: { a: 1 }, operationId: {} } } }",
        ] {
            for version in ["3.0.0", "3.1.0"] {
                let reading = read(["a.yaml": "openapi: \(version)\n\(part)\n"])
                #expect(reading.document != nil, "\(part): \(reading.titles)")
                for operation in reading.api?.operations ?? [] {
                    _ = operation.requestContract()
                    _ = operation.responseContract()
                }
            }
        }
    }
}

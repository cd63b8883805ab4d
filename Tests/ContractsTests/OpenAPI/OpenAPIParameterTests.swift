import Contracts
import Testing

/// Parameters with their styles, in OpenAPI 3 and Swagger 2.0.
@Suite struct OpenAPIParameterTests {
    @Test func stylesAndTheirDefaults() throws {
        let text = openAPI(
            """
            /a/{p}/{m}:
              get:
                operationId: a
                parameters:
                  - { name: p, in: path, required: true, schema: { type: string } }
                  - { name: m, in: path, required: true, style: matrix, explode: true, schema: { type: array, items: { type: string } } }
                  - { name: q, in: query, schema: { type: array, items: { type: string } } }
                  - { name: d, in: query, style: deepObject, schema: { type: object } }
                  - { name: s, in: query, style: spaceDelimited, schema: { type: array, items: { type: string } } }
                  - { name: X-H, in: header, required: true, schema: { type: integer } }
                  - { name: c, in: cookie, schema: { type: string } }
                  - { name: j, in: query, content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } } }
                  - { name: Authorization, in: header, schema: { type: string } }
                responses: {}
            """)
        let reading = read(["a.yaml": text])
        #expect(reading.diagnostics.isEmpty)
        let operation = try #require(reading.api?.operations.first)
        #expect(operation.parameters.map(\.name) == ["p", "m", "q", "d", "s", "X-H", "c", "j"])
        #expect(
            operation.parameters.map(\.style) == [
                .simple, .matrix, .form, .deepObject, .spaceDelimited, .simple, .form, .form,
            ])
        #expect(operation.parameters.map(\.isExploded) == [false, true, true, false, false, false, true, true])
        #expect(operation.parameter("x-h", in: .header)?.schema?.shape().kindName == "whole number")
        let json = try #require(operation.parameter("j", in: .query))
        #expect(json.mediaType == "application/json")
        #expect(fields(json.schema?.shape()) == ["a?: text"])
    }

    @Test(arguments: [
        ("- { in: query }", "no name"), ("- { name: a, in: body, schema: {} }", "not a place"),
        ("- { name: a, in: query, style: matrix }", "not a style"),
        ("- { name: a, in: query }\n- { name: a, in: query }", "there twice"),
        ("- { name: z, in: path, required: true }", "does not stand in"),
    ])
    func malformedParameters(written: String, title: String) {
        let list = written.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
        let text = openAPI("/a:\n  get:\n    operationId: a\n    parameters:\n\(list)\n    responses: {}")
        let reading = read(["a.yaml": text])
        #expect(reading.codes == ["WB3225"], "\(reading.titles)")
        #expect(reading.titles.first?.contains(title) == true)
    }

    @Test func pathParametersAreDeclaredAndRequired() {
        let text = openAPI(
            """
            /a/{x}/{y}:
              get:
                operationId: a
                parameters: [ { name: x, in: path, schema: { type: string } } ]
                responses: {}
            """)
        let reading = read(["a.yaml": text])
        #expect(reading.codes == ["WB3225", "WB3225"])
        #expect(reading.titles.contains { $0.contains("names `{y}`") })
        #expect(reading.api?.operations.first?.parameter("x", in: .path)?.isRequired == true)
    }

    @Test func swaggerTwo() throws {
        let text = """
            swagger: "2.0"
            info: { title: Old, version: "1" }
            host: api.example
            basePath: /v1
            schemes: [https]
            consumes: [application/json]
            produces: [application/json, application/xml]
            securityDefinitions: { b: { type: basic }, k: { type: apiKey, in: query, name: key } }
            paths:
              /a/{id}:
                parameters: [ { $ref: "#/parameters/id" } ]
                post:
                  operationId: a
                  parameters:
                    - { name: body, in: body, required: true, schema: { $ref: "#/definitions/A" } }
                    - { name: tags, in: query, type: array, items: { type: string }, collectionFormat: multi }
                    - { name: ids, in: query, type: array, items: { type: integer }, collectionFormat: pipes }
                  responses:
                    200: { description: ok, schema: { $ref: "#/definitions/A" } }
                    default: { $ref: "#/responses/failed" }
                put:
                  operationId: form
                  consumes: [application/x-www-form-urlencoded]
                  parameters:
                    - { name: amount, in: formData, type: number, required: true }
                    - { name: note, in: formData, type: string, maxLength: 10 }
                  responses: { 204: { description: none } }
            parameters: { id: { name: id, in: path, required: true, type: integer, format: int64 } }
            responses: { failed: { description: no, schema: { type: object, properties: { code: { type: string } } } } }
            definitions:
              A: { type: object, required: [x], properties: { x: { type: number, minimum: 0, exclusiveMinimum: true } } }
            """
        let reading = read(["a.yaml": text])
        #expect(reading.diagnostics.isEmpty, "\(reading.titles)")
        let api = try #require(reading.api)
        #expect(api.version == .v20)
        #expect(api.servers == ["https://api.example/v1"])
        #expect(api.schemas.compactMap(\.name) == ["A"])
        #expect(api.securitySchemes.map(\.kind) == [.http("basic"), .apiKey(name: "key", in: .query)])
        let post = try #require(api.operation(named: "a"))
        #expect(post.parameters.map(\.name) == ["tags", "ids", "id"])
        #expect(post.parameters.map(\.style) == [.form, .pipeDelimited, .simple])
        #expect(post.parameters.map(\.isExploded) == [true, false, false])
        #expect(post.parameter("id", in: .path)?.schema?.shape().kindName == "whole number")
        #expect(fields(post.requestContract().root) == ["x: number"])
        let minimum = post.requestContract().root.field(path: "x")?.shape.facets.minimum
        #expect(minimum?.text == "0" && minimum?.exclusive == true)
        #expect(post.responses.first?.contents.map(\.mediaType) == ["application/json", "application/xml"])
        #expect(fields(reading.document?.response(operation: "a", status: 500)?.root) == ["code?: text"])
        let form = try #require(api.operation(named: "form"))
        #expect(form.takes(.form) && form.request?.isRequired == true)
        #expect(fields(form.requestContract(.form).root) == ["amount: number", "note?: text"])
    }
}

import Contracts
import Diagnostics
import Testing

/// `$ref` in all places, several files, and what leads nowhere.
@Suite struct OpenAPIReferenceTests {
    @Test func everythingMayBeReferredTo() throws {
        let text = openAPI(
            """
            /a/{id}: { $ref: "#/components/x-items/a" }
            """,
            components: """
                x-items:
                  a:
                    parameters: [ { $ref: "#/components/parameters/id" } ]
                    post:
                      operationId: a
                      parameters: [ { $ref: "#/components/parameters/limit" } ]
                      requestBody: { $ref: "#/components/requestBodies/body" }
                      responses:
                        default: { $ref: "#/components/responses/failed" }
                        "200": { $ref: >-
                            #/components/responses/done }
                parameters:
                  id: { $ref: "#/components/parameters/other" }
                  other: { name: id, in: path, required: true, schema: { $ref: "#/components/schemas/Id" } }
                  limit: { name: limit, in: query, schema: { type: integer } }
                requestBodies:
                  body: { content: { application/json: { schema: { $ref: "#/components/schemas/Id" } } } }
                headers: { h: { schema: { type: string } } }
                responses:
                  failed: { description: no, content: { application/json: { schema: { $ref: "#/components/schemas/default" } } } }
                  done:
                    description: ok
                    headers: { X-H: { $ref: "#/components/headers/h" } }
                    content:
                      application/json:
                        schema:
                          $ref: >-
                            #/components/schemas/Odd~1Name~0s%20x
                schemas:
                  Id: { type: string, maxLength: 8 }
                  default: { type: object, properties: { properties: { $ref: "#/components/schemas/Id" }, enum: { $ref: "#/components/schemas/Id" } } }
                  "Odd/Name~s x": { type: object, properties: { n: { type: integer } } }
                """.replacingFoldedFlow())
        let reading = read(["a.yaml": text])
        #expect(reading.diagnostics.isEmpty, "\(reading.titles)")
        let operation = try #require(reading.api?.operation(named: "a"))
        #expect(operation.parameters.map(\.name) == ["limit", "id"])
        #expect(operation.parameter("id", in: .path)?.schema?.shape().facets.maxLength == 8)
        #expect(operation.requestContract().root.kindName == "text")
        #expect(fields(operation.responseContract().root) == ["n?: whole number"])
        #expect(operation.response(status: 200)?.headers.map(\.name) == ["X-H"])
        #expect(
            fields(reading.document?.response(operation: "a", status: 404)?.root) == [
                "properties?: text", "enum?: text",
            ])
    }

    @Test func severalFiles() throws {
        let main = """
            openapi: 3.1.0
            info: { title: T, version: "1" }
            paths:
              /a: { $ref: paths/a.yaml }
            """
        let item = """
            get:
              operationId: a
              parameters: [ { $ref: "../common.json#/parameters/limit" } ]
              responses:
                "200":
                  description: ok
                  content: { application/json: { schema: { $ref: "../schemas/pet.yaml" } } }
            """
        let files: KeyValuePairs<String, String> = [
            "api/main.yaml": main, "api/paths/a.yaml": item,
            "api/common.json":
                ##"{"parameters":{"limit":{"name":"limit","in":"query","schema":{"$ref":"#/schemas/int"}}},"schemas":{"int":{"type":"integer"}}}"##,
            "api/schemas/pet.yaml":
                "type: object\nproperties:\n  name: { type: string }\n  mother: { $ref: '#' }\n  born: { $ref: 'date.yaml#/date' }\n",
            "api/schemas/date.yaml": "date: { type: string, format: date }\n",
        ]
        let reading = read(files)
        #expect(reading.diagnostics.isEmpty, "\(reading.titles)")
        #expect(reading.document?.files.count == 5)
        #expect(reading.document?.files.first == "api/main.yaml")
        let operation = try #require(reading.api?.operation(named: "a"))
        #expect(operation.source == ShapeSource(path: "api/paths/a.yaml", line: 1))
        #expect(operation.parameters.first?.schema?.shape().kindName == "whole number")
        let root = operation.responseContract().root
        #expect(root.field(path: "mother.mother.name")?.shape.kindName == "text")
        #expect(root.field(path: "born")?.shape.source == ShapeSource(path: "api/schemas/date.yaml", line: 1))
    }

    @Test func remoteFilesComeFromTheCatalog() throws {
        let text = openAPI(
            "/a: { get: { operationId: a, responses: { \"200\": { description: x, content: { application/json: { schema: { $ref: \"https://x.example/c.yaml#/A\" } } } } } } }"
        )
        let alone = read(["a.yaml": text])
        #expect(alone.codes == ["WB3207"])
        #expect(alone.diagnostics.first?.help?.contains("catalog.json") == true)
        #expect(alone.loaded.allSatisfy { !$0.contains("://") })
        let whole = read([
            "a.yaml": text, "catalog.json": #"{"https://x.example/c.yaml":"copies/c.yaml"}"#,
            "copies/c.yaml": "A: { type: object, properties: { x: { type: boolean } } }\n",
        ])
        #expect(whole.diagnostics.isEmpty, "\(whole.titles)")
        #expect(fields(whole.api?.operations.first?.responseContract().root) == ["x?: boolean"])
    }

    @Test(arguments: [
        ("#/components/schemas/Chrage", "WB3210"), ("missing.yaml#/A", "WB3206"), ("../../etc/passwd", "WB3207"),
        ("/etc/passwd", "WB3207"), ("https://x.example/a.yaml", "WB3207"), ("file:///etc/passwd", "WB3207"),
    ])
    func referencesThatLeadNowhere(reference: String, code: String) {
        let text = openAPI(
            "/a: { get: { operationId: a, responses: { \"200\": { description: x, content: { application/json: { schema: { $ref: \"\(reference)\" } } } } } } }",
            components: "schemas: { Charge: { type: object } }")
        let reading = read(["a.yaml": text])
        #expect(reading.codes == [code], "\(reading.titles)")
        #expect(reading.api?.operations.first?.responseContract().root.isAny == true)
        #expect(reading.loaded.allSatisfy { !$0.hasPrefix("/") && !$0.contains("..") })
        if reference.hasPrefix("#") {
            #expect(reading.diagnostics.first?.help?.contains("#/components/schemas/Charge") == true)
        }
    }

    @Test func aFileThatCanNotBeRead() {
        let text = openAPI("/a: { $ref: broken.yaml }")
        let reading = read(["a.yaml": text, "broken.yaml": "a: [\n"])
        #expect(reading.codes.contains("WB3202") && reading.codes.contains("WB3206"))
        #expect(reading.api?.operations.isEmpty == true)
    }

    @Test func valuesOfYAMLAreThoseOfJSON() throws {
        let text = openAPI(
            "/a: { get: { operationId: a, responses: {} } }",
            components: """
                schemas:
                  A:
                    type: object
                    properties:
                      day: { enum: [2019-06-07, 2020-01-01] }
                      code: { enum: [007, 1.0.0, 0x1F, on, .5, 1e3x] }
                      number: { enum: [1, 2.50, -0.1e5] }
                      flag: { enum: [true] }
                      quoted: { enum: ["true", '5', "null"] }
                      none: { enum: [~, null] }
                      text: { type: string, default: >-
                        folded }
                """.replacingFoldedFlow())
        let shape = try #require(read(["a.yaml": text]).api?.schema(named: "A")?.shape())
        #expect(
            fields(shape) == [
                "day?: text", "code?: text", "number?: number", "flag?: boolean", "quoted?: text", "none?: null",
                "text?: text",
            ])
        #expect(shape.field(path: "day")?.shape.facets.enumeration == ["2019-06-07", "2020-01-01"])
        #expect(shape.field(path: "code")?.shape.facets.enumeration == ["007", "1.0.0", "0x1F", "on", ".5", "1e3x"])
        #expect(shape.field(path: "number")?.shape.facets.enumeration == ["1", "2.50", "-0.1e5"])
    }
}

extension String {
    /// Block scalars can't stand within braces: `{ $ref: >-` and what follows up to the brace becomes one quoted text.
    fileprivate func replacingFoldedFlow() -> String {
        replacing(/>-\s*(\S+) \}/) { "\"\($0.output.1)\" }" }
    }
}

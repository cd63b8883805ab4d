import Contracts
import Documents
import Testing

/// Schemas as OpenAPI has them: dialects, directions, validators.
@Suite struct OpenAPISchemaTests {
    /// The violations of a message, as `pointer keyword`.
    private func violations(_ contract: Contract?, _ text: String) throws -> [String] {
        let validator = try #require(contract?.validator)
        let document = Document()
        let scratch = ValidationScratch()
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            guard (try? document.parseJSON(buffer)) != nil else { return ["not JSON"] }
            let isValid = validator.validate(document, at: document.root, source: buffer, scratch)
            #expect(isValid == scratch.violations.isEmpty)
            return scratch.violations.map { "\($0.pointer) \($0.keyword)" }
        }
    }

    private static let pets = openAPI(
        """
        /pets:
          post:
            operationId: addPet
            requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
            responses:
              "201": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
              "409": { description: no, content: { application/json: { schema: { type: object, required: [code], properties: { code: { type: integer } } } } } }
        """,
        components: """
            schemas:
              Base:
                type: object
                required: [id]
                properties: { id: { type: string, readOnly: true }, pin: { $ref: "#/components/schemas/Pin" } }
              Pin: { type: string, writeOnly: true, minLength: 4 }
              Pet:
                allOf:
                  - { $ref: "#/components/schemas/Base" }
                  - { type: object, required: [id, pin, name], properties: { name: { type: string, nullable: true }, age: { type: integer, minimum: 0, exclusiveMinimum: true } } }
            """)

    @Test func whatTheOtherSideSendsIsLeftOut() throws {
        let document = try #require(read(["a.yaml": Self.pets]).document)
        let request = document.request(operation: "addPet")
        let answer = document.response(operation: "addPet")
        #expect(fields(request?.root) == ["pin: text", "name: text", "age?: whole number"])
        #expect(fields(answer?.root) == ["id: text", "name: text", "age?: whole number"])
        #expect(request?.root.field(path: "name")?.shape.nullable == true)
        #expect(document.openAPI?.schema(named: "Pet")?.shape().fields.count == 4)
    }

    @Test func messagesAreChecked() throws {
        let document = try #require(read(["a.yaml": Self.pets]).document)
        let request = document.request(operation: "addPet")
        #expect(try violations(request, #"{"id":"1","pin":"1234","name":null,"age":1}"#) == [])
        #expect(try violations(request, #"{"id":"1","pin":"1","name":"a"}"#) == ["/pin minLength"])
        #expect(try violations(request, #"{"id":"1","pin":"1234","name":"a","age":0}"#) == ["/age exclusiveMinimum"])
        #expect(try violations(document.response(operation: "addPet", status: 409), "{}") == ["/code required"])
    }

    @Test func threeOneIsTheWholeOfJSONSchema() throws {
        let text = openAPI(
            """
            /a:
              put:
                operationId: a
                requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/A" } } } }
                responses: {}
            """,
            components: """
                schemas:
                  A:
                    type: [object, "null"]
                    required: [kind]
                    properties:
                      kind: { const: x }
                      n: { type: number, exclusiveMinimum: 0 }
                      maybe: { type: string, nullable: true }
                      b: { $ref: "#/components/schemas/B", maxLength: 3 }
                    unevaluatedProperties: false
                  B: { type: string, pattern: "^[a-z]*$" }
                """, version: "3.1.0")
        let reading = read(["a.yaml": text])
        #expect(reading.api?.version == .v31)
        let request = reading.document?.request(operation: "a")
        #expect(request?.root.nullable == true)
        #expect(try violations(request, "null") == [])
        #expect(try violations(request, #"{"kind":"x","n":1,"b":"ab"}"#) == [])
        #expect(try violations(request, #"{"kind":"y"}"#) == ["/kind const"])
        #expect(try violations(request, #"{"kind":"x","b":"abcd"}"#) == ["/b maxLength"])
        #expect(try violations(request, #"{"kind":"x","z":1}"#).count == 1)
        #expect(try violations(request, #"{"kind":"x","maybe":null}"#) == ["/maybe type"])
    }

    @Test func schemasOfOtherFilesAreChecked() throws {
        let text = openAPI(
            "/a: { put: { operationId: a, requestBody: { content: { application/json: { schema: { $ref: \"s.yaml#/A\" } } } }, responses: {} } }"
        )
        let reading = read([
            "a.yaml": text, "s.yaml": "A: { type: array, items: { $ref: '#/B' } }\nB: { enum: [1, two] }\n",
        ])
        #expect(reading.diagnostics.isEmpty, "\(reading.titles)")
        let request = reading.document?.request(operation: "a")
        #expect(try violations(request, #"[1,"two"]"#) == [])
        #expect(try violations(request, #"[3]"#) == ["/0 enum"])
    }

    @Test func aDiscriminatorLeavesTheAlternatives() throws {
        let text = openAPI(
            "/a: { put: { operationId: a, requestBody: { content: { application/json: { schema: { $ref: \"#/components/schemas/P\" } } } }, responses: {} } }",
            components: """
                schemas:
                  P:
                    oneOf: [ { $ref: "#/components/schemas/Card" }, { $ref: "#/components/schemas/Iban" } ]
                    discriminator: { propertyName: type, mapping: { card: "#/components/schemas/Card", iban: Iban } }
                  Card: { type: object, required: [type, pan], properties: { type: { enum: [card] }, pan: { type: string } } }
                  Iban: { type: object, required: [type, iban], properties: { type: { enum: [iban] }, iban: { type: string } } }
                """)
        let reading = read(["a.yaml": text])
        #expect(reading.diagnostics.isEmpty, "\(reading.titles)")
        let request = reading.document?.request(operation: "a")
        #expect(try violations(request, #"{"type":"card","pan":"1"}"#) == [])
        #expect(try violations(request, #"{"type":"iban","pan":"1"}"#) != [])
        #expect(request?.root.field(path: "iban")?.required != true)
        #expect(request?.root.lookup("type") != nil)
    }

    @Test func xmlBodiesHaveTheirRootElement() throws {
        let text = openAPI(
            """
            /a: { put: { operationId: a, requestBody: { content: { application/xml: { schema: { $ref: "#/components/schemas/A" } } } }, responses: {} } }
            /b: { put: { operationId: b, requestBody: { content: { text/xml: { schema: { $ref: "#/components/schemas/B" } } } }, responses: {} } }
            """,
            components: """
                schemas:
                  A: { type: object, properties: { x: { type: string, xml: { attribute: true } } } }
                  B: { type: object, xml: { name: order, namespace: "urn:o" } }
                """)
        let document = read(["a.yaml": text]).document
        let first = try #require(document?.request(operation: "a"))
        #expect(first.rootElement == ElementName("A", namespace: nil))
        #expect(first.root.isAny && first.validator == nil)
        #expect(document?.request(operation: "b")?.rootElement == ElementName("order", namespace: "urn:o"))
    }

    @Test func formsAreNotCheckedAsJSON() throws {
        let text = openAPI(
            "/a: { put: { operationId: a, requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { n: { type: integer } } } } } }, responses: {} } }"
        )
        let request = read(["a.yaml": text]).document?.request(operation: "a")
        #expect(fields(request?.root) == ["n?: whole number"])
        #expect(request?.validator == nil)
    }
}

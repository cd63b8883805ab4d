import Contracts
import Glibc
import Testing

/// Documents with random damage: whatever they say, reading them ends, and what was read can be used.
@Suite struct OpenAPIRandomTests {
    private static let text = """
        openapi: 3.0.3
        info: { title: Store, version: "1" }
        servers: [ { url: "https://{r}.example/v1", variables: { r: { default: eu } } } ]
        security: [ { key: [] } ]
        paths:
          /charges/{chargeId}/authorize:
            parameters:
              - { name: chargeId, in: path, required: true, schema: { type: string } }
            post:
              operationId: authorizeCharge
              parameters:
                - { name: expand, in: query, style: form, explode: false, schema: { type: array, items: { type: string } } }
                - { $ref: "#/components/parameters/branch" }
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: "#/components/schemas/Charge" } }
                  application/xml: { schema: { $ref: "#/components/schemas/Charge" } }
              responses:
                "200":
                  description: done
                  headers: { X-Id: { schema: { type: string } } }
                  content: { application/json: { schema: { $ref: "#/components/schemas/Answer" } } }
                4XX: { $ref: "#/components/responses/failed" }
          /charges: { $ref: "#/paths/~1charges~1{chargeId}~1authorize" }
        components:
          parameters: { branch: { name: X-Branch, in: header, schema: { type: string } } }
          responses: { failed: { description: no, content: { application/json: { schema: { type: object } } } } }
          securitySchemes: { key: { type: apiKey, name: X-Key, in: header } }
          schemas:
            Charge:
              allOf:
                - { type: object, required: [id], properties: { id: { type: string, readOnly: true } } }
                - type: object
                  required: [amount]
                  properties:
                    amount: { type: number, minimum: 0, exclusiveMinimum: true, nullable: true }
                    parts: { type: array, items: { $ref: "#/components/schemas/Charge" } }
            Answer:
              oneOf: [ { $ref: "#/components/schemas/Charge" }, { type: string, pattern: "^a+$" } ]
              discriminator: { propertyName: kind }
        """

    private struct Random {
        var state: UInt64

        mutating func below(_ count: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(max(1, count)))
        }
    }

    @Test func damagedDocumentsAreRead() {
        let seed = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...999_999_999)
        print("damaged OpenAPI documents: WAYBILL_SEED=\(seed)")
        var random = Random(state: seed)
        let values = [
            "[]", "{}", "null", "1", "-1e400", "true", "\"\"", "{ $ref: \"#\" }", "{ $ref: \"#/paths\" }", "[ [ 1 ] ]",
            "{ $ref: \"#/components/schemas/Answer\" }", "{ allOf: [ { $ref: \"#/components/schemas/Charge\" } ] }",
            "é", "/{",
        ]
        var read = 0
        for _ in 0..<150 {
            var lines = Self.text.split(separator: "\n").map(String.init)
            for _ in 0...random.below(3) {
                let index = random.below(lines.count)
                switch random.below(5) {
                case 0: lines.remove(at: index)
                case 1: lines.insert(lines[random.below(lines.count)], at: index)
                case 2:
                    if let colon = lines[index].firstIndex(of: ":") {
                        lines[index] = lines[index][...colon] + " " + values[random.below(values.count)]
                    }
                case 3:
                    let words = lines[index].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                    var changed = words
                    changed[random.below(words.count)] = values[random.below(values.count)]
                    lines[index] = changed.joined(separator: " ")
                default:
                    let from = random.below(lines.count)
                    lines.swapAt(index, from)
                }
                if lines.isEmpty { break }
            }
            let reading = ContractsTests.read(["a.yaml": lines.joined(separator: "\n") + "\n"])
            guard let api = reading.api else {
                #expect(!reading.codes.isEmpty)
                continue
            }
            read += 1
            for operation in api.operations {
                for contract in [
                    operation.requestContract(), operation.requestContract(.xml), operation.responseContract(),
                ] {
                    _ = contract.root.describeTree(depth: 4, limit: 100)
                }
                for response in operation.responses { _ = operation.responseContract(response).root.kindName }
                _ = OpenAPITemplate.pieces(of: operation.path)
            }
            for schema in api.schemas { _ = schema.shape(.response).describeTree(depth: 4, limit: 100) }
        }
        print("damaged OpenAPI documents: \(read) of 150 were read")
        #expect(read > 4)
    }
}

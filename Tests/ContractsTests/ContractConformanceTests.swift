import Contracts
import Diagnostics
import Documents
import Testing

/// Partners' real contracts and stress cases, read from the folder that `WAYBILL_CONFORMANCE` names.
@Suite struct ContractConformanceTests {
    private func json(_ path: String) -> Value? {
        guard let bytes = contents(of: path) else { return nil }
        let document = Document()
        let isRead = bytes.withUnsafeBytes { (try? document.parseJSON($0)) != nil }
        return isRead ? document.value(document.root) : nil
    }

    private func text(_ value: Value?) -> String? {
        if case .string(let text)? = value { return text }
        return nil
    }

    private func items(_ value: Value?) -> [Value] {
        if case .list(let items)? = value { return items }
        return []
    }

    private func member(_ value: Value?, _ name: String) -> Value? {
        if case .context(let context)? = value { return context[name] }
        return nil
    }

    /// Reads a file on disk, its folder being the workspace.
    private func open(_ folder: String, _ path: String) -> Reading {
        read(path: path) { contents(of: folder + "/" + $0) }
    }

    @Test func realSchemas() throws {
        guard let root = conformanceFolder() else { return }
        let index = try #require(json(root + "/wsdl/INDEX.json"))
        let contracts = items(member(index, "contracts"))
        #expect(contracts.count > 20)
        for contract in contracts {
            let slug = try #require(text(member(contract, "slug")))
            // Descriptions have tests of their own.
            guard text(member(contract, "kind")) != "wsdl" else { continue }
            for main in items(member(contract, "main")).compactMap(text) {
                let reading = open(root + "/wsdl/" + slug, main)
                let document = try #require(reading.document, "\(slug): \(reading.codes)")
                let errors = reading.diagnostics.filter { $0.severity == .error }
                #expect(errors.isEmpty, "\(slug): \(errors.map { $0.title })")
                for element in document.elements.prefix(50) { _ = element.shape.describeTree(depth: 6, limit: 400) }
            }
        }
    }

    @Test func schemasOfTheXMLSchemaSuite() throws {
        guard let root = conformanceFolder() else { return }
        let folder = root + "/xsd-suite"
        let cases = items(json(folder + "/cases.json"))
        var seen: Set<String> = []
        for each in cases {
            for path in items(member(each, "schemas")).compactMap(text) where seen.insert(path).inserted {
                guard let document = open(folder, path).document else { continue }
                for element in document.elements { _ = element.shape.describeTree(depth: 8, limit: 200) }
            }
        }
        print("\(seen.count) schemas of the XML Schema suite")
    }

    @Test func schemasOfTheJSONSchemaSuite() throws {
        guard let root = conformanceFolder() else { return }
        var count = 0
        for draft in ["draft4", "draft7", "draft2019-09", "draft2020-12"] {
            for name in [
                "ref", "refRemote", "allOf", "anyOf", "oneOf", "properties", "items", "type", "enum", "const", "id",
                "anchor",
                "definitions", "defs", "infinite-loop-detection", "dynamicRef", "recursiveRef", "additionalProperties",
                "not",
                "if-then-else", "unevaluatedProperties", "boolean_schema", "default", "required", "patternProperties",
            ] {
                let path = root + "/json-schema-test-suite/tests/\(draft)/\(name).json"
                for each in items(json(path)) {
                    guard let schema = member(each, "schema") else { continue }
                    let writer = ByteWriter()
                    writer.writeJSON(schema)
                    let text = writer.string
                    let reading = read(["s.schema.json": text])
                    #expect(reading.document != nil, "\(draft)/\(name)")
                    #expect(reading.document?.root.describeTree(depth: 8, limit: 500).isEmpty == false)
                    count += 1
                }
            }
        }
        #expect(count > 300)
    }
}

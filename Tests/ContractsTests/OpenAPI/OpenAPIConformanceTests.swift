import Contracts
import Diagnostics
import Documents
import Testing

/// The shipped OpenAPI documents of real partners, read from the folder that `WAYBILL_CONFORMANCE` names.
@Suite struct OpenAPIConformanceTests {
    @Test func realDocuments() throws {
        guard let root = conformanceFolder() else { return }
        let folder = root + "/openapi"
        let index = try #require(contents(of: folder + "/INDEX.json"))
        let parsed = Document()
        let isRead = index.withUnsafeBytes { (try? parsed.parseJSON($0)) != nil }
        try #require(isRead)
        let entries = list(member(parsed.value(parsed.root), "documents"))
        #expect(entries.count == 6)
        for entry in entries {
            let path = try #require(text(member(entry, "file")))
            let reading = read(path: path) { contents(of: folder + "/" + $0) }
            let document = try #require(
                reading.document?.openAPI,
                "\(path): \(reading.diagnostics.map { ($0.code, $0.title, $0.primary?.span.start ?? 0) })")
            let errors = reading.diagnostics.filter { $0.severity == .error }
            #expect(errors.isEmpty, "\(path): \(errors.map(\.title))")
            #expect(document.pathCount == number(member(entry, "paths")), "\(path)")
            #expect(document.operations.count == number(member(entry, "operations")), "\(path)")
            #expect(document.schemas.count == number(member(entry, "schemas")), "\(path)")
            #expect(document.title == text(member(entry, "title")), "\(path)")
            #expect(document.servers == list(member(entry, "servers")).compactMap(text), "\(path)")
            let schemes = names(member(entry, "securitySchemes"))
            #expect(document.securitySchemes.map(\.name).sorted() == schemes.sorted(), "\(path)")
            #expect(text(member(entry, "openapi"))?.hasPrefix(document.version.rawValue) == true, "\(path)")

            var bodies = 0
            var typed = 0
            var types: Set<String> = []
            for operation in document.operations {
                #expect(document.operation(named: operation.name)?.source == operation.source)
                #expect(document.operation(named: operation.methodAndPath)?.source == operation.source)
                let contents = (operation.request?.contents ?? []) + operation.responses.flatMap(\.contents)
                bodies += contents.count
                for content in contents { types.insert(String(content.mediaType.prefix { $0 != ";" })) }
                let request = operation.requestContract().root
                #expect(request.isAny || operation.takes(.json), "\(path): \(operation.name)")
                typed += request.isAny ? 0 : 1
                for header in operation.responses.flatMap(\.headers) { types.formUnion([header.mediaType ?? ""]) }
                _ = request.describeTree(depth: 4, limit: 300)
                _ = operation.responseContract().root.describeTree(depth: 4, limit: 300)
                for name in OpenAPITemplate.names(in: operation.path) {
                    #expect(operation.parameter(name, in: .path)?.isRequired == true, "\(operation.name): \(name)")
                }
            }
            let declared = list(member(entry, "contentTypes"))
            #expect(types.isSuperset(of: declared.compactMap(text)), "\(path): \(types)")
            var compiled = 0
            for schema in document.schemas {
                _ = schema.shape().describeTree(depth: 2, limit: 200)
                #expect(schema.source.line > 1)
                compiled += schema.validator() == nil ? 0 : 1
            }
            #expect(compiled == document.schemas.count, "\(path)")
            let codes = Dictionary(reading.codes.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
            print(
                "openapi \(path): \(document.pathCount) paths, \(document.operations.count) operations, "
                    + "\(bodies) bodies (\(typed) typed requests), \(compiled)/\(document.schemas.count) schemas compiled, notes \(codes)"
            )
        }
    }

    private func text(_ value: Value?) -> String? {
        if case .string(let text)? = value { return text }
        return nil
    }

    private func number(_ value: Value?) -> Int? {
        if case .number(let number)? = value { return Int(number.description) }
        return nil
    }

    private func list(_ value: Value?) -> [Value] {
        if case .list(let items)? = value { return items }
        return []
    }

    private func member(_ value: Value?, _ name: String) -> Value? {
        if case .context(let context)? = value { return context[name] }
        return nil
    }

    private func names(_ value: Value?) -> [String] {
        if case .context(let context)? = value { return context.names }
        return []
    }
}

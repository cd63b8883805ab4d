public import Diagnostics
internal import XML

/// Reads a contract file: JSON Schema (draft 4 to 2020-12), XML Schema 1.0, WSDL 1.1.
///
/// Bytes come through `load`, by paths relative to the workspace; nothing is opened or fetched here. Whatever a shape
/// can't hold becomes `any` or an open object, with a diagnostic, so a contract that is only partly understood can
/// still be used. Messages are not validated against contracts at run time in this version.
public enum ContractReader {
    /// The contract at `path`, or nil when it can't be read at all (which is an error in `sink`).
    ///
    /// - Parameters:
    ///   - fragment: What follows `#` where the contract is named: an operation (WSDL), a global element (XML Schema),
    ///     or a JSON Pointer, anchor or name of a definition (JSON Schema).
    ///   - file: The contract in the source store, for spans.
    public static func read(
        path: String, fragment: String?, load: (String) -> [UInt8]?, file: FileID, into sink: inout DiagnosticSink
    ) -> ContractDocument? {
        withoutActuallyEscaping(load) { load in
            let bytes = load(path)
            let issues = ContractIssues(path: path, file: file, bytes: bytes ?? [])
            defer { sink.merge(issues.sink) }
            guard let bytes else {
                issues.add(
                    "WB3200", .error, "`\(path)` can't be read", at: .init(path, line: 1), "no such file",
                    help: "paths are relative to the workspace")
                return nil
            }
            let name = fragment.flatMap { $0.isEmpty ? nil : $0 }
            switch suffix(of: path) {
            case "xsd", "wsdl", "xml": return xml(path, bytes, name, issues, load)
            case "json": return json(path, bytes, name, issues, load)
            case "yaml", "yml": return notAvailable("OpenAPI in YAML", path, issues)
            case "graphql", "graphqls", "gql": return notAvailable("GraphQL", path, issues)
            case "proto": return notAvailable("Protocol Buffers", path, issues)
            default:
                switch bytes.first(where: { $0 > 0x20 && $0 < 0x80 }) {
                case UInt8(ascii: "<"): return xml(path, bytes, name, issues, load)
                case UInt8(ascii: "{"): return json(path, bytes, name, issues, load)
                default:
                    issues.add(
                        "WB3201", .error, "`\(path)` is not a contract that is read", at: .init(path, line: 1),
                        "neither JSON nor XML", help: "use .schema.json, .xsd or .wsdl")
                    return nil
                }
            }
        }
    }

    private static func suffix(of path: String) -> String {
        path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() } ?? ""
    }

    private static func notAvailable(_ what: String, _ path: String, _ issues: ContractIssues) -> ContractDocument? {
        issues.add(
            "WB3201", .error, "\(what) is not available in this version", at: .init(path, line: 1),
            "this contract can't be used", help: "describe the messages in JSON Schema, XML Schema or WSDL 1.1")
        return nil
    }

    // MARK: - JSON Schema

    private static func json(
        _ path: String, _ bytes: [UInt8], _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        var loader = JSONSchemaLoader(issues: issues, load: load)
        guard let root = loader.parse(bytes, path: path) else { return nil }
        for keyword in ["openapi", "swagger", "asyncapi"] where root[keyword]?.string != nil {
            return notAvailable(keyword == "asyncapi" ? "AsyncAPI" : "OpenAPI", path, issues)
        }
        switch root.content {
        case .object, .boolean: break
        default:
            issues.add(
                "WB3213", .error, "`\(path)` is not a JSON Schema", at: .init(path, line: 1),
                "a schema is an object, `true` or `false`")
            return nil
        }
        let set = loader.read(path: path, root: root, bytes: bytes)
        let files = [path] + set.files.keys.filter { $0 != path }.sorted()
        var location = JSONSchemaSet.Location(schema: root, path: path)
        if let fragment {
            guard let found = definition(fragment, in: set, path) else {
                let names = ["$defs", "definitions"].flatMap { root[$0]?.members.map(\.name) ?? [] }
                noSuch("definition", fragment, names, path, issues)
                return nil
            }
            location = found
        }
        let shape = JSONSchemaExpander(set).shape(location, name: fragment.flatMap(JSONSchemaExpander.name))
        return ContractDocument(path: path, language: .jsonSchema, root: shape, files: files)
    }

    private static func definition(
        _ fragment: String, in set: JSONSchemaSet, _ path: String
    ) -> JSONSchemaSet.Location? {
        for reference in ["#" + fragment, "#/$defs/" + fragment, "#/definitions/" + fragment] {
            if let found = set.resolve(reference, in: path) { return found }
        }
        return nil
    }

    // MARK: - XML Schema and WSDL

    private static func xml(
        _ path: String, _ bytes: [UInt8], _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        guard let root = XSDLoader.read(bytes, path: path, issues: issues) else { return nil }
        switch (root.name, root.namespace) {
        case ("definitions", ContractNamespace.wsdl): return wsdl(path, root, fragment, issues, load)
        case ("schema", ContractNamespace.schema): return xsd(path, root, fragment, issues, load)
        case ("description", ContractNamespace.wsdl20): return notAvailable("WSDL 2.0", path, issues)
        default:
            issues.add(
                "WB3201", .error, "`\(path)` is neither XML Schema nor WSDL 1.1", at: .init(path, line: root.line),
                "the root element is `\(root.name)`" + (root.namespace.map { " of \($0)" } ?? ", in no namespace"))
            return nil
        }
    }

    private static func wsdl(
        _ path: String, _ root: XMLElement, _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        var definitions = WSDLDefinitions(issues: issues, load: load)
        definitions.read(root, path: path)
        let reader = WSDLReader(definitions, issues: issues)
        let operations = reader.operations(path: path)
        reader.checkServices()

        var elements: [ElementShape] = []
        var seen: Set<ElementName> = []
        for operation in operations where operation.isLiteral && operation.style == .document {
            let used = [operation.input, operation.output].compactMap { $0 } + operation.faults
            for element in used + operation.inputHeaders + operation.outputHeaders
            where !element.name.isEmpty && seen.insert(element.elementName).inserted {
                elements.append(element)
            }
        }
        let files = definitions.files + definitions.schemas.files.filter { !definitions.files.contains($0) }
        let document = ContractDocument(
            path: path, language: .wsdl, root: .any, elements: elements, operations: operations, files: files)
        guard let fragment else { return document }
        guard let operation = document.operation(named: fragment) else {
            noSuch("operation", fragment, operations.map(\.name), path, issues)
            return nil
        }
        return ContractDocument(
            path: path, language: .wsdl, root: operation.input?.shape ?? .any,
            rootElement: operation.input?.elementName, elements: elements, operations: operations, files: files)
    }

    private static func xsd(
        _ path: String, _ root: XMLElement, _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        var loader = XSDLoader(issues: issues, load: load)
        loader.add(root, path: path)
        let set = loader.set()
        let expander = XSDExpander(set, issues: issues)
        // Elements of this namespace can be roots; those of imported ones are parts.
        let names = set.elementNames.filter { $0.namespace == root.attribute("targetNamespace") }
        let elements = names.compactMap { name in
            expander.element(name).map { ElementShape(name: name.name, namespace: name.namespace, shape: $0) }
        }
        var chosen: ElementShape?
        if let fragment {
            chosen = elements.first { $0.name == fragment }
            if chosen == nil {
                noSuch("element", fragment, elements.map(\.name), path, issues)
                return nil
            }
        } else if elements.count == 1 {
            chosen = elements[0]
        } else {
            let shown = elements.prefix(12).map(\.name).joined(separator: ", ")
            issues.add(
                "WB3205", .note, "`\(path)` declares \(elements.count) elements", at: .init(path, line: root.line),
                "which one is meant is not said: the message may be anything",
                notes: elements.isEmpty ? [] : ["they are \(shown)\(elements.count > 12 ? ", …" : "")"],
                help: elements.isEmpty ? nil : "write `\(path)#\(elements[0].name)`")
        }
        return ContractDocument(
            path: path, language: .xmlSchema, root: chosen?.shape ?? .any, rootElement: chosen?.elementName,
            elements: elements, files: loader.files)
    }

    private static func noSuch(
        _ what: String, _ name: String, _ known: [String], _ path: String, _ issues: ContractIssues
    ) {
        let some = known.prefix(12).joined(separator: ", ")
        issues.add(
            "WB3204", .error, "`\(path)` has no \(what) `\(name)`", at: .init(path, line: 1), "looked for here",
            notes: known.isEmpty ? [] : ["it has \(some)\(known.count > 12 ? ", …" : "")"],
            help: Spelling.nearest(name, in: known).map { "write `\(path)#\($0)`" })
    }
}

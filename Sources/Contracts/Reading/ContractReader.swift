public import Diagnostics
internal import XML

/// Reads a contract file: JSON Schema (draft 4 to 2020-12), XML Schema 1.0, WSDL 1.1, OpenAPI 2.0, 3.0 and 3.1.
///
/// Bytes come through `load`, by paths relative to the workspace; nothing is opened or fetched here. Whatever a shape
/// can't hold becomes `any` or an open object, with a diagnostic, so a contract that is only partly understood can
/// still be used.
public enum ContractReader {
    /// The contract at `path`, or nil when it can't be read at all (which is an error in `sink`).
    ///
    /// - Parameters:
    ///   - fragment: What follows `#` where the contract is named: an operation (WSDL, OpenAPI), a global element (XML
    ///     Schema), or a JSON Pointer, anchor or name of a definition (JSON Schema).
    ///   - schemas: How JSON Schema is read.
    ///   - file: The contract in the source store, for spans.
    public static func read(
        path: String, fragment: String?, schemas: JSONSchemaOptions = JSONSchemaOptions(),
        load: (String) -> [UInt8]?, file: FileID, into sink: inout DiagnosticSink
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
            case "json": return json(path, bytes, name, schemas, issues, load)
            case "yaml", "yml": return yaml(path, bytes, name, file, issues, load)
            case "graphql", "graphqls", "gql": return notAvailable("GraphQL", path, issues)
            case "proto": return notAvailable("Protocol Buffers", path, issues)
            default:
                switch bytes.first(where: { $0 > 0x20 && $0 < 0x80 }) {
                case UInt8(ascii: "<"): return xml(path, bytes, name, issues, load)
                case UInt8(ascii: "{"): return json(path, bytes, name, schemas, issues, load)
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
        _ path: String, _ bytes: [UInt8], _ fragment: String?, _ options: JSONSchemaOptions, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        guard let root = JSONSchemaLoader(issues: issues, load: load).parse(bytes, path: path) else { return nil }
        if root["asyncapi"]?.string != nil { return notAvailable("AsyncAPI", path, issues) }
        if root["openapi"]?.string != nil || root["swagger"]?.string != nil {
            return openAPI(path, root, bytes, fragment, issues, load)
        }
        guard root.isObject || root.boolean != nil else {
            issues.add(
                "WB3213", .error, "`\(path)` is not a JSON Schema", at: .init(path, line: 1),
                "a schema is an object, `true` or `false`")
            return nil
        }
        let compiler = JSONSchemaCompiler(
            root: root, path: path, bytes: bytes, options: options, issues: issues, load: load)
        guard let compiled = compiler.compile(fragment: fragment) else {
            let names = ["$defs", "definitions"].flatMap { root[$0]?.members.map(\.name) ?? [] }
            noSuch("definition", fragment ?? "", names, path, issues)
            return nil
        }
        return ContractDocument(
            path: path, language: .jsonSchema, root: compiled.shape, files: compiler.files,
            validator: compiled.validator)
    }

    // MARK: - OpenAPI

    private static func yaml(
        _ path: String, _ bytes: [UInt8], _ fragment: String?, _ file: FileID, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        guard let root = OpenAPISource.parse(bytes, path: path, file: file, issues: issues) else { return nil }
        guard root["openapi"] != nil || root["swagger"] != nil else {
            issues.add(
                "WB3201", .error, "`\(path)` is not a contract that is read", at: .init(path, line: 1),
                "it has neither `openapi` nor `swagger`",
                help: "of YAML files OpenAPI documents are read; write a JSON Schema as JSON")
            return nil
        }
        return openAPI(path, root, bytes, fragment, issues, load)
    }

    private static func openAPI(
        _ path: String, _ root: SchemaNode, _ bytes: [UInt8], _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        guard let version = OpenAPIReader.version(of: root, path: path, issues: issues) else { return nil }
        var loader = OpenAPILoader(main: path, dialect: version.dialect, issues: issues, load: load)
        let files = loader.read(root, bytes: bytes)
        var reader = OpenAPIReader(files, root: root, path: path, version: version, issues: issues)
        let api = reader.read()
        let paths = [path] + files.files.keys.filter { $0 != path }.sorted()
        var contract = Contract(root: .any)
        if let fragment {
            guard let part = api.part(named: fragment) else {
                let known = api.operations.map(\.name) + api.schemas.compactMap(\.name)
                noSuch("operation or schema", fragment, known, path, issues)
                return nil
            }
            contract = part.contract
        }
        return ContractDocument(
            path: path, language: .openAPI, root: contract.root, rootElement: contract.rootElement, openAPI: api,
            files: paths, validator: contract.validator)
    }

    // MARK: - XML Schema and WSDL

    private static func xml(
        _ path: String, _ bytes: [UInt8], _ fragment: String?, _ issues: ContractIssues,
        _ load: @escaping (String) -> [UInt8]?
    ) -> ContractDocument? {
        let budget = ContractBudget(path: path, issues: issues, load: load)
        let load = { budget.load($0) }
        guard let root = XSDLoader.read(bytes, path: path, issues: issues) else { return nil }
        switch (root.name, root.namespace) {
        case ("definitions", ContractNamespace.wsdl): return wsdl(path, root, fragment, issues, load)
        case ("schema", ContractNamespace.schema): return xsd(path, root, fragment, issues, load)
        case ("description", ContractNamespace.wsdl20):
            WSDLDefinitions.refuseVersion2(path, root, issues)
            return nil
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
        WSDLPolicies(definitions, issues).report()
        let files = definitions.files + definitions.schemas.files.filter { !definitions.files.contains($0) }
        let document = ContractDocument(
            path: path, language: .wsdl, root: .any, rootElement: nil, elements: reader.elements(of: operations),
            operations: operations, services: reader.services, files: files, validator: nil,
            schemas: reader.validationSchemas())
        document.schemas?.report(to: issues, isPart: true)
        guard let fragment else { return document }
        guard let operation = document.operation(named: fragment) else {
            noSuch("operation", fragment, operations.map(\.name), path, issues)
            return nil
        }
        if let refusal = operation.refusal {
            issues.add(
                "WB3250", .error, "operation `\(fragment)` can't be called", at: .init(path, line: operation.line),
                refusal,
                help: "choose another operation of the contract")
            return nil
        }
        return ContractDocument(
            path: path, language: .wsdl, root: operation.input?.shape ?? .any,
            rootElement: operation.input?.elementName, elements: document.elements, operations: operations,
            services: reader.services, files: files, validator: document.request(operation).validator,
            schemas: document.schemas)
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
        set.report(to: issues)
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
            elements: elements, files: loader.files,
            validator: chosen.flatMap { set.validator(forElement: $0.elementName) })
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

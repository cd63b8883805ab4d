internal import Diagnostics

/// Loads the files that an OpenAPI document refers to, and reports references that lead nowhere.
struct OpenAPILoader {
    private static let fileLimit = 256

    private let main: String
    private let issues: ContractIssues
    private let load: (String) -> [UInt8]?
    private let catalog: [String: String]
    private var files: [String: OpenAPIFiles.File] = [:]
    private var missing: Set<String> = []
    private var references: [OpenAPIFiles.Location] = []

    private let dialect: JSONSchemaDialect

    init(
        main: String, dialect: JSONSchemaDialect, issues: ContractIssues, load: @escaping (String) -> [UInt8]?
    ) {
        self.main = main
        self.dialect = dialect
        self.issues = issues
        self.load = load
        var catalog: [String: String] = [:]
        if case .file(let path) = ContractPath.resolve("catalog.json", from: main) {
            for (address, local) in ContractCatalog.read(path, load: load) {
                if case .file(let target) = ContractPath.resolve(local, from: main) { catalog[address] = target }
            }
        }
        self.catalog = catalog
    }

    /// The document with all that it refers to.
    mutating func read(_ root: SchemaNode, bytes: [UInt8]) -> OpenAPIFiles {
        add(root, path: main, bytes: bytes)
        var next = 0
        while next < references.count {
            follow(references[next])
            next += 1
        }
        let result = OpenAPIFiles(main: main, files: files, catalog: catalog, dialect: dialect)
        check(result)
        return result
    }

    private mutating func add(_ root: SchemaNode, path: String, bytes: [UInt8]) {
        files[path] = OpenAPIFiles.File(path: path, root: root, lines: LineTable(bytes))
        collect(root, path: path, isNames: false)
    }

    /// Keywords below which names are the author's.
    private static let names: Set<String> = [
        "properties", "patternProperties", "schemas", "definitions", "$defs", "dependentSchemas", "responses",
        "parameters", "requestBodies", "headers", "securitySchemes", "securityDefinitions", "callbacks", "links",
        "paths",
        "pathItems", "webhooks", "content", "encoding",
    ]
    /// Keywords whose values are data, in which `$ref` means nothing.
    private static let data: Set<String> = [
        "example", "examples", "default", "enum", "const", "mapping", "security", "scopes", "variables",
    ]

    /// Walks what may hold references. The depth is that of the text, which is bounded.
    private mutating func collect(_ node: SchemaNode, path: String, isNames: Bool) {
        if !isNames, let reference = node["$ref"] {
            if reference.string != nil {
                references.append(.init(node: node, path: path))
            } else {
                issues.add(
                    "WB3213", .warning, "`$ref` expects text", at: place(reference, path), "this is ignored")
            }
        }
        for member in node.members {
            if !isNames, OpenAPILoader.data.contains(member.name) || member.name.hasPrefix("x-") { continue }
            collect(member.value, path: path, isNames: !isNames && OpenAPILoader.names.contains(member.name))
        }
        for item in node.items { collect(item, path: path, isNames: false) }
    }

    private mutating func follow(_ reference: OpenAPIFiles.Location) {
        guard let text = OpenAPIFiles.reference(reference.node) else { return }
        let address = OpenAPIFiles.split(text).address
        guard !address.isEmpty, let target = OpenAPIFiles.file(address, from: reference.path, catalog),
            files[target] == nil, !missing.contains(target), files.count < OpenAPILoader.fileLimit
        else { return }
        guard let bytes = load(target),
            let root = OpenAPISource.parse(bytes, path: target, file: nil, issues: issues)
        else {
            missing.insert(target)
            return
        }
        add(root, path: target, bytes: bytes)
    }

    private func place(_ node: SchemaNode, _ path: String) -> ContractIssues.Place {
        let line = files[path]?.lines.line(at: node.range.lowerBound) ?? 1
        return .init(path, line: line, range: node.range.isEmpty ? nil : node.range)
    }

    // MARK: - References that lead nowhere

    private func check(_ files: OpenAPIFiles) {
        var loops: Set<ObjectIdentifier> = []
        for reference in references {
            guard let text = OpenAPIFiles.reference(reference.node) else { continue }
            let place = place(reference.node["$ref"] ?? reference.node, reference.path)
            guard let target = files.resolve(text, in: reference.path) else {
                // Anchors are the schemas' own, and are looked up with them.
                if isAnchor(text, reference, in: files) { continue }
                unresolved(text, reference, at: place, in: files)
                continue
            }
            if files.dereferenced(target) == nil, isLoop(target, in: files, &loops) {
                issues.add(
                    "WB3211", .error, "`\(text)` refers to itself", at: place, "nothing is at the end of this chain",
                    help: "point it at a definition that says what the value is")
            }
        }
    }

    private func isAnchor(_ text: String, _ reference: OpenAPIFiles.Location, in files: OpenAPIFiles) -> Bool {
        let (address, fragment) = OpenAPIFiles.split(text)
        guard dialect != .openAPI30, !fragment.isEmpty, !fragment.hasPrefix("/"), !fragment.hasPrefix("%") else {
            return false
        }
        return files.resolve(address, in: reference.path) != nil
    }

    private func isLoop(
        _ start: OpenAPIFiles.Location, in files: OpenAPIFiles, _ loops: inout Set<ObjectIdentifier>
    ) -> Bool {
        var visited: Set<ObjectIdentifier> = []
        var location = start
        while let text = OpenAPIFiles.reference(location.node) {
            let key = ObjectIdentifier(location.node)
            if loops.contains(key) { return false }
            // A chain this long is as good as endless, and nobody writes one.
            guard visited.insert(key).inserted, visited.count < 64 else {
                loops.formUnion(visited)
                return true
            }
            guard let next = files.resolve(text, in: location.path) else { return false }
            location = next
        }
        return false
    }

    private func unresolved(
        _ text: String, _ reference: OpenAPIFiles.Location, at place: ContractIssues.Place, in files: OpenAPIFiles
    ) {
        let (address, fragment) = OpenAPIFiles.split(text)
        switch ContractPath.resolve(address, from: reference.path) {
        case .remote where catalog[address] == nil:
            issues.add(
                "WB3207", .warning, "`\(text)` is not in the workspace", at: place,
                "nothing is fetched: the value may be anything",
                help: "save the file beside this one and write in `catalog.json`: { \"\(address)\": \"the-file.yaml\" }"
            )
        case .outside:
            issues.add(
                "WB3207", .error, "`\(text)` is outside the workspace", at: place,
                "only files of the workspace are read")
        case .file(let target) where !address.isEmpty && missing.contains(target):
            unreadable(target, at: place)
        case .remote where missing.contains(catalog[address] ?? ""):
            unreadable(catalog[address] ?? "", at: place)
        case .remote, .file:
            issues.add(
                "WB3210", .warning, "`\(text)` leads nowhere", at: place, "nothing is there: the value may be anything",
                help: nearest(fragment, address, reference.path, in: files).map { "write `\($0)`" }
                    ?? "the document is not whole: ask who wrote it, or add what is missing")
        }
    }

    private func unreadable(_ path: String, at place: ContractIssues.Place) {
        issues.add(
            "WB3206", .error, "`\(path)` can't be read", at: place, "no such file, or neither JSON nor YAML",
            help: "correct the path, which is relative to the file it is written in")
    }

    private func nearest(_ fragment: String, _ address: String, _ path: String, in files: OpenAPIFiles) -> String? {
        guard let slash = fragment.lastIndex(of: "/"),
            let folder = files.resolve("\(address)#\(fragment[..<slash])", in: path)
        else { return nil }
        let name = String(fragment[fragment.index(after: slash)...])
        return Spelling.nearest(name, in: folder.node.members.map(\.name)).map {
            "\(address)#\(fragment[..<slash])/\($0)"
        }
    }
}

internal import Diagnostics
internal import Documents
internal import Patterns

/// Loads a schema with the files it refers to, and reports what is wrong in them.
///
/// Nothing is fetched: an address leads to a schema that gives itself this identifier, to a file by `catalog.json`, to
/// a file beside the one that refers to it, or to the metaschema of a standard draft.
struct JSONSchemaLoader {
    private static let fileLimit = 256

    private let options: JSONSchemaOptions
    private let load: (String) -> [UInt8]?
    private let readOther: (([UInt8], String) -> SchemaNode?)?
    private let issues: ContractIssues
    private var files: [String: JSONSchemaSet.File] = [:]
    private var missing: Set<String> = []
    private var resources: [JSONSchemaSet.Resource] = []
    private var addresses: [String: Int] = [:]
    private var contexts: [ObjectIdentifier: Int] = [:]
    private var references: [Reference] = []
    private var checks: SchemaChecks
    private var catalogs: [String: [String: String]] = [:]
    private var isDynamic = false
    /// Whether the schemas lie in documents of another language, whose reader has told of references that lead nowhere.
    private var isEmbedded = false

    private struct Reference {
        var text: String
        var schema: SchemaNode
        var resource: Int
        var isDynamic: Bool
    }

    /// - Parameter readOther: Reads files that are not JSON, by their path; nil for those it does not know either.
    init(
        options: JSONSchemaOptions = JSONSchemaOptions(), issues: ContractIssues,
        readOther: (([UInt8], String) -> SchemaNode?)? = nil, load: @escaping (String) -> [UInt8]?
    ) {
        self.options = options
        self.issues = issues
        self.readOther = readOther
        self.load = load
        self.checks = SchemaChecks(issues: issues)
    }

    /// Reads the schema at `root` and everything it refers to.
    ///
    /// - Parameter parts: Pointers to the schemas in a document that is no schema itself (an OpenAPI description); nil
    ///   when the root is one.
    mutating func read(path: String, root: SchemaNode, bytes: [UInt8], parts: [String]? = nil) -> JSONSchemaSet {
        files[path] = JSONSchemaSet.File(path: path, root: root, lines: LineTable(bytes))
        let main = addFile(root, path: path, isSchema: parts == nil, dialect: options.dialect)
        for part in parts ?? [] {
            guard let tokens = JSONPointer.tokens(part) else { continue }
            var node: SchemaNode? = root
            for token in tokens { node = node.flatMap { JSONPointer.step($0, token) } }
            if let node { collect(node, resource: main) }
        }
        var next = 0
        while next < references.count {
            follow(references[next])
            next += 1
        }
        let set = JSONSchemaSet(
            main: .init(schema: root, resource: main), files: files, resources: resources, addresses: addresses,
            contexts: contexts, patterns: checks.patterns, isDynamic: isDynamic)
        check(set)
        return set
    }

    /// Reads schemas that lie in documents of another language, all of which were loaded.
    ///
    /// - Parameters:
    ///   - main: The path of the first document.
    ///   - known: The documents by path.
    ///   - catalog: Paths by the address that stands for them.
    ///   - schemas: Every place that holds a schema, with the path of its document.
    mutating func read(
        main: String, known: [String: JSONSchemaSet.File], catalog: [String: String],
        schemas: [(node: SchemaNode, path: String)]
    ) -> JSONSchemaSet? {
        guard let root = known[main]?.root else { return nil }
        isEmbedded = true
        files = known
        var indexes: [String: Int] = [:]
        for path in [main] + known.keys.filter({ $0 != main }).sorted() {
            guard let file = known[path] else { continue }
            indexes[path] = addFile(file.root, path: path, isSchema: false, dialect: options.dialect)
        }
        for (address, path) in catalog { if let index = indexes[path] { addresses[address] = index } }
        for schema in schemas {
            // A place that several operations share is entered once.
            guard let index = indexes[schema.path], contexts[ObjectIdentifier(schema.node)] == nil else { continue }
            collect(schema.node, resource: index)
        }
        var next = 0
        while next < references.count {
            follow(references[next])
            next += 1
        }
        let set = JSONSchemaSet(
            main: .init(schema: root, resource: indexes[main] ?? 0), files: files, resources: resources,
            addresses: addresses, contexts: contexts, patterns: checks.patterns, isDynamic: isDynamic)
        check(set)
        return set
    }

    func parse(_ bytes: [UInt8], path: String) -> SchemaNode? {
        if let readOther, let node = readOther(bytes, path) { return node }
        let document = Document()
        let failure: DocumentError? = bytes.withUnsafeBytes { buffer in
            do throws(DocumentError) {
                try document.parseJSON(buffer, limits: DocumentLimits(depth: 128, nodes: 2_000_000))
                return nil
            } catch {
                return error
            }
        }
        guard let failure else { return SchemaNode(document) }
        issues.add(
            "WB3202", .error, "`\(path)` is not well-formed JSON", at: .init(path, line: failure.line),
            "\(failure.message) (column \(failure.column))")
        return nil
    }

    // MARK: - Resources

    /// Enters a file; the resource of its root.
    private mutating func addFile(
        _ root: SchemaNode, path: String, isSchema: Bool, dialect: JSONSchemaDialect
    ) -> Int {
        let own = SchemaURI.workspace(path)
        let index = addResource(root, base: own, path: path, dialect: dialect, vocabulary: .whole)
        if addresses[own] == nil { addresses[own] = index }
        contexts[ObjectIdentifier(root)] = index
        if isSchema { collect(root, resource: index) }
        return index
    }

    private mutating func addResource(
        _ root: SchemaNode, base: String, path: String, dialect: JSONSchemaDialect, vocabulary: SchemaVocabulary
    ) -> Int {
        var dialect = dialect
        var vocabulary = vocabulary
        if let declared = root["$schema"], let text = declared.string, dialect != .openAPI30 {
            (dialect, vocabulary) = language(text, declared, path: path, base: base, inherited: dialect)
        }
        var address = base
        if let identifier = self.identifier(root, dialect) {
            let relative = SchemaURI.split(identifier).address
            if !relative.isEmpty { address = SchemaURI.resolve(relative, base: base) }
        }
        resources.append(
            JSONSchemaSet.Resource(
                address: address, path: path, root: root, dialect: dialect, vocabulary: vocabulary,
                isRecursiveAnchor: dialect == .draft201909 && root["$recursiveAnchor"]?.boolean == true))
        if addresses[address] == nil { addresses[address] = resources.count - 1 }
        return resources.count - 1
    }

    private func identifier(_ schema: SchemaNode, _ dialect: JSONSchemaDialect) -> String? {
        guard let keyword = dialect.identifier, let text = schema[keyword]?.string else { return nil }
        return dialect.refHidesSiblings && schema["$ref"] != nil ? nil : text
    }

    /// What a `$schema` says of the language. A metaschema of somebody's own tells by its vocabularies.
    private mutating func language(
        _ text: String, _ node: SchemaNode, path: String, base: String, inherited: JSONSchemaDialect
    ) -> (JSONSchemaDialect, SchemaVocabulary) {
        if let known = JSONSchemaDialect(address: text) { return (known, .whole) }
        let address = SchemaURI.split(SchemaURI.resolve(text, base: base)).address
        if let own = locate(address, written: text, from: path) {
            let metaschema = resources[own]
            guard let declared = metaschema.root["$vocabulary"] else { return (metaschema.dialect, .whole) }
            return (metaschema.dialect, SchemaVocabulary(declared, dialect: metaschema.dialect))
        }
        issues.add(
            "WB3261", .warning, "`\(text)` is not a known dialect", at: place(node, path),
            "read as \(inherited.rawValue)",
            help: "write `https://json-schema.org/draft/2020-12/schema`, or the address of the draft it is written in")
        return (inherited, .whole)
    }

    // MARK: - Places that hold schemas

    /// Walks the places that hold schemas. The depth is that of the text, which is bounded.
    private mutating func collect(_ schema: SchemaNode, resource: Int) {
        guard schema.isObject || schema.boolean != nil else { return }
        var resource = resource
        let path = resources[resource].path
        if contexts[ObjectIdentifier(schema)] == nil {
            resource = entered(schema, resource: resource)
            contexts[ObjectIdentifier(schema)] = resource
        }
        guard schema.isObject else { return }
        let dialect = resources[resource].dialect
        if let identifier = self.identifier(schema, dialect) {
            let fragment = SchemaURI.split(identifier).fragment
            if !fragment.isEmpty, dialect.refHidesSiblings { resources[resource].anchors[fragment] = schema }
        }
        if dialect.isAtLeast(.draft201909), let name = schema["$anchor"]?.string {
            resources[resource].anchors[name] = schema
        }
        if dialect.isAtLeast(.draft202012), let name = schema["$dynamicAnchor"]?.string {
            resources[resource].anchors[name] = resources[resource].anchors[name] ?? schema
            resources[resource].dynamicAnchors[name] = schema
        }
        if !path.isEmpty { checks.check(schema, dialect, at: { [files] in Self.place($0, path, files) }) }
        for member in schema.members { collect(member, of: schema, dialect, resource: resource) }
    }

    /// The resource that a schema inside `resource` belongs to: a new one, where it gives itself an identifier.
    private mutating func entered(_ schema: SchemaNode, resource: Int) -> Int {
        let outer = resources[resource]
        var dialect = outer.dialect
        if let text = schema["$schema"]?.string, let own = JSONSchemaDialect(address: text) { dialect = own }
        guard let text = identifier(schema, dialect), !SchemaURI.split(text).address.isEmpty else { return resource }
        return addResource(
            schema, base: outer.address, path: outer.path, dialect: outer.dialect, vocabulary: outer.vocabulary)
    }

    private mutating func collect(
        _ member: SchemaNode.Member, of schema: SchemaNode, _ dialect: JSONSchemaDialect, resource: Int
    ) {
        switch SchemaKeywords.value(member.name, dialect) {
        case .schema: collect(member.value, resource: resource)
        case .schemaOrList, .schemaList:
            if member.value.isArray {
                for each in member.value.items { collect(each, resource: resource) }
            } else {
                collect(member.value, resource: resource)
            }
        case .schemasByName, .schemasOrNamesByName:
            for each in member.value.members { collect(each.value, resource: resource) }
        case .reference:
            guard let text = member.value.string else { return }
            let dynamic = member.name != "$ref"
            isDynamic = isDynamic || dynamic
            references.append(
                Reference(text: text, schema: member.value, resource: resource, isDynamic: dynamic))
        default: break
        }
    }

    // MARK: - References

    private mutating func follow(_ reference: Reference) {
        let address = SchemaURI.split(reference.text).address
        let resource = resources[reference.resource]
        var target = reference.resource
        if !address.isEmpty {
            let whole = SchemaURI.resolve(address, base: resource.address)
            guard let found = locate(whole, written: address, from: resource.path) else { return }
            target = found
        }
        // What a pointer leads to is a schema, wherever it is.
        let fragment = SchemaURI.split(reference.text).fragment
        guard fragment.hasPrefix("/") || fragment.hasPrefix("%2") else { return }
        let pointer = String(decoding: ContractPath.percentDecoded(fragment), as: UTF8.self)
        var node = resources[target].root
        for token in JSONPointer.tokens(pointer) ?? [] {
            guard let next = JSONPointer.step(node, token) else { return }
            node = next
            target = contexts[ObjectIdentifier(node)] ?? target
        }
        if contexts[ObjectIdentifier(node)] == nil { collect(node, resource: target) }
    }

    /// The resource of an address, loading what it is in.
    private mutating func locate(_ address: String, written: String, from path: String) -> Int? {
        if let known = addresses[address] { return known }
        if let file = catalog(for: path)[address], let found = open(file) {
            addresses[address] = found
            return found
        }
        if let text = Metaschemas.text(address), let root = parse(text, path: address) {
            let found = addResource(root, base: address, path: "", dialect: .draft202012, vocabulary: .whole)
            addresses[address] = found
            contexts[ObjectIdentifier(root)] = found
            collect(root, resource: found)
            return found
        }
        guard case .file(let beside) = ContractPath.resolve(written, from: path) else { return nil }
        var candidates = [beside]
        if let own = SchemaURI.path(of: address) {
            candidates.insert(String(decoding: ContractPath.percentDecoded(own), as: UTF8.self), at: 0)
        }
        for candidate in candidates {
            if let found = open(candidate) {
                addresses[address] = found
                return found
            }
        }
        return nil
    }

    private mutating func open(_ path: String) -> Int? {
        if files[path] != nil { return addresses[SchemaURI.workspace(path)] }
        guard !missing.contains(path), files.count < JSONSchemaLoader.fileLimit else { return nil }
        guard let bytes = load(path), let root = parse(bytes, path: path) else {
            missing.insert(path)
            return nil
        }
        files[path] = JSONSchemaSet.File(path: path, root: root, lines: LineTable(bytes))
        let isSchema = root["openapi"] == nil && root["swagger"] == nil
        return addFile(root, path: path, isSchema: isSchema, dialect: options.dialect)
    }

    /// `catalog.json` beside the file that refers to something: addresses and the files that stand in for them.
    private mutating func catalog(for path: String) -> [String: String] {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        if let known = catalogs[folder] { return known }
        var entries: [String: String] = [:]
        for (address, file) in ContractCatalog.read(folder + "catalog.json", load: load) {
            if case .file(let target) = ContractPath.resolve(file, from: folder + "catalog.json") {
                entries[SchemaURI.split(address).address] = target
            }
        }
        if entries.isEmpty, !folder.isEmpty { entries = catalog(for: "") }
        catalogs[folder] = entries
        return entries
    }

    private func check(_ set: JSONSchemaSet) {
        for reference in references where !resources[reference.resource].path.isEmpty {
            let path = resources[reference.resource].path
            let place = place(reference.schema, path)
            if isEmbedded, issues.isReported(place) { continue }
            guard set.resolve(reference.text, in: reference.resource) != nil else {
                unresolved(reference, at: place, path: path)
                continue
            }
            if !reference.isDynamic, isLoop(reference, in: set) {
                issues.add(
                    "WB3211", .error, "`\(reference.text)` refers to itself", at: place,
                    "no type is at the end of this chain", help: "point it at a schema that says what the value is")
            }
        }
    }

    private func unresolved(_ reference: Reference, at place: ContractIssues.Place, path: String) {
        let address = SchemaURI.split(reference.text).address
        // A partner's description is used as far as it goes: what it leaves out may be anything.
        let severity: Severity = isEmbedded ? .warning : .error
        let whole = SchemaURI.resolve(address, base: resources[reference.resource].address)
        if address.isEmpty || addresses[whole] != nil {
            issues.add(
                "WB3210", severity, "`\(reference.text)` leads nowhere", at: place, "no schema is there",
                help: nearest(reference, in: addresses[whole] ?? reference.resource).map { "write `\($0)`" })
            return
        }
        switch ContractPath.resolve(address, from: path) {
        case .remote:
            issues.add(
                "WB3207", severity, "`\(reference.text)` is not in the workspace", at: place, "nothing is fetched",
                help: "save it as a file and name that in `catalog.json` beside this file: "
                    + "{\"\(whole)\": \"FILE.json\"}")
        case .outside:
            issues.add(
                "WB3207", severity, "`\(reference.text)` is outside the workspace", at: place,
                "only files of the workspace are read")
        case .file(let target):
            issues.add(
                "WB3206", severity, "`\(target)` can't be read", at: place, "no such file, or it is not JSON",
                help: "correct the path, which is relative to the file it is written in")
        }
    }

    private func nearest(_ reference: Reference, in resource: Int) -> String? {
        let (address, written) = SchemaURI.split(reference.text)
        let fragment = String(decoding: ContractPath.percentDecoded(written), as: UTF8.self)
        guard let tokens = JSONPointer.tokens(fragment) else {
            return Spelling.nearest(fragment, in: resources[resource].anchors.keys.sorted()).map { "\(address)#\($0)" }
        }
        var node = resources[resource].root
        var walked = ""
        for (index, token) in tokens.enumerated() {
            if let next = JSONPointer.step(node, token) {
                node = next
                walked += "/" + JSONPointer.escaped(token)
                continue
            }
            guard let name = Spelling.nearest(token, in: node.members.map(\.name)) else { return nil }
            let rest = tokens[(index + 1)...].map { "/" + JSONPointer.escaped($0) }.joined()
            return "\(address)#\(walked)/\(JSONPointer.escaped(name))\(rest)"
        }
        return nil
    }

    /// Whether a chain of schemas that hold only `$ref` comes back to itself.
    private func isLoop(_ reference: Reference, in set: JSONSchemaSet) -> Bool {
        var visited: Set<ObjectIdentifier> = []
        var text = reference.text
        var resource = reference.resource
        while let target = set.resolve(text, in: resource) {
            guard visited.insert(ObjectIdentifier(target.schema)).inserted else { return true }
            guard let next = target.schema["$ref"]?.string, visited.count < 64 else { return false }
            text = next
            resource = target.resource
        }
        return false
    }

    private func place(_ value: SchemaNode, _ path: String) -> ContractIssues.Place {
        Self.place(value, path, files)
    }

    private static func place(
        _ value: SchemaNode, _ path: String, _ files: [String: JSONSchemaSet.File]
    ) -> ContractIssues.Place {
        ContractIssues.Place(
            path, line: files[path]?.lines.line(at: value.range.lowerBound) ?? 1,
            range: value.range.isEmpty ? nil : value.range)
    }
}

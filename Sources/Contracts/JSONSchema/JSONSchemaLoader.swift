internal import Diagnostics
internal import Documents

/// Loads a JSON Schema file and the files it refers to, and reports what can't be read as a type.
struct JSONSchemaLoader {
    private static let fileLimit = 256

    private let load: (String) -> [UInt8]?
    private let issues: ContractIssues
    private var files: [String: JSONSchemaSet.File] = [:]
    private var missing: Set<String> = []
    private var identifiers: [String: JSONSchemaSet.Location] = [:]
    private var anchors: [String: JSONTree] = [:]
    private var references: [Reference] = []
    private var noted: Set<String> = []

    private struct Reference {
        var text: String
        var schema: JSONTree
        var path: String
    }

    init(issues: ContractIssues, load: @escaping (String) -> [UInt8]?) {
        self.issues = issues
        self.load = load
    }

    /// Keywords whose values are one schema, many in an array, and many by name.
    private static let single: Set<String> = [
        "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "additionalItems",
        "unevaluatedProperties", "unevaluatedItems", "contentSchema",
    ]
    private static let several: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems", "items"]
    private static let named: Set<String> = [
        "properties", "$defs", "definitions", "patternProperties", "dependentSchemas",
    ]
    /// Keywords that narrow a type in ways that a shape does not hold.
    private static let unread: Set<String> = [
        "not", "if", "contains", "propertyNames", "dependentSchemas", "dependentRequired", "dependencies",
        "patternProperties", "prefixItems", "unevaluatedProperties", "unevaluatedItems", "additionalItems",
        "uniqueItems", "minProperties", "maxProperties",
    ]

    /// The set, or nil when the file itself can't be read.
    mutating func read(path: String, bytes: [UInt8]) -> JSONSchemaSet? {
        guard let root = parse(bytes, path: path) else { return nil }
        return read(path: path, root: root, bytes: bytes)
    }

    mutating func read(path: String, root: JSONTree, bytes: [UInt8]) -> JSONSchemaSet {
        add(root, path: path, bytes: bytes)
        var next = 0
        while next < references.count {
            follow(references[next])
            next += 1
        }
        let set = JSONSchemaSet(main: path, files: files, identifiers: identifiers, anchors: anchors)
        check(set)
        return set
    }

    func parse(_ bytes: [UInt8], path: String) -> JSONTree? {
        let document = Document()
        // A byte order mark is not part of JSON text, but editors write it (RFC 8259, section 8.1: readers may skip
        // it).
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        let failure: DocumentError? = body.withUnsafeBytes { buffer in
            do throws(DocumentError) {
                try document.parseJSON(buffer)
                return nil
            } catch {
                return error
            }
        }
        guard let failure else { return JSONTree(document) }
        issues.add(
            "WB3202", .error, "`\(path)` is not well-formed JSON", at: .init(path, line: failure.line),
            "\(failure.message) (column \(failure.column))")
        return nil
    }

    private mutating func add(_ root: JSONTree, path: String, bytes: [UInt8]) {
        files[path] = JSONSchemaSet.File(path: path, root: root, lines: LineTable(bytes))
        collect(root, path: path, base: "")
    }

    /// Walks the places that hold schemas. The depth is that of the JSON text, which is bounded.
    private mutating func collect(_ schema: JSONTree, path: String, base: String) {
        var base = base
        if let identifier = schema["$id"]?.string ?? schema["id"]?.string {
            if identifier.hasPrefix("#") {
                anchors[path + identifier] = schema
            } else {
                let location = JSONSchemaSet.Location(schema: schema, path: path)
                let address = JSONSchemaSet.split(identifier).address
                base = base.isEmpty ? address : JSONSchemaSet.joined(base, address)
                identifiers[address] = location
                identifiers[base] = location
            }
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let name = schema[keyword]?.string { anchors[path + "#" + name] = schema }
        }
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            guard let value = schema[keyword] else { continue }
            if let text = value.string {
                references.append(Reference(text: text, schema: value, path: path))
            } else {
                malformed(keyword, value, "expects text", path: path)
            }
        }
        for member in schema.members {
            noteUnread(member, path: path)
            if JSONSchemaLoader.named.contains(member.name) {
                guard case .object(let schemas) = member.value.content else {
                    malformed(member.name, member.value, "expects an object of schemas", path: path)
                    continue
                }
                for each in schemas { collect(each.value, path: path, base: base) }
            } else if JSONSchemaLoader.several.contains(member.name), case .array(let schemas) = member.value.content {
                for each in schemas { collect(each, path: path, base: base) }
            } else if JSONSchemaLoader.single.contains(member.name) {
                collect(member.value, path: path, base: base)
            }
        }
    }

    private mutating func noteUnread(_ member: JSONTree.Member, path: String) {
        guard JSONSchemaLoader.unread.contains(member.name), noted.insert(path + "#" + member.name).inserted else {
            return
        }
        issues.add(
            "WB3212", .note, "`\(member.name)` is not read in this version", at: place(member.value, path),
            "the type is taken without it")
    }

    private func malformed(_ keyword: String, _ value: JSONTree, _ expected: String, path: String) {
        issues.add("WB3213", .warning, "`\(keyword)` \(expected)", at: place(value, path), "this is ignored")
    }

    private mutating func follow(_ reference: Reference) {
        let address = JSONSchemaSet.split(reference.text).address
        if address.isEmpty || identifiers[address] != nil { return }
        if let own = files[reference.path]?.root["$id"]?.string ?? files[reference.path]?.root["id"]?.string,
            identifiers[JSONSchemaSet.joined(own, address)] != nil
        {
            return
        }
        guard case .file(let target) = ContractPath.resolve(address, from: reference.path), files[target] == nil,
            !missing.contains(target), files.count < JSONSchemaLoader.fileLimit
        else { return }
        guard let bytes = load(target), let root = parse(bytes, path: target) else {
            missing.insert(target)
            return
        }
        add(root, path: target, bytes: bytes)
    }

    // MARK: - References

    private func check(_ set: JSONSchemaSet) {
        for reference in references {
            let place = place(reference.schema, reference.path)
            guard set.resolve(reference.text, in: reference.path) != nil else {
                unresolved(reference, at: place, in: set)
                continue
            }
            if isLoop(reference, in: set) {
                issues.add(
                    "WB3211", .error, "`\(reference.text)` refers to itself", at: place,
                    "no type is at the end of this chain", help: "point it at a schema that says what the value is")
            }
        }
    }

    private func unresolved(_ reference: Reference, at place: ContractIssues.Place, in set: JSONSchemaSet) {
        let address = JSONSchemaSet.split(reference.text).address
        switch ContractPath.resolve(address, from: reference.path) {
        case .remote:
            issues.add(
                "WB3207", .warning, "`\(reference.text)` is not in the workspace", at: place,
                "nothing is fetched: the value may be anything",
                help: "save the file beside this one and refer to it by a relative path")
        case .outside:
            issues.add(
                "WB3207", .error, "`\(reference.text)` is outside the workspace", at: place,
                "only files of the workspace are read")
        case .file(let target) where !address.isEmpty && missing.contains(target):
            issues.add(
                "WB3206", .error, "`\(target)` can't be read", at: place, "no such file, or it is not JSON",
                help: "correct the path, which is relative to the file it is written in")
        case .file:
            issues.add(
                "WB3210", .error, "`\(reference.text)` leads nowhere", at: place, "no schema is there",
                help: nearest(reference, in: set).map { "write `\($0)`" })
        }
    }

    private func nearest(_ reference: Reference, in set: JSONSchemaSet) -> String? {
        let (address, fragment) = JSONSchemaSet.split(reference.text)
        guard address.isEmpty, let root = set.files[reference.path]?.root, let slash = fragment.lastIndex(of: "/")
        else { return nil }
        let parent = String(fragment[..<slash])
        guard let folder = root.value(at: parent) else { return nil }
        let name = String(fragment[fragment.index(after: slash)...])
        return Spelling.nearest(name, in: folder.members.map(\.name)).map { "#\(parent)/\($0)" }
    }

    /// Whether a chain of schemas that hold only `$ref` comes back to itself.
    private func isLoop(_ reference: Reference, in set: JSONSchemaSet) -> Bool {
        var visited: Set<ObjectIdentifier> = []
        var text = reference.text
        var path = reference.path
        while let target = set.resolve(text, in: path) {
            guard visited.insert(ObjectIdentifier(target.schema)).inserted else { return true }
            guard let next = target.schema["$ref"]?.string, target.schema["type"] == nil,
                target.schema["properties"] == nil
            else { return false }
            text = next
            path = target.path
        }
        return false
    }

    private func place(_ value: JSONTree, _ path: String) -> ContractIssues.Place {
        ContractIssues.Place(
            path, line: files[path]?.lines.line(at: value.range.lowerBound) ?? 1,
            range: value.range.isEmpty ? nil : value.range)
    }
}

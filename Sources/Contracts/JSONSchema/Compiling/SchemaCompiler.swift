internal import Diagnostics
internal import Documents
internal import Patterns

/// Makes a program of a schema: each place that is reached is compiled once, from a queue and not by recursion.
final class SchemaCompiler {
    /// Schemas that one program may hold.
    private static let limit = 200_000
    /// Schemas that may apply to one value inside each other.
    static let nestingLimit = 200

    let set: JSONSchemaSet
    let options: JSONSchemaOptions
    let issues: ContractIssues
    var parts = SchemaProgramParts()
    private var known: [ObjectIdentifier: Int32] = [:]
    private(set) var locations: [JSONSchemaSet.Location] = []
    private var compiled = 2
    private var patternIndexes: [String: Int32] = [:]
    private var dynamicNames: [String: Int32] = [:]
    private(set) var isTooLarge = false

    init(_ set: JSONSchemaSet, options: JSONSchemaOptions, issues: ContractIssues) {
        self.set = set
        self.options = options
        self.issues = issues
        locations = [set.main, set.main]
    }

    /// The program of the schema at `location`; nil when it can't be run, which is reported.
    func compile(_ location: JSONSchemaSet.Location) -> SchemaProgram? {
        let root = index(location)
        drain()
        // Anchors may be met while the targets of others are compiled.
        while addDynamicTargets() { drain() }
        if isTooLarge {
            report("WB3262", "the schema is too large", location, "it has more than \(SchemaCompiler.limit) parts")
            return nil
        }
        guard NestingCheck(self).run() else { return nil }
        parts.pool.pad()
        parts.constantHashes = ConstantHashes.make(parts.constantRoots, parts.pool)
        return SchemaProgram(parts, root: root, resourceCount: set.resources.count)
    }

    private func drain() {
        while compiled < parts.codes.count {
            let location = locations[compiled]
            compiled += 1
            fill(compiled - 1, location)
        }
    }

    /// The index of a schema, which is compiled later when it is new.
    func index(_ location: JSONSchemaSet.Location) -> Int32 {
        let location = followed(location)
        if let allowed = location.schema.boolean { return allowed ? SchemaCode.always : SchemaCode.never }
        guard location.schema.isObject, !location.schema.members.isEmpty else { return SchemaCode.always }
        let key = ObjectIdentifier(location.schema)
        if let index = known[key] { return index }
        guard parts.codes.count < SchemaCompiler.limit else {
            isTooLarge = true
            return SchemaCode.always
        }
        let index = Int32(parts.codes.count)
        known[key] = index
        parts.codes.append(SchemaCode(resource: Int32(location.resource)))
        locations.append(location)
        return index
    }

    func index(_ schema: SchemaNode, in location: JSONSchemaSet.Location) -> Int32 {
        index(set.inside(location, schema))
    }

    /// The end of a chain of schemas that are nothing but a `$ref`.
    private func followed(_ location: JSONSchemaSet.Location) -> JSONSchemaSet.Location {
        var location = location
        guard !set.isDynamic else { return location }
        for _ in 0..<64 {
            let schema = location.schema
            guard let reference = schema["$ref"]?.string, reference.utf8.count > 0,
                schema.members.count == 1 || set.dialect(of: location).refHidesSiblings,
                let target = set.resolve(reference, in: location.resource)
            else { return location }
            location = target
        }
        return location
    }

    private func fill(_ index: Int, _ location: JSONSchemaSet.Location) {
        var code = parts.codes[index]
        let first = parts.operations.count
        let dialect = set.dialect(of: location)
        if dialect.refHidesSiblings, location.schema["$ref"]?.string != nil {
            references(location)
        } else {
            let vocabulary = set.resources[location.resource].vocabulary
            let reader = SchemaReader(
                compiler: self, location: location, schema: location.schema, dialect: dialect, vocabulary: vocabulary)
            if vocabulary.validation {
                code.kinds = reader.kinds()
                code.number = reader.numbers()
                reader.values()
            }
            code.string = reader.strings()
            code.object = reader.objects()
            code.array = reader.arrays()
            references(location)
            if vocabulary.applicator { reader.combinations() }
            if vocabulary.unevaluated, dialect.isAtLeast(.draft201909), reader.unevaluated() {
                code.flags |= SchemaCode.Flags.tracks
            }
        }
        code.firstOperation = Int32(first)
        code.operationCount = Int32(parts.operations.count - first)
        parts.codes[index] = code
    }

    // MARK: - References

    private func references(_ location: JSONSchemaSet.Location) {
        let schema = location.schema
        let dialect = set.dialect(of: location)
        if let text = schema["$ref"]?.string, let target = set.resolve(text, in: location.resource) {
            let target = index(target)
            parts.operations.append(SchemaOperation(code: .schema, a: target))
        }
        if dialect == .draft202012, let text = schema["$dynamicRef"]?.string,
            let target = set.resolve(text, in: location.resource)
        {
            let name = String(
                decoding: ContractPath.percentDecoded(SchemaURI.split(text).fragment), as: UTF8.self)
            let own = set.resources[target.resource].dynamicAnchors[name]
            reference(target, anchor: own === target.schema && own != nil ? name : nil)
        }
        if dialect == .draft201909, schema["$recursiveRef"]?.string != nil,
            let target = set.resolve("#", in: location.resource)
        {
            reference(target, anchor: set.resources[target.resource].isRecursiveAnchor ? "" : nil)
        }
    }

    /// A dynamic reference; one that does not lead to a dynamic anchor is an ordinary one.
    private func reference(_ target: JSONSchemaSet.Location, anchor: String?) {
        let fallback = index(target)
        guard let anchor else {
            parts.operations.append(SchemaOperation(code: .schema, a: fallback))
            return
        }
        let number = dynamicNames[anchor] ?? Int32(dynamicNames.count)
        dynamicNames[anchor] = number
        parts.operations.append(SchemaOperation(code: .dynamic, a: fallback, b: number))
    }

    /// Compiles the schemas that dynamic references may lead to; whether some were new.
    private func addDynamicTargets() -> Bool {
        let count = parts.codes.count
        let names = dynamicNames.sorted { $0.value < $1.value }.map(\.key)
        parts.dynamicTargets = []
        for name in names {
            for (number, resource) in set.resources.enumerated() {
                let node =
                    name.isEmpty ? (resource.isRecursiveAnchor ? resource.root : nil) : resource.dynamicAnchors[name]
                let target = node.map { index(JSONSchemaSet.Location(schema: $0, resource: number)) } ?? -1
                parts.dynamicTargets.append(target)
            }
        }
        return parts.codes.count > count || dynamicNames.count > names.count
    }

    // MARK: - Shared parts

    /// The index of a pattern; nil for one with a mistake, which has been reported.
    func pattern(_ source: String) -> Int32? {
        if let known = patternIndexes[source] { return known }
        guard let pattern = set.patterns[source] else { return nil }
        parts.patterns.append(pattern)
        parts.patternTexts.append(source)
        let index = Int32(parts.patterns.count - 1)
        patternIndexes[source] = index
        return index
    }

    /// Appends a run to the lists; where it starts.
    func list(_ values: [Int32]) -> Int32 {
        parts.lists += values
        return Int32(parts.lists.count - values.count)
    }

    /// The node of a text among the constants.
    func text(_ text: String) -> Int32 { parts.pool.add(SchemaNode(.string(text), range: 0..<0)) }

    func report(
        _ code: String, _ title: String, _ location: JSONSchemaSet.Location, _ label: String, help: String? = nil
    ) {
        let path = set.path(of: location)
        let range = location.schema.range
        issues.add(
            code, .error, title,
            at: .init(
                path, line: set.files[path]?.lines.line(at: range.lowerBound) ?? 1,
                range: range.isEmpty ? nil : range), label, help: help)
    }
}

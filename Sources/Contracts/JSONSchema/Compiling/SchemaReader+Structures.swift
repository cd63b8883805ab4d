internal import Documents

extension SchemaReader {
    // MARK: - Objects

    func objects() -> Int32 {
        var rules = ObjectRules()
        var isUsed = false
        var names: [(name: String, schema: Int32, isRequired: Bool)] = []
        var places: [String: Int] = [:]
        if vocabulary.applicator {
            for member in keyword("properties")?.members ?? [] where places[member.name] == nil {
                places[member.name] = names.count
                names.append((member.name, inside(member.value), false))
            }
            var pairs: [Int32] = []
            for member in keyword("patternProperties")?.members ?? [] {
                guard let pattern = compiler.pattern(member.name) else { continue }
                pairs += [pattern, inside(member.value)]
            }
            if !pairs.isEmpty {
                rules.firstPattern = compiler.list(pairs)
                rules.patternCount = Int32(pairs.count / 2)
                isUsed = true
            }
            if let rest = schema("additionalProperties") { (rules.additional, isUsed) = (rest, true) }
            if let schema = schema("propertyNames") { (rules.names, isUsed) = (schema, true) }
        }
        if vocabulary.validation {
            // Draft 4's boolean beside the property is another thing: only lists are read.
            for name in schema["required"]?.items.compactMap(\.string) ?? [] where !isOneWay(name) {
                if let place = places[name] {
                    if !names[place].isRequired { rules.requiredCount += 1 }
                    names[place].isRequired = true
                } else {
                    places[name] = names.count
                    names.append((name, -1, true))
                    rules.requiredCount += 1
                }
            }
            if let least = count("minProperties") { (rules.least, isUsed) = (least, true) }
            if let most = count("maxProperties") { (rules.most, isUsed) = (most, true) }
            dependencies(&rules)
        }
        guard isUsed || !names.isEmpty || rules.dependencyCount > 0 else { return -1 }
        if !names.isEmpty { rules.table = table(names) }
        compiler.parts.objects.append(rules)
        return Int32(compiler.parts.objects.count - 1)
    }

    /// Whether a property is not sent in this direction, and so can't be asked for.
    private func isOneWay(_ name: String) -> Bool {
        guard compiler.options.direction != .any, let property = schema["properties"]?[name] else { return false }
        let word = compiler.options.direction == .request ? "readOnly" : "writeOnly"
        if property[word]?.boolean == true { return true }
        guard let reference = property["$ref"]?.string,
            let target = compiler.set.resolve(reference, in: location.resource)
        else { return false }
        return target.schema[word]?.boolean == true
    }

    private func dependencies(_ rules: inout ObjectRules) {
        var entries: [Int32] = []
        for word in ["dependentRequired", "dependencies"] {
            for member in keyword(word)?.members ?? [] {
                var needed = member.value.items.compactMap(\.string)
                // A single name stands in some old schemas.
                if word == "dependencies", let name = member.value.string { needed = [name] }
                guard !needed.isEmpty else { continue }
                entries += [compiler.text(member.name), Int32(needed.count)] + needed.map { compiler.text($0) }
                rules.dependencyCount += 1
            }
        }
        if !entries.isEmpty { rules.firstDependency = compiler.list(entries) }
    }

    // MARK: - Arrays

    func arrays() -> Int32 {
        var rules = ArrayRules()
        var isUsed = false
        if vocabulary.validation {
            if let least = count("minItems") { (rules.least, isUsed) = (least, true) }
            if let most = count("maxItems") { (rules.most, isUsed) = (most, true) }
            if keyword("uniqueItems")?.boolean == true { (rules.isUnique, isUsed) = (true, true) }
        }
        if vocabulary.applicator {
            var prefix: [SchemaNode] = []
            if dialect == .draft202012 {
                prefix = keyword("prefixItems")?.items ?? []
                rules.items = schema("items") ?? -1
            } else if let items = keyword("items") {
                if items.isArray {
                    prefix = items.items
                    rules.items = schema("additionalItems") ?? -1
                } else {
                    rules.items = schema("items") ?? -1
                }
            }
            if !prefix.isEmpty {
                rules.firstPrefix = compiler.list(prefix.map { inside($0) })
                rules.prefixCount = Int32(prefix.count)
            }
            isUsed = isUsed || !prefix.isEmpty || rules.items >= 0
            if let contains = schema("contains") {
                rules.contains = contains
                rules.containsEvaluates = dialect == .draft202012
                isUsed = true
                if vocabulary.validation {
                    rules.leastContained = count("minContains") ?? 1
                    rules.mostContained = count("maxContains") ?? Int32.max
                }
            }
        }
        guard isUsed else { return -1 }
        compiler.parts.arrays.append(rules)
        return Int32(compiler.parts.arrays.count - 1)
    }

    // MARK: - Combinations

    func combinations() {
        // Lists are made first: compiling a part must not come between the operations of this schema.
        for part in keyword("allOf")?.items ?? [] {
            add(SchemaOperation(code: .schema, a: inside(part), isVariant: true))
        }
        if let test = schema("if") {
            add(
                SchemaOperation(
                    code: .condition, a: test, b: schema("then") ?? SchemaCode.always,
                    c: schema("else") ?? SchemaCode.always))
        }
        for (word, code) in [("anyOf", SchemaOperation.Code.anyOf), ("oneOf", .oneOf)] {
            guard let parts = keyword(word)?.items, !parts.isEmpty else { continue }
            add(SchemaOperation(code: code, a: compiler.list(parts.map { inside($0) }), b: Int32(parts.count)))
        }
        if let denied = schema("not") { add(SchemaOperation(code: .not, a: denied)) }
        for word in ["dependentSchemas", "dependencies"] {
            for member in keyword(word)?.members ?? [] where member.value.isObject || member.value.boolean != nil {
                add(SchemaOperation(code: .dependent, a: inside(member.value), b: compiler.text(member.name)))
            }
        }
    }

    /// Whether there is one of the two keywords.
    func unevaluated() -> Bool {
        var isUsed = false
        if let schema = schema("unevaluatedProperties") {
            add(SchemaOperation(code: .unevaluatedProperties, a: schema))
            isUsed = true
        }
        if let schema = schema("unevaluatedItems") {
            add(SchemaOperation(code: .unevaluatedItems, a: schema))
            isUsed = true
        }
        return isUsed
    }

    private func add(_ operation: SchemaOperation) { compiler.parts.operations.append(operation) }
}

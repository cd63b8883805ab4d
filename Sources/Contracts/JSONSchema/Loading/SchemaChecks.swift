internal import Diagnostics
internal import Documents
internal import Patterns

/// Checks what a schema's keywords hold and how they are spelt, and compiles its patterns.
struct SchemaChecks {
    private static let patternLimit = 4_000
    private static let types: Set<String> = ["null", "boolean", "integer", "number", "string", "array", "object"]

    private let issues: ContractIssues
    private(set) var patterns: [String: Pattern] = [:]
    private var refused: Set<String> = []

    init(issues: ContractIssues) { self.issues = issues }

    mutating func check(
        _ schema: SchemaNode, _ dialect: JSONSchemaDialect, at place: (SchemaNode) -> ContractIssues.Place
    ) {
        let isHidden = dialect.refHidesSiblings && schema["$ref"] != nil
        for member in schema.members where !isHidden || member.name == "$ref" {
            guard let expected = SchemaKeywords.value(member.name, dialect) else {
                spelling(member, dialect, place)
                continue
            }
            if let problem = problem(member, expected, dialect) {
                issues.add(
                    "WB3213", .error, "`\(member.name)` \(problem)", at: place(member.value),
                    "this says nothing as it is")
                continue
            }
            switch expected {
            case .pattern: compile(member.value, place)
            case .schemasByName where member.name == "patternProperties":
                for each in member.value.members { compile(each, place) }
            default: break
            }
        }
    }

    // MARK: - Spelling

    private func spelling(
        _ member: SchemaNode.Member, _ dialect: JSONSchemaDialect, _ place: (SchemaNode) -> ContractIssues.Place
    ) {
        guard member.name.utf8.count > 3, !SchemaKeywords.neighbours.contains(member.name),
            !member.name.hasPrefix("x-"),
            let meant = Spelling.nearest(member.name, in: SchemaKeywords.names(dialect)),
            // Short words are near too many others.
            meant.utf8.count > 4 || meant.lowercased() == member.name.lowercased()
        else { return }
        issues.add(
            "WB3212", .warning, "`\(member.name)` is not a keyword of \(dialect.rawValue)", at: place(member.value),
            "nothing is checked by it", help: "write `\(meant)`")
    }

    // MARK: - Values

    private func problem(
        _ member: SchemaNode.Member, _ expected: SchemaKeywords.Value, _ dialect: JSONSchemaDialect
    ) -> String? {
        let value = member.value
        switch expected {
        case .schema: return isSchema(value, dialect) ? nil : "expects a schema"
        case .schemaOrList:
            if value.isArray {
                if dialect == .draft202012 { return "expects a schema; for one by position write `prefixItems`" }
                if dialect == .openAPI30 { return "expects a schema" }
                return value.items.allSatisfy { isSchema($0, dialect) } ? nil : "expects schemas"
            }
            return isSchema(value, dialect) ? nil : "expects a schema"
        case .schemaList:
            guard value.isArray else { return "expects a list of schemas" }
            if value.items.isEmpty { return "expects at least one schema" }
            return value.items.allSatisfy { isSchema($0, dialect) } ? nil : "expects a list of schemas"
        case .schemasByName:
            guard value.isObject else { return "expects an object of schemas" }
            return nil
        case .schemasOrNamesByName:
            return value.isObject ? nil : "expects an object of schemas or lists of names"
        case .namesByName:
            guard value.isObject, value.members.allSatisfy({ isNames($0.value) }) else {
                return "expects an object of lists of names"
            }
            return nil
        case .names:
            if value.boolean != nil { return "expects a list of names; it stands beside `properties`, not in them" }
            return isNames(value) ? nil : "expects a list of names"
        case .text, .pattern, .identifier: return value.string == nil ? "expects text" : nil
        case .reference: return value.string == nil ? "expects the address of a schema" : nil
        case .count:
            guard let text = value.number, let number = ExactNumber(text), number.isInteger, !number.isNegative else {
                return "expects a whole number that is not negative"
            }
            return nil
        case .number: return value.number == nil ? "expects a number" : nil
        case .positiveNumber: return positiveNumber(value)
        case .numberOrBoolean: return exclusive(value, dialect)
        case .boolean: return value.boolean == nil ? "expects `true` or `false`" : nil
        case .type: return type(value, dialect)
        case .list: return value.isArray ? nil : "expects a list"
        case .anything: return nil
        }
    }

    private func positiveNumber(_ value: SchemaNode) -> String? {
        guard let text = value.number, let number = ExactNumber(text), !number.isNegative, !number.isZero else {
            return "expects a number above 0"
        }
        return ExactDivisor(number) == nil ? "can't be held with more than 37 digits" : nil
    }

    private func exclusive(_ value: SchemaNode, _ dialect: JSONSchemaDialect) -> String? {
        if dialect.hasBooleanExclusives { return value.boolean == nil ? "expects `true` or `false`" : nil }
        if value.boolean != nil { return "expects the number itself; `true` is draft 4's, named by `$schema`" }
        return value.number == nil ? "expects a number" : nil
    }

    private func type(_ value: SchemaNode, _ dialect: JSONSchemaDialect) -> String? {
        let names = value.isArray ? value.items : [value]
        if value.isArray, dialect == .openAPI30 { return "expects one type; `nullable` allows null beside it" }
        for name in names {
            guard let text = name.string else { return "expects the name of a type" }
            guard !SchemaChecks.types.contains(text) else { continue }
            let meant = Spelling.nearest(text, in: SchemaChecks.types.sorted()).map { "; write `\($0)`" } ?? ""
            return "does not know `\(text)`\(meant)"
        }
        return names.isEmpty ? "expects at least one type" : nil
    }

    private func isSchema(_ value: SchemaNode, _ dialect: JSONSchemaDialect) -> Bool {
        value.isObject || value.boolean != nil
    }

    private func isNames(_ value: SchemaNode) -> Bool {
        value.isArray && value.items.allSatisfy { $0.string != nil }
    }

    // MARK: - Patterns

    private mutating func compile(_ value: SchemaNode, _ place: (SchemaNode) -> ContractIssues.Place) {
        guard let source = value.string else { return }
        compile(source, at: place(value), text: value.valueRange)
    }

    private mutating func compile(_ member: SchemaNode.Member, _ place: (SchemaNode) -> ContractIssues.Place) {
        compile(member.name, at: place(member.value), text: member.value.range)
    }

    private mutating func compile(_ source: String, at place: ContractIssues.Place, text: Range<Int>) {
        guard patterns[source] == nil, !refused.contains(source), patterns.count < SchemaChecks.patternLimit else {
            return
        }
        do throws(PatternError) {
            patterns[source] = try Pattern(source, dialect: .ecmaScript)
        } catch {
            refused.insert(source)
            var place = place
            // The offsets hold where the pattern is written without escapes.
            if text.count == source.utf8.count, error.range.upperBound <= source.utf8.count {
                let low = text.lowerBound + error.range.lowerBound
                place.range = low..<max(low + 1, text.lowerBound + error.range.upperBound)
            }
            issues.add(
                "WB3260", .error, "the pattern can't be used", at: place, error.message, help: error.help)
        }
    }
}

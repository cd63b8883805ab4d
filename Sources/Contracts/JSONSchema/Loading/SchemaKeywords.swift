/// What the keywords of a dialect hold: the places where schemas are inside schemas, and the kinds of values.
enum SchemaKeywords {
    /// What a keyword's value must be.
    enum Value: Sendable {
        case schema
        /// One schema, or in an array several.
        case schemaOrList
        case schemaList
        case schemasByName
        /// A schema or a list of names for each name (`dependencies`).
        case schemasOrNamesByName
        case namesByName
        case names
        case text
        case pattern
        case count
        case number
        case positiveNumber
        case boolean
        case numberOrBoolean
        case type
        case list
        case reference
        case identifier
        case anything
    }

    private struct Entry {
        var value: Value
        var since: JSONSchemaDialect
        var until: JSONSchemaDialect?
    }

    private static let entries: [String: Entry] = {
        var all: [String: Entry] = [:]
        func add(_ names: String, _ value: Value, since: JSONSchemaDialect = .draft4, until: JSONSchemaDialect? = nil) {
            for name in names.split(separator: " ") {
                all[String(name)] = Entry(value: value, since: since, until: until)
            }
        }
        add("not additionalProperties", .schema)
        add("contains propertyNames", .schema, since: .draft6)
        add("if then else", .schema, since: .draft7)
        add("unevaluatedProperties unevaluatedItems contentSchema", .schema, since: .draft201909)
        add("additionalItems", .schema, until: .draft201909)
        add("items", .schemaOrList)
        add("allOf anyOf oneOf", .schemaList)
        add("prefixItems", .schemaList, since: .draft202012)
        add("properties patternProperties definitions $defs", .schemasByName)
        add("dependentSchemas", .schemasByName, since: .draft201909)
        add("dependencies", .schemasOrNamesByName)
        add("dependentRequired", .namesByName, since: .draft201909)
        add("required", .names)
        add("pattern", .pattern)
        add("format title description $schema", .text)
        add("$comment contentEncoding contentMediaType", .text, since: .draft7)
        add("$anchor", .text, since: .draft201909)
        add("$dynamicAnchor", .text, since: .draft202012)
        add("$recursiveAnchor", .boolean, since: .draft201909, until: .draft201909)
        add("$ref", .reference)
        add("$dynamicRef", .reference, since: .draft202012)
        add("$recursiveRef", .reference, since: .draft201909, until: .draft201909)
        add("minLength maxLength minItems maxItems minProperties maxProperties", .count)
        add("minContains maxContains", .count, since: .draft201909)
        add("minimum maximum", .number)
        add("exclusiveMinimum exclusiveMaximum", .numberOrBoolean)
        add("multipleOf", .positiveNumber)
        add("uniqueItems", .boolean)
        add("type", .type)
        add("enum", .list)
        add("examples", .list, since: .draft6)
        add("const", .anything, since: .draft6)
        add("default", .anything)
        add("readOnly writeOnly", .boolean, since: .draft7)
        add("deprecated", .boolean, since: .draft201909)
        add("$vocabulary", .anything, since: .draft201909)
        add("id", .identifier, until: .draft4)
        add("$id", .identifier, since: .draft6)
        return all
    }()

    /// What the keyword holds in that dialect; nil when it has no such keyword.
    static func value(_ name: String, _ dialect: JSONSchemaDialect) -> Value? {
        guard let entry = entries[name], dialect.isAtLeast(entry.since) else { return openAPI(name, dialect) }
        if let until = entry.until, !until.isAtLeast(dialect) { return nil }
        if dialect == .openAPI30, name == "id" || name == "$schema" { return nil }
        return entry.value
    }

    private static func openAPI(_ name: String, _ dialect: JSONSchemaDialect) -> Value? {
        guard dialect == .openAPI30 else { return nil }
        switch name {
        case "nullable", "readOnly", "writeOnly", "deprecated": return .boolean
        case "discriminator", "xml", "externalDocs", "example": return .anything
        default: return nil
        }
    }

    /// Every keyword of the dialect, for spelling.
    static func names(_ dialect: JSONSchemaDialect) -> [String] {
        entries.keys.filter { value($0, dialect) != nil }.sorted()
    }

    /// Words beside the keywords that other tools give a meaning: nobody misspelt anything.
    static let neighbours: Set<String> = [
        "example", "examples", "nullable", "discriminator", "xml", "externalDocs", "id", "$id", "name", "version",
        "extends", "tags", "unit", "units", "value", "values", "label", "order", "options", "comment", "$comment",
        "deprecated", "readOnly", "writeOnly", "optional", "hidden", "links", "media", "const", "if", "then", "else",
        "contains", "propertyNames", "readonly", "$anchor", "$defs", "definitions", "dependentSchemas", "$dynamicRef",
        "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "prefixItems", "unevaluatedItems", "additionalItems",
        "unevaluatedProperties", "dependentRequired", "minContains", "maxContains", "contentSchema", "$vocabulary",
        "contentEncoding", "contentMediaType",
    ]
}

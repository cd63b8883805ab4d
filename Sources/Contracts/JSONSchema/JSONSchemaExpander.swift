/// Turns schemas of a set into shapes.
///
/// One expander makes one shape with all it contains; a schema met again while it is being read becomes a reference,
/// which a new expander reads when somebody looks. A schema that *extends* one that is being read further out can't be
/// made yet either: then the property or item around it becomes the reference.
final class JSONSchemaExpander {
    private static let depthLimit = 40

    private let set: JSONSchemaSet
    private var known: [ObjectIdentifier: Shape] = [:]
    private var open: Set<ObjectIdentifier> = []
    /// How many properties and items are around.
    private var level = 0
    /// Whether what is being read must be read again later, because it is built on something further out.
    private var needsLater = false

    private let direction: MessageDirection

    init(_ set: JSONSchemaSet, direction: MessageDirection = .any) {
        self.set = set
        self.direction = direction
    }

    func shape(_ location: JSONSchemaSet.Location, name: String? = nil) -> Shape {
        let key = ObjectIdentifier(location.schema)
        if let shape = known[key] { return shape }
        if open.count >= 400 || !open.insert(key).inserted { return later(location, name: name) }
        let shape = compose(location, name: name)
        open.remove(key)
        if !needsLater { known[key] = shape }
        return shape
    }

    /// The shape of a property or item, or a reference when it can't be read now.
    private func nested(_ location: JSONSchemaSet.Location) -> Shape {
        guard level < JSONSchemaExpander.depthLimit else { return later(location, name: nil) }
        let outer = needsLater
        needsLater = false
        level += 1
        let shape = shape(location)
        level -= 1
        defer { needsLater = outer }
        // A fresh expander begins at level 0, where only a schema built on itself is still open.
        return needsLater ? later(location, name: nil) : shape
    }

    private func later(_ location: JSONSchemaSet.Location, name: String?) -> Shape {
        let set = set
        let direction = direction
        let reference = location.schema["$ref"]?.string
        let known = name ?? reference.flatMap(JSONSchemaExpander.name) ?? location.schema["title"]?.string
        return Shape(
            reference: ShapeReference(name: known ?? "this type") {
                JSONSchemaExpander(set, direction: direction).shape(location, name: name)
            },
            source: source(location))
    }

    /// A part that the schema is built on. One that is being read just now adds nothing to itself.
    private func part(_ location: JSONSchemaSet.Location, name: String? = nil) -> Shape {
        let shape = shape(location, name: name)
        if shape.reference != nil, level > 0 { needsLater = true }
        return shape
    }

    private func compose(_ location: JSONSchemaSet.Location, name: String?) -> Shape {
        let schema = location.schema
        if let allowed = schema.boolean { return allowed ? .any : .null }
        guard case .object = schema.content else { return .any }

        var shape = own(location, name: name)
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            guard let reference = schema[keyword]?.string, let target = set.resolve(reference, in: location.resource)
            else {
                continue
            }
            let word = JSONSchemaExpander.name(of: reference)
            // Alone, it is the type itself; beside other keywords both hold (draft 2019-09 on).
            if isOnlyReference(schema) { return self.shape(target, name: word) }
            let referred = self.part(target, name: word)
            if referred.reference == nil { shape = referred.intersected(with: shape) }
        }
        if let parts = schema["allOf"]?.items {
            let baseFirst = !comesBefore("properties", "allOf", in: schema)
            var base = Shape.any
            for part in parts { base = base.intersected(with: self.part(set.inside(location, part))) }
            shape = baseFirst ? base.intersected(with: shape) : shape.intersected(with: base)
        }
        for keyword in ["oneOf", "anyOf"] {
            guard let parts = schema[keyword]?.items, !parts.isEmpty else { continue }
            let alternatives = parts.map { self.part(set.inside(location, $0)) }
            shape = shape.intersected(with: Shape.union(of: alternatives))
        }
        if schema["if"] != nil {
            for keyword in ["then", "else"] {
                guard let part = schema[keyword] else { continue }
                shape = shape.intersected(with: optional(self.part(set.inside(location, part))))
            }
        }
        let left = leftOut(location)
        return without(left, requiring(requiredNames(location).filter { !left.contains($0) }, of: shape))
    }

    /// The names that must be present: the schema's own and those of all parts that must hold.
    private func requiredNames(_ location: JSONSchemaSet.Location, depth: Int = 0) -> [String] {
        var names = location.schema["required"]?.items.compactMap(\.string) ?? []
        guard depth < 8 else { return names }
        for part in location.schema["allOf"]?.items ?? [] {
            names += requiredNames(set.inside(location, part), depth: depth + 1)
        }
        return names
    }

    /// The properties that are not sent in this direction, those of all parts that must hold among them.
    private func leftOut(_ location: JSONSchemaSet.Location, depth: Int = 0) -> Set<String> {
        guard direction != .any, depth < 8 else { return [] }
        var names: Set<String> = []
        for member in location.schema["properties"]?.members ?? []
        where isLeftOut(set.inside(location, member.value)) { names.insert(member.name) }
        for part in location.schema["allOf"]?.items ?? [] {
            names.formUnion(leftOut(set.inside(location, part), depth: depth + 1))
        }
        if let reference = location.schema["$ref"]?.string, let target = set.resolve(reference, in: location.resource) {
            names.formUnion(leftOut(target, depth: depth + 1))
        }
        return names
    }

    /// The shape without these fields; a part beside the one that declares them may have asked for them by name.
    private func without(_ names: Set<String>, _ shape: Shape) -> Shape {
        guard !names.isEmpty, shape.reference == nil, case .object(var object) = shape.kind else { return shape }
        object.fields.removeAll { names.contains($0.name) }
        return Shape(.object(object), nullable: shape.nullable, typeName: shape.typeName, source: shape.source)
    }

    /// Whether a property says, itself or where it refers to, that only the other side sends it.
    private func isLeftOut(_ location: JSONSchemaSet.Location) -> Bool {
        guard direction != .any else { return false }
        let word = direction == .request ? "readOnly" : "writeOnly"
        var location = location
        for _ in 0..<8 {
            if location.schema[word]?.boolean == true { return true }
            guard let reference = location.schema["$ref"]?.string,
                let target = set.resolve(reference, in: location.resource)
            else { return false }
            location = target
        }
        return false
    }

    private func requiring(_ names: [String], of shape: Shape) -> Shape {
        guard !names.isEmpty, shape.reference == nil, case .object(var object) = shape.kind else { return shape }
        for name in names {
            if let place = object.fields.firstIndex(where: { $0.name == name }) {
                object.fields[place].required = true
            } else {
                object.fields.append(Field(name: name, shape: .any, required: true))
            }
        }
        return Shape(.object(object), nullable: shape.nullable, typeName: shape.typeName, source: shape.source)
    }

    private func optional(_ shape: Shape) -> Shape {
        guard shape.reference == nil, case .object(var object) = shape.kind else { return .any }
        for index in object.fields.indices { object.fields[index].required = false }
        return Shape(.object(object), nullable: true, source: shape.source)
    }

    // MARK: - The schema's own keywords

    private func own(_ location: JSONSchemaSet.Location, name: String?) -> Shape {
        let schema = location.schema
        var types: [String] = []
        if let type = schema["type"] { types = type.string.map { [$0] } ?? type.items.compactMap(\.string) }
        let values = schema["const"].map { [$0] } ?? schema["enum"]?.items ?? []
        if types.isEmpty { types = inferredTypes(schema, values: values) }

        // `nullable` is OpenAPI 3.0's; it needs a type beside it.
        var nullable = types.contains("null") || (schema["nullable"]?.boolean == true && !types.isEmpty)
        if !values.isEmpty {
            nullable = nullable && values.contains { if case .null = $0.content { true } else { false } }
        }
        let kinds = types.filter { $0 != "null" }
        let source = source(location)
        if kinds.isEmpty { return types.isEmpty ? .any : Shape(.null, nullable: true, source: source) }

        var shapes: [Shape] = []
        for kind in kinds {
            let made = self.kind(kind, location)
            shapes.append(
                Shape(
                    made, nullable: nullable, facets: facets(schema, kind: kind, values: values), typeName: name,
                    source: source))
        }
        return shapes.count == 1 ? shapes[0] : Shape.union(of: shapes)
    }

    private func kind(_ type: String, _ location: JSONSchemaSet.Location) -> Shape.Kind {
        switch type {
        case "object": return .object(object(location))
        case "array": return list(location)
        case "string": return .string
        case "number": return .number(integer: false)
        case "integer": return .number(integer: true)
        case "boolean": return .boolean
        default: return .any
        }
    }

    /// A schema that lists properties means an object, one with bounds of text means text: authors leave `type` out.
    private func inferredTypes(_ schema: SchemaNode, values: [SchemaNode]) -> [String] {
        if !values.isEmpty {
            var types: [String] = []
            for value in values {
                let type: String
                switch value.content {
                case .null: type = "null"
                case .boolean: type = "boolean"
                case .number: type = value.integer == nil ? "number" : "integer"
                case .string: type = "string"
                case .array: type = "array"
                case .object: type = "object"
                }
                if !types.contains(type) { types.append(type) }
            }
            return types
        }
        func has(_ keywords: String...) -> Bool { keywords.contains { schema[$0] != nil } }
        if has("properties", "additionalProperties", "patternProperties", "minProperties", "maxProperties") {
            return ["object"]
        }
        if has("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains") { return ["array"] }
        if has("pattern", "minLength", "maxLength") || schema["format"]?.string != nil && !has("minimum", "maximum") {
            return ["string"]
        }
        if has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf") { return ["number"] }
        return []
    }

    private func object(_ location: JSONSchemaSet.Location) -> ObjectShape {
        let schema = location.schema
        var fields: [Field] = []
        for member in schema["properties"]?.members ?? [] {
            // `false` forbids the property.
            if member.value.boolean == false || isLeftOut(set.inside(location, member.value)) { continue }
            let shape = nested(set.inside(location, member.value))
            fields.append(Field(name: member.name, shape: shape, required: false))
        }
        var object = ObjectShape(fields: fields, open: false)
        let pattern = schema["patternProperties"]?.members ?? []
        if let rest = schema["additionalProperties"] {
            if rest.boolean != false {
                object.open = true
                object.additional = rest.boolean == true ? .any : nested(set.inside(location, rest))
            }
        } else if fields.isEmpty {
            object.open = true
        }
        if let first = pattern.first {
            object.open = true
            object.additional = pattern.count == 1 ? nested(set.inside(location, first.value)) : .any
        }
        return object
    }

    private func list(_ location: JSONSchemaSet.Location) -> Shape.Kind {
        let schema = location.schema
        var item = Shape.any
        if let items = schema["items"], case .array = items.content {
            item = .any
        } else if let items = schema["items"], schema["prefixItems"] == nil {
            item = nested(set.inside(location, items))
        }
        return .list(item: item, min: max(0, schema["minItems"]?.integer ?? 0), max: schema["maxItems"]?.integer)
    }

    private func facets(_ schema: SchemaNode, kind: String, values: [SchemaNode]) -> Facets {
        var facets = Facets()
        if schema["const"] != nil { facets.fixed = values.first?.scalar }
        facets.enumeration = values.compactMap(\.scalar)
        facets.defaultValue = schema["default"]?.scalar
        facets.format = schema["format"]?.string
        switch kind {
        case "string":
            facets.minLength = schema["minLength"]?.integer
            facets.maxLength = schema["maxLength"]?.integer
            if let pattern = schema["pattern"]?.string { facets.patterns = [pattern] }
        case "number", "integer":
            facets.multipleOf = schema["multipleOf"]?.number
            facets.minimum = bound(schema, "minimum", "exclusiveMinimum")
            facets.maximum = bound(schema, "maximum", "exclusiveMaximum")
        default: break
        }
        return facets
    }

    /// Draft 4's `exclusiveMinimum` is a boolean beside `minimum`; later ones give the number itself.
    private func bound(_ schema: SchemaNode, _ inclusive: String, _ exclusive: String) -> Facets.Bound? {
        if let text = schema[exclusive]?.number { return Facets.Bound(text, exclusive: true) }
        return schema[inclusive]?.number.map { Facets.Bound($0, exclusive: schema[exclusive]?.boolean == true) }
    }

    // MARK: - Small questions

    private func isOnlyReference(_ schema: SchemaNode) -> Bool {
        let notes: Set<String> = [
            "$ref", "$dynamicRef", "$recursiveRef", "$id", "id", "$schema", "$comment", "title", "description",
            "examples", "example", "default", "$defs", "definitions", "deprecated", "readOnly", "writeOnly",
        ]
        return schema.members.allSatisfy { notes.contains($0.name) || $0.name.hasPrefix("x-") }
    }

    private func comesBefore(_ first: String, _ second: String, in schema: SchemaNode) -> Bool {
        for member in schema.members {
            if member.name == first { return true }
            if member.name == second { return false }
        }
        return false
    }

    private func source(_ location: JSONSchemaSet.Location) -> ShapeSource? {
        guard let file = set.file(of: location) else { return nil }
        return ShapeSource(path: file.path, line: file.lines.line(at: location.schema.range.lowerBound))
    }

    /// The last word of a reference, which is what people call the type.
    static func name(of reference: String) -> String? {
        let text = reference.hasSuffix("#") ? reference.dropLast() : reference[...]
        let last = text.split(whereSeparator: { $0 == "/" || $0 == "#" }).last.map(String.init)
        return last
    }
}

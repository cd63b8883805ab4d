internal import XML

/// Compiles the components of a schema to the tables of a program.
struct XSDCompiler {
    let model: XSDModel
    var tables = XSDTables()
    /// Why a type needs libxml2, by its number.
    var reasons: [Int: String] = [:]
    /// The elements in the content of a type, for finding what a root reaches.
    var contents: [[Int]] = []
    /// Patterns that can't be compiled.
    var badPatterns: [(text: String, type: Int)] = []

    init(_ model: XSDModel) {
        self.model = model
    }

    static func compile(_ model: XSDModel) -> XSDCompiler {
        var compiler = XSDCompiler(model)
        compiler.run()
        return compiler
    }

    private mutating func run() {
        // Namespaces come first, because what a wildcard allows is a row over all of them.
        for element in model.elements { _ = tables.namespace(element.name.namespace) }
        for (name, _) in model.typeNames { _ = tables.namespace(name.namespace) }
        for (name, _) in model.attributeNames { _ = tables.namespace(name.namespace) }
        for type in model.types {
            for attribute in type.attributes { _ = tables.namespace(attribute.name.namespace) }
            collectNamespaces(type)
        }
        for (index, name) in tables.namespaces.enumerated() where index > 0 {
            tables.namespaceNames.append((tables.name(XMLName(name, namespace: nil)), Int32(index)))
        }
        for (id, element) in model.elements.enumerated() { tables.elements.append(elementRow(id, element)) }
        for type in model.types { tables.simples.append(simpleRow(type)) }
        for (id, element) in model.elements.enumerated() { fixValue(id, element) }
        contents = Array(repeating: [], count: model.types.count)
        for type in model.types {
            let row = typeRow(type)
            tables.types.append(row)
        }
        for (name, id) in model.elementNames { tables.globalElements.append((tables.name(name), Int32(id))) }
        for (name, id) in model.typeNames { tables.globalTypes.append((tables.name(name), Int32(id))) }
        for (name, attribute) in model.attributeNames {
            tables.globalAttributes.append((tables.name(name), Int32(tables.attributes.count)))
            tables.attributes.append(attributeRow(attribute, bit: -1))
        }
    }

    private mutating func collectNamespaces(_ type: XSDType) {
        if let wildcard = type.wildcard { collect(wildcard) }
        if case .elements(let particle, _) = type.content { collect(particle, depth: 0) }
    }

    private mutating func collect(_ particle: XSDParticle, depth: Int) {
        guard depth < XSDModelBuilder.groupDepthLimit, budget > 0 else { return }
        budget -= 1
        switch particle.term {
        case .element: return
        case .wildcard(let wildcard): collect(wildcard)
        case .group(_, let parts): for part in parts { collect(part, depth: depth + 1) }
        }
    }

    /// Steps that are left for walking over particles, which groups may multiply.
    private var budget = 2_000_000

    private mutating func collect(_ wildcard: XSDWildcard) {
        switch wildcard.namespaces {
        case .any: return
        case .not(let name): _ = tables.namespace(name)
        case .some(let names): for name in names { _ = tables.namespace(name) }
        }
    }

    // MARK: - Rows

    private mutating func elementRow(_ id: Int, _ element: XSDElement) -> XSDProgram.ElementRow {
        var row = XSDProgram.ElementRow()
        row.type = Int32(element.type)
        row.isNillable = element.isNillable
        row.isAbstract = element.isAbstract
        row.needsReference = element.hasConstraints
        row.block = element.block.rawValue
        row.name = tables.name(element.name)
        return row
    }

    private mutating func fixValue(_ id: Int, _ element: XSDElement) {
        guard let value = element.fixed ?? element.defaultValue else { return }
        tables.elements[id].defaultValue = tables.value(Array(value.utf8), .string)
        guard let fixed = element.fixed else { return }
        var simple = Int(element.type)
        if case .simple(let text) = model.types[element.type].content, model.types[element.type].simple == nil {
            simple = text
        }
        tables.elements[id].fixed = literal(fixed, of: simple)
    }

    /// A literal of a simple type; text for lists, unions and other content.
    mutating func literal(_ text: String, of type: Int) -> Int32 {
        guard let simple = model.types[type].simple else { return tables.value(Array(text.utf8), .string) }
        let normalized = XSDCompiler.normalized(text, simple.whiteSpace)
        if case .atomic(let primitive) = simple.variety { return tables.value(normalized, primitive) }
        if case .union(let members) = simple.variety {
            return tables.value(XSDCompiler.normalized(text, .collapse), primitive(of: text, members, depth: 0))
        }
        return tables.value(XSDCompiler.normalized(text, .collapse), .string)
    }

    /// The primitive type that a union's member gives a text.
    func primitive(of text: String, _ members: [Int], depth: Int) -> XSDPrimitive {
        for member in members {
            guard let simple = model.types[member].simple else { continue }
            switch simple.variety {
            case .atomic(let primitive):
                var value = XSDValue()
                let bytes = XSDCompiler.normalized(text, simple.whiteSpace)
                if bytes.withUnsafeBufferPointer({ XSDLexical.read($0, primitive, &value) }) { return primitive }
            case .union(let inner): if depth < 32 { return primitive(of: text, inner, depth: depth + 1) }
            case .list: return .string
            }
        }
        return .string
    }

    static func normalized(_ text: String, _ whiteSpace: XSDWhiteSpace) -> [UInt8] {
        func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x09 || c == 0x0A || c == 0x0D }
        switch whiteSpace {
        case .preserve: return Array(text.utf8)
        case .replace: return text.utf8.map { isSpace($0) ? 0x20 : $0 }
        case .collapse: return Array(text.utf8.split(whereSeparator: isSpace).joined(separator: [0x20]))
        }
    }

    mutating func attributeRow(_ attribute: XSDAttribute, bit: Int) -> XSDProgram.AttributeRow {
        let name = tables.name(attribute.name)
        let names = tables.names[Int(name)]
        return XSDProgram.AttributeRow(
            hash: names.hash, namespace: names.namespace, count: names.count, start: names.start,
            simple: Int32(attribute.type), fixed: attribute.fixed.map { literal($0, of: attribute.type) } ?? -1,
            bit: Int8(truncatingIfNeeded: bit), name: name)
    }

    mutating func wildcardRow(_ wildcard: XSDWildcard) -> Int32 {
        let start = tables.allowed.count
        for (index, name) in tables.namespaces.enumerated() {
            tables.allowed.append(wildcard.allows(index == 0 ? nil : name))
        }
        // A namespace that no component names.
        tables.allowed.append(wildcard.allows("\u{0}"))
        tables.wildcards.append(
            XSDProgram.WildcardRow(process: wildcard.process.rawValue, allowed: Int32(start)))
        return Int32(tables.wildcards.count - 1)
    }

    private mutating func typeRow(_ type: XSDType) -> XSDProgram.TypeRow {
        var row = XSDProgram.TypeRow()
        row.base = Int32(type.base)
        row.derivation = type.derivation.rawValue
        row.block = type.block.rawValue
        row.isAbstract = type.isAbstract
        if let name = type.name { row.name = tables.name(name) }
        if type.simple != nil {
            row.content = .simpleType
            row.simple = Int32(type.id)
            row.needsReference = tables.simples[type.id].needsReference
            if row.needsReference { reasons[type.id] = "qualified names as values" }
            return row
        }
        switch type.content {
        case .empty: row.content = .empty
        case .simple(let simple):
            row.content = .simple
            row.simple = Int32(simple)
            row.needsReference = tables.simples[simple].needsReference
            if row.needsReference { reasons[type.id] = "qualified names as values" }
        case .elements(let particle, let mixed):
            row.isMixed = mixed
            if type.id == XSDModel.anyType {
                row.content = .anything
            } else {
                compile(particle, of: type, into: &row)
            }
        }
        row.attributes = Int32(tables.attributes.count)
        row.attributeCount = Int32(type.attributes.count)
        var bits = 0
        for attribute in type.attributes {
            var bit = -1
            if attribute.isRequired {
                if bits < 64 {
                    bit = bits
                    row.required |= 1 << UInt64(bits)
                } else {
                    unsupported(&row, type, "more than 64 required attributes")
                }
                bits += 1
            }
            if tables.simples[attribute.type].needsReference {
                row.needsReference = true
                reasons[type.id] = "qualified names as values"
            }
            tables.attributes.append(attributeRow(attribute, bit: bit))
        }
        if let wildcard = type.wildcard { row.wildcard = wildcardRow(wildcard) }
        return row
    }

    mutating func unsupported(_ row: inout XSDProgram.TypeRow, _ type: XSDType, _ reason: String) {
        row.content = .unsupported
        row.needsReference = true
        reasons[type.id] = reason
    }
}

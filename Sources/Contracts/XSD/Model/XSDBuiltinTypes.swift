internal import XML

/// The built-in types (XML Schema Part 2, section 3) as components.
enum XSDBuiltinTypes {
    static func add(to builder: XSDModelBuilder) {
        let model = builder.model
        func add(_ name: String, base: Int, _ simple: XSDSimple?) -> Int {
            let id = model.types.count
            let full = XMLName(name, namespace: ContractNamespace.schema)
            let type = XSDType(id: id, name: full, source: nil)
            type.base = base
            type.simple = simple
            type.simple?.builtin = name
            type.isFilled = true
            model.types.append(type)
            model.typeNames[full] = id
            builder.definitions.append(nil)
            return id
        }
        let anything = XSDWildcard(namespaces: .any, process: .lax)
        let any = add("anyType", base: 0, nil)
        model.types[any].content = .elements(
            XSDParticle(min: 0, max: XSDParticle.unbounded, term: .wildcard(anything)), mixed: true)
        model.types[any].wildcard = anything
        let simple = add("anySimpleType", base: any, XSDSimple(variety: .atomic(.anySimple)))
        let string = add("string", base: simple, XSDSimple(variety: .atomic(.string)))
        let normalized = add(
            "normalizedString", base: string, XSDSimple(variety: .atomic(.string), whiteSpace: .replace))
        let token = add("token", base: normalized, XSDSimple(variety: .atomic(.string), whiteSpace: .collapse))
        func text(_ name: String, _ kind: XSDPrimitive, base: Int) -> Int {
            add(name, base: base, XSDSimple(variety: .atomic(kind), whiteSpace: .collapse))
        }
        _ = text("language", .language, base: token)
        let nmtoken = text("NMTOKEN", .nmtoken, base: token)
        let name = text("Name", .name, base: token)
        let ncName = text("NCName", .ncName, base: name)
        _ = text("ID", .id, base: ncName)
        let idref = text("IDREF", .idref, base: ncName)
        let entity = text("ENTITY", .ncName, base: ncName)
        for (list, item) in [("NMTOKENS", nmtoken), ("IDREFS", idref), ("ENTITIES", entity)] {
            var type = XSDSimple(variety: .list(item), whiteSpace: .collapse)
            type.facets.minLength = 1
            _ = add(list, base: simple, type)
        }
        let primitives: [(String, XSDPrimitive)] = [
            ("boolean", .boolean), ("float", .float), ("double", .double), ("duration", .duration),
            ("dateTime", .dateTime), ("time", .time), ("date", .date), ("gYearMonth", .gYearMonth),
            ("gYear", .gYear), ("gMonthDay", .gMonthDay), ("gDay", .gDay), ("gMonth", .gMonth),
            ("hexBinary", .hexBinary), ("base64Binary", .base64Binary), ("anyURI", .anyURI), ("QName", .qName),
            ("NOTATION", .notation),
        ]
        for (primitive, kind) in primitives { _ = text(primitive, kind, base: simple) }
        let decimal = text("decimal", .decimal, base: simple)
        func integer(_ name: String, base: Int, _ low: String?, _ high: String?) -> Int {
            var type = XSDSimple(variety: .atomic(.integer), whiteSpace: .collapse)
            type.facets.fractionDigits = 0
            type.facets.minimum = low.map { XSDFacets.Bound(text: $0, isExclusive: false) }
            type.facets.maximum = high.map { XSDFacets.Bound(text: $0, isExclusive: false) }
            return add(name, base: base, type)
        }
        let whole = integer("integer", base: decimal, nil, nil)
        let nonPositive = integer("nonPositiveInteger", base: whole, nil, "0")
        _ = integer("negativeInteger", base: nonPositive, nil, "-1")
        let long = integer("long", base: whole, "-9223372036854775808", "9223372036854775807")
        let int = integer("int", base: long, "-2147483648", "2147483647")
        let short = integer("short", base: int, "-32768", "32767")
        _ = integer("byte", base: short, "-128", "127")
        let nonNegative = integer("nonNegativeInteger", base: whole, "0", nil)
        let unsignedLong = integer("unsignedLong", base: nonNegative, "0", "18446744073709551615")
        let unsignedInt = integer("unsignedInt", base: unsignedLong, "0", "4294967295")
        let unsignedShort = integer("unsignedShort", base: unsignedInt, "0", "65535")
        _ = integer("unsignedByte", base: unsignedShort, "0", "255")
        _ = integer("positiveInteger", base: nonNegative, "1", nil)
    }
}

internal import XML

extension XSDExpander {
    /// A simple type (XML Schema Part 1, section 3.14).
    func simpleType(_ element: XMLElement, _ context: XSDSchemaSet.Context, name: String?) -> Shape {
        let schema = ContractNamespace.schema
        if let restriction = element.child("restriction", namespace: schema) {
            return restricted(base(of: restriction, context), by: restriction, context, name: name)
        }
        var facets = Facets()
        if element.child("list", namespace: schema) != nil {
            // Values parted by spaces: one text, as no element repeats.
            facets.format = "list"
            return Shape(.string, facets: facets, typeName: name, source: source(element, context))
        }
        if let union = element.child("union", namespace: schema) {
            var members: [Shape] = []
            for member in (union.attribute("memberTypes") ?? "").split(whereSeparator: \.isWhitespace) {
                guard let resolved = XSDSchemaSet.resolve(String(member), at: union, in: context) else {
                    undeclared("type", String(member), .type, union, context)
                    continue
                }
                members.append(type(resolved, from: union, context))
            }
            for member in union.children("simpleType", namespace: schema) {
                members.append(simpleType(member, context, name: nil))
            }
            let merged = Shape.union(of: members)
            guard merged.reference == nil, merged.scalarShape != nil else {
                return Shape(.string, typeName: name, source: source(element, context))
            }
            return Shape(merged.kind, facets: merged.facets, typeName: name, source: source(element, context))
        }
        return Shape(.string, typeName: name, source: source(element, context))
    }

    /// The simple type that a restriction starts from: named, or written inside it.
    func base(of restriction: XMLElement, _ context: XSDSchemaSet.Context) -> Shape {
        if let inner = restriction.child("simpleType", namespace: ContractNamespace.schema) {
            return simpleType(inner, context, name: nil)
        }
        guard let text = restriction.attribute("base") else { return .string }
        guard let name = XSDSchemaSet.resolve(text, as: .type, at: restriction, in: context) else {
            undeclared("type", text, .type, restriction, context)
            return .string
        }
        let shape = type(name, from: restriction, context)
        guard shape.reference == nil else {
            circular(name.name, restriction, context)
            return .string
        }
        return shape.scalarShape ?? .string
    }

    /// The base with the facets of a restriction (XML Schema Part 2, section 4.3).
    func restricted(
        _ base: Shape, by restriction: XMLElement, _ context: XSDSchemaSet.Context, name: String?
    ) -> Shape {
        let facets = base.facets.narrowed(by: XSDExpander.facets(restriction))
        return Shape(base.kind, facets: facets, typeName: name, source: source(restriction, context))
    }

    private static func facets(_ restriction: XMLElement) -> Facets {
        var facets = Facets()
        var patterns: [String] = []
        for facet in restriction.children where facet.namespace == ContractNamespace.schema {
            guard let value = facet.attribute("value") else { continue }
            switch facet.name {
            case "length":
                facets.minLength = Int(value)
                facets.maxLength = Int(value)
            case "minLength": facets.minLength = Int(value)
            case "maxLength": facets.maxLength = Int(value)
            case "pattern": patterns.append(value)
            case "enumeration": facets.enumeration.append(value)
            case "minInclusive": facets.minimum = Facets.Bound(value)
            case "minExclusive": facets.minimum = Facets.Bound(value, exclusive: true)
            case "maxInclusive": facets.maximum = Facets.Bound(value)
            case "maxExclusive": facets.maximum = Facets.Bound(value, exclusive: true)
            case "totalDigits": facets.totalDigits = Int(value)
            case "fractionDigits": facets.fractionDigits = Int(value)
            default: continue
            }
        }
        if !patterns.isEmpty {
            // Patterns of one step are alternatives (Part 2, section 4.3.4.3).
            facets.patterns = [patterns.joined(separator: "|")]
            facets.patternsAreAnchored = true
        }
        return facets
    }
}

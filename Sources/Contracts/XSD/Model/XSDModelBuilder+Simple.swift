internal import XML

extension XSDModelBuilder {
    /// Reads a simple type (XML Schema Part 1, section 3.14).
    func fillSimple(_ type: XSDType, _ definition: Definition) {
        let schema = ContractNamespace.schema
        let (element, context) = (definition.element, definition.context)
        type.final = derivations("final", element, context)
        if let restriction = element.child("restriction", namespace: schema) {
            type.derivation = .restriction
            guard let base = simpleBase(of: restriction, context) else { return }
            type.base = base
            if model.types[base].final.contains(.restriction) {
                problem("the base type does not allow a restriction", restriction, context)
            }
            type.simple = restricted(model.types[base].simple, by: restriction, context, of: type)
        } else if let list = element.child("list", namespace: schema) {
            type.derivation = .list
            fillList(type, list, context)
        } else if let union = element.child("union", namespace: schema) {
            type.derivation = .union
            fillUnion(type, union, context)
        } else {
            problem("a simple type is a restriction, a list or a union", element, context)
        }
    }

    private func fillList(_ type: XSDType, _ list: XMLElement, _ context: Context) {
        var item = XSDModel.anySimpleType
        if let inner = list.child("simpleType", namespace: ContractNamespace.schema) {
            item = self.type(inside: inner, context)
        } else if let text = list.attribute("itemType") {
            guard let named = self.type(reference: text, from: list, context) else { return }
            item = named
        } else {
            problem("a list names the type of its items", list, context)
        }
        fill(item)
        guard let itemType = model.types[item].simple else {
            problem("the items of a list are of a simple type", list, context)
            return
        }
        if holdsList(itemType, depth: 0) || !model.types[item].isFilled {
            problem("a list can't hold lists", list, context)
            return
        }
        if model.types[item].final.contains(.list) {
            problem("the type of the items does not allow lists of it", list, context)
        }
        type.simple = XSDSimple(variety: .list(item), whiteSpace: .collapse, builtin: "list")
    }

    private func holdsList(_ simple: XSDSimple, depth: Int) -> Bool {
        switch simple.variety {
        case .atomic: return false
        case .list: return true
        case .union(let members):
            return depth < 32
                && members.contains { member in
                    model.types[member].simple.map { holdsList($0, depth: depth + 1) } ?? false
                }
        }
    }

    private func fillUnion(_ type: XSDType, _ union: XMLElement, _ context: Context) {
        var members: [Int] = []
        for text in (union.attribute("memberTypes") ?? "").split(whereSeparator: \.isWhitespace) {
            guard let member = self.type(reference: String(text), from: union, context) else { continue }
            members.append(member)
        }
        for inner in union.children("simpleType", namespace: ContractNamespace.schema) {
            members.append(self.type(inside: inner, context))
        }
        for member in members {
            fill(member)
            if model.types[member].simple == nil {
                problem("the members of a union are simple types", union, context)
            } else if !model.types[member].isFilled {
                problem("a union contains itself", union, context)
            } else if model.types[member].final.contains(.union) {
                problem("a member type does not allow unions of it", union, context)
            }
        }
        members = members.filter { model.types[$0].simple != nil && model.types[$0].isFilled }
        if members.isEmpty { problem("a union has no members", union, context) }
        type.simple = XSDSimple(variety: .union(members), whiteSpace: .preserve, builtin: "union")
    }

    /// The simple type that a restriction starts from: named, or written inside it.
    private func simpleBase(of restriction: XMLElement, _ context: Context) -> Int? {
        var base: Int?
        if let text = restriction.attribute("base") {
            base = type(reference: text, from: restriction, context)
        } else if let inner = restriction.child("simpleType", namespace: ContractNamespace.schema) {
            base = type(inside: inner, context)
        } else {
            problem("a restriction names its base type", restriction, context)
        }
        guard let base else { return nil }
        fill(base)
        guard model.types[base].simple != nil else {
            problem("the base of a simple type is a simple type", restriction, context)
            return nil
        }
        if base == XSDModel.anySimpleType, context.path != "" {
            problem("`anySimpleType` can't be restricted", restriction, context)
        }
        return base
    }

    /// A simple type with the facets of one more step (Part 2, section 4.3).
    func restricted(
        _ base: XSDSimple?, by restriction: XMLElement, _ context: Context, of type: XSDType
    ) -> XSDSimple {
        var result = base ?? XSDSimple(variety: .atomic(.string))
        var patterns: [String] = []
        var enumeration: [String] = []
        for facet in restriction.children where facet.namespace == ContractNamespace.schema {
            guard let value = facet.attribute("value") else { continue }
            let trimmed = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            switch facet.name {
            case "length":
                result.facets.minLength = number(trimmed)
                result.facets.maxLength = number(trimmed)
            case "minLength": result.facets.minLength = number(trimmed)
            case "maxLength": result.facets.maxLength = number(trimmed)
            case "pattern": patterns.append(value)
            case "enumeration": enumeration.append(value)
            case "minInclusive": result.facets.minimum = XSDFacets.Bound(text: trimmed, isExclusive: false)
            case "minExclusive": result.facets.minimum = XSDFacets.Bound(text: trimmed, isExclusive: true)
            case "maxInclusive": result.facets.maximum = XSDFacets.Bound(text: trimmed, isExclusive: false)
            case "maxExclusive": result.facets.maximum = XSDFacets.Bound(text: trimmed, isExclusive: true)
            case "totalDigits": result.facets.totalDigits = number(trimmed)
            case "fractionDigits":
                let digits = number(trimmed)
                if let digits, let before = base?.facets.fractionDigits, digits > before {
                    problem("`fractionDigits` is more than the base type allows", facet, context)
                }
                result.facets.fractionDigits = digits
            case "whiteSpace":
                switch trimmed {
                case "collapse": result.whiteSpace = .collapse
                case "replace": if result.whiteSpace == .preserve { result.whiteSpace = .replace }
                default: break
                }
            default: continue
            }
        }
        if patterns.count == 1 {
            result.facets.patterns.append(patterns[0])
        } else if !patterns.isEmpty {
            // Patterns of one step are alternatives (Part 2, section 4.3.4.3).
            result.facets.patterns.append(patterns.joined(separator: "|"))
        }
        if !enumeration.isEmpty { result.facets.enumeration = enumeration }
        return result
    }

    private func number(_ text: String) -> Int? {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        return Int(digits).map { min($0, 1 << 31) } ?? 1 << 31
    }
}

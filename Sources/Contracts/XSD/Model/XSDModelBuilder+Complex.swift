internal import XML

extension XSDModelBuilder {
    /// Reads a complex type (XML Schema Part 1, section 3.4).
    func fillComplex(_ type: XSDType, _ definition: Definition) {
        let schema = ContractNamespace.schema
        let (element, context) = (definition.element, definition.context)
        type.final = derivations("final", element, context)
        type.block = derivations("block", element, context)
        type.isAbstract = XSDModelBuilder.isTrue(element.attribute("abstract"))
        let mixed = XSDModelBuilder.isTrue(element.attribute("mixed"))
        if let simple = element.child("simpleContent", namespace: schema) {
            simpleContent(type, simple, context)
        } else if let complex = element.child("complexContent", namespace: schema) {
            let isMixed = complex.attribute("mixed").map { XSDModelBuilder.isTrue($0) } ?? mixed
            complexContent(type, complex, context, mixed: isMixed)
        } else {
            type.derivation = .restriction
            type.content = content(particle(of: element, context), mixed: mixed)
            let own = attributes(of: element, context)
            type.attributes = own.attributes.filter { !$0.isProhibited }
            type.wildcard = own.wildcard
        }
    }

    private func content(_ particle: XSDParticle?, mixed: Bool) -> XSDType.Content {
        if let particle { return .elements(particle, mixed: mixed) }
        return mixed ? .elements(XSDParticle(term: .group(.sequence, [])), mixed: true) : .empty
    }

    /// The base type of an extension or restriction, read already; nil when it is missing.
    private func base(_ type: XSDType, _ derivation: XMLElement, _ context: Context) -> XSDType? {
        guard let text = derivation.attribute("base") else {
            problem("`xs:\(derivation.name)` names its base type", derivation, context)
            return nil
        }
        guard let id = self.type(reference: text, from: derivation, context) else { return nil }
        fill(id)
        type.base = id
        let base = model.types[id]
        guard base.isFilled else { return nil }
        if base.final.contains(derivation.name == "extension" ? .extension : .restriction) {
            problem("the base type does not allow this derivation", derivation, context)
        }
        return base
    }

    private func simpleContent(_ type: XSDType, _ element: XMLElement, _ context: Context) {
        type.content = .simple(XSDModel.anySimpleType)
        guard let derivation = XSDModelBuilder.derivation(in: element) else { return }
        type.derivation = derivation.name == "extension" ? .extension : .restriction
        guard let base = base(type, derivation, context) else { return }
        var text: Int?
        if base.simple != nil {
            text = base.id
            if derivation.name == "restriction" {
                problem("a simple type is restricted by a simple type", derivation, context)
            }
        } else if case .simple(let simple) = base.content {
            text = simple
        }
        if derivation.name == "restriction" {
            if let inner = derivation.child("simpleType", namespace: ContractNamespace.schema) {
                text = self.type(inside: inner, context)
            }
            guard let start = text else {
                problem("the base type has no simple content", derivation, context)
                return
            }
            fill(start)
            text = narrowed(start, by: derivation, context)
        }
        guard let text else {
            problem("the base type has no simple content", derivation, context)
            return
        }
        type.content = .simple(text)
        inherit(type, base, derivation, context)
    }

    /// The simple type of restricted simple content: a type of its own when there are facets.
    private func narrowed(_ base: Int, by derivation: XMLElement, _ context: Context) -> Int {
        let facets = derivation.children.contains {
            $0.namespace == ContractNamespace.schema && $0.attribute("value") != nil
        }
        guard facets, let simple = model.types[base].simple, model.types.count < XSDModelBuilder.componentLimit
        else { return base }
        let id = model.types.count
        let type = XSDType(id: id, name: nil, source: ShapeSource(path: context.path, line: derivation.line))
        type.base = base
        type.simple = restricted(simple, by: derivation, context, of: type)
        type.isFilled = true
        model.types.append(type)
        definitions.append(nil)
        return id
    }

    private func complexContent(_ type: XSDType, _ element: XMLElement, _ context: Context, mixed: Bool) {
        guard let derivation = XSDModelBuilder.derivation(in: element) else { return }
        type.derivation = derivation.name == "extension" ? .extension : .restriction
        let own = particle(of: derivation, context)
        type.content = content(own, mixed: mixed)
        guard let base = base(type, derivation, context) else {
            let declared = attributes(of: derivation, context)
            type.attributes = declared.attributes.filter { !$0.isProhibited }
            type.wildcard = declared.wildcard
            return
        }
        if base.simple != nil {
            problem("the base of complex content is a complex type", derivation, context)
        } else if case .simple = base.content {
            if own != nil { problem("the base type has simple content", derivation, context) }
            if derivation.name == "extension" { type.content = base.content }
        } else if derivation.name == "extension" {
            extend(type, base, own, mixed: mixed, derivation, context)
        }
        inherit(type, base, derivation, context)
    }

    private func extend(
        _ type: XSDType, _ base: XSDType, _ own: XSDParticle?, mixed: Bool, _ derivation: XMLElement,
        _ context: Context
    ) {
        guard case .elements(let inherited, let baseIsMixed) = base.content else { return }
        guard let own else {
            type.content = base.content
            return
        }
        if baseIsMixed != mixed {
            problem("mixed content is extended by mixed content only, and other content by other", derivation, context)
        }
        if case .group(.sequence, let parts) = inherited.term, parts.isEmpty { return }
        var parts = [inherited]
        // A chain of extensions stays one sequence.
        if inherited.min == 1, inherited.max == 1, case .group(.sequence, let before) = inherited.term {
            parts = before
        } else if case .group(.all, _) = inherited.term {
            problem("content in any order (`xs:all`) can't be extended", derivation, context)
        }
        if case .group(.all, _) = own.term {
            problem("an extension can't add content in any order (`xs:all`)", derivation, context)
        }
        if own.min == 1, own.max == 1, case .group(.sequence, let after) = own.term {
            parts += after
        } else {
            parts.append(own)
        }
        type.content = .elements(XSDParticle(term: .group(.sequence, parts)), mixed: mixed)
    }

    // MARK: - Attributes

    /// The attributes of a derived type: those of its base, its own over them.
    private func inherit(_ type: XSDType, _ base: XSDType, _ derivation: XMLElement, _ context: Context) {
        let own = attributes(of: derivation, context)
        var result = base.attributes
        for attribute in own.attributes {
            if let place = result.firstIndex(where: { $0.name == attribute.name }) {
                if derivation.name == "extension" {
                    problem("the base type has the attribute `\(attribute.name.name)`", derivation, context)
                }
                result[place] = attribute
            } else if !attribute.isProhibited {
                if derivation.name == "restriction", base.wildcard?.allows(attribute.name.namespace) != true {
                    problem("the base type has no attribute `\(attribute.name.name)`", derivation, context)
                }
                result.append(attribute)
            }
        }
        type.attributes = result.filter { !$0.isProhibited }
        guard derivation.name == "extension" else {
            type.wildcard = own.wildcard
            return
        }
        if let mine = own.wildcard, let theirs = base.wildcard {
            type.wildcard = mine.united(with: theirs)
        } else {
            type.wildcard = own.wildcard ?? base.wildcard
        }
    }

    /// The attributes that an element of the schema lists, with those of the groups it names.
    func attributes(of element: XMLElement, _ context: Context) -> (attributes: [XSDAttribute], wildcard: XSDWildcard?)
    {
        var result: [XSDAttribute] = []
        var local: XSDWildcard?
        var inherited: XSDWildcard?
        for child in element.children where child.namespace == ContractNamespace.schema {
            guard result.count <= XSDModelBuilder.attributeLimit else {
                refusal = "a type has too many attributes"
                break
            }
            switch child.name {
            case "attribute":
                guard let attribute = attribute(child, context) else { continue }
                if result.contains(where: { $0.name == attribute.name }) {
                    problem("the attribute `\(attribute.name.name)` is declared twice", child, context)
                } else {
                    result.append(attribute)
                }
            case "attributeGroup":
                guard let text = child.attribute("ref") else { continue }
                guard let name = XSDSchemaSet.resolve(text, as: .attributeGroup, at: child, in: context),
                    let group = attributeGroup(named: name)
                else {
                    problem("no attribute group `\(text)` is declared", child, context)
                    continue
                }
                for attribute in group.attributes where !attribute.isProhibited {
                    if result.contains(where: { $0.name == attribute.name }) {
                        problem("the attribute `\(attribute.name.name)` is declared twice", child, context)
                    } else {
                        result.append(attribute)
                    }
                }
                if let wildcard = group.wildcard {
                    inherited = inherited.map { $0.intersected(with: wildcard) } ?? wildcard
                }
            case "anyAttribute": local = wildcard(child, context)
            default: continue
            }
        }
        if let mine = local, let theirs = inherited { return (result, mine.intersected(with: theirs)) }
        return (result, local ?? inherited)
    }

    /// A group of attributes; nil when there is none of this name.
    func attributeGroup(named name: XMLName) -> (attributes: [XSDAttribute], wildcard: XSDWildcard?)? {
        let key = XSDSchemaSet.Key(space: .attributeGroup, name: name)
        if let known = attributeGroups[key] { return known }
        guard let component = set.component(.attributeGroup, name) else { return nil }
        guard openGroups.count < XSDModelBuilder.groupDepthLimit, openGroups.insert(key).inserted else {
            problem("the attribute group `\(name.name)` contains itself", component.element, component.context)
            return ([], nil)
        }
        let made = attributes(of: component.element, component.context)
        openGroups.remove(key)
        attributeGroups[key] = made
        return made
    }

    private func attribute(_ element: XMLElement, _ context: Context) -> XSDAttribute? {
        let use = element.attribute("use")
        var result: XSDAttribute
        if let text = element.attribute("ref") {
            guard let name = XSDSchemaSet.resolve(text, at: element, in: context) else {
                problem("the prefix of `\(text)` is not declared", element, context)
                return nil
            }
            if let global = attribute(named: name) {
                result = global
            } else {
                if !(name.namespace.map(ContractNamespace.known.contains) ?? false) {
                    problem("no attribute `\(name.name)` is declared", element, context)
                }
                result = XSDAttribute(name: name, type: XSDModel.anySimpleType)
            }
        } else {
            guard let local = element.attribute("name") else {
                problem("an attribute has a name or refers to one", element, context)
                return nil
            }
            let isQualified = element.attribute("form").map { $0 == "qualified" } ?? context.attributesAreQualified
            result = declared(element, XMLName(local, namespace: isQualified ? context.namespace : nil), context)
        }
        if let value = element.attribute("fixed") { result.fixed = value }
        if let value = element.attribute("default") { result.defaultValue = value }
        result.isRequired = use == "required"
        result.isProhibited = use == "prohibited"
        return result
    }

    /// A global attribute; nil when there is none of this name.
    func attribute(named name: XMLName) -> XSDAttribute? {
        if let known = model.attributeNames[name] { return known }
        guard let component = set.component(.attribute, name) else { return nil }
        let made = declared(component.element, name, component.context)
        model.attributeNames[name] = made
        return made
    }

    private func declared(_ element: XMLElement, _ name: XMLName, _ context: Context) -> XSDAttribute {
        var result = XSDAttribute(name: name, type: XSDModel.anySimpleType)
        if let text = element.attribute("type") {
            if let id = type(reference: text, from: element, context) { result.type = id }
        } else if let inner = element.child("simpleType", namespace: ContractNamespace.schema) {
            result.type = type(inside: inner, context)
        }
        if model.types[result.type].simple == nil {
            problem("an attribute is of a simple type", element, context)
            result.type = XSDModel.anySimpleType
        }
        result.fixed = element.attribute("fixed")
        result.defaultValue = element.attribute("default")
        return result
    }
}

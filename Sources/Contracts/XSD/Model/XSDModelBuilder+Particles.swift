internal import XML

extension XSDModelBuilder {
    /// The content model of a type, extension or restriction; nil when it has none or allows nothing.
    func particle(of element: XMLElement, _ context: Context) -> XSDParticle? {
        for child in element.children where child.namespace == ContractNamespace.schema {
            switch child.name {
            case "sequence", "choice", "all", "group":
                guard let made = particle(child, context, depth: 0), made.max > 0 else { return nil }
                if case .group(let compositor, let parts) = made.term, parts.isEmpty {
                    if compositor != .choice || made.min == 0 { return nil }
                }
                return made
            default: continue
            }
        }
        return nil
    }

    private func particle(_ element: XMLElement, _ context: Context, depth: Int) -> XSDParticle? {
        deepest = max(deepest, depth)
        guard depth < XSDModelBuilder.groupDepthLimit else {
            refusal = "its groups are nested too deeply"
            return nil
        }
        guard let (low, high) = occurrence(element, context) else { return nil }
        switch element.name {
        case "sequence", "choice", "all":
            var parts: [XSDParticle] = []
            for child in element.children where child.namespace == ContractNamespace.schema {
                guard child.name != "annotation", let part = particle(child, context, depth: depth + 1), part.max > 0
                else { continue }
                parts.append(part)
            }
            let compositor: XSDParticle.Compositor =
                element.name == "sequence" ? .sequence : element.name == "choice" ? .choice : .all
            return XSDParticle(min: low, max: high, term: .group(compositor, parts))
        case "group":
            guard let text = element.attribute("ref") else { return nil }
            guard let name = XSDSchemaSet.resolve(text, as: .group, at: element, in: context),
                let group = group(named: name)
            else {
                problem("no group `\(text)` is declared", element, context)
                return nil
            }
            deepest = max(deepest, depth + group.depth)
            guard depth + group.depth < XSDModelBuilder.groupDepthLimit else {
                refusal = "its groups are nested too deeply"
                return nil
            }
            guard let inner = group.particle else { return nil }
            return XSDParticle(min: low, max: high, term: inner.term)
        case "element":
            return localElement(element, context).map { XSDParticle(min: low, max: high, term: .element($0)) }
        case "any": return XSDParticle(min: low, max: high, term: .wildcard(wildcard(element, context)))
        default: return nil
        }
    }

    private func occurrence(_ element: XMLElement, _ context: Context) -> (Int, Int)? {
        func number(_ name: String) -> Int? {
            guard let text = element.attribute(name) else { return 1 }
            let trimmed = text.filter { !$0.isWhitespace }
            if trimmed == "unbounded", name == "maxOccurs" { return XSDParticle.unbounded }
            let digits = trimmed.hasPrefix("+") ? trimmed.dropFirst() : trimmed[...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
            return Int(digits).map { min($0, 1 << 31) } ?? 1 << 31
        }
        guard let low = number("minOccurs"), let high = number("maxOccurs"), low <= high else {
            problem("`minOccurs` and `maxOccurs` are whole numbers, the first not above the second", element, context)
            return nil
        }
        return (low, high)
    }

    /// A group of elements; nil when there is none of this name.
    func group(named name: XMLName) -> Group? {
        let key = XSDSchemaSet.Key(space: .group, name: name)
        if let known = groups[key] { return known }
        guard let component = set.component(.group, name) else { return nil }
        guard openGroups.insert(key).inserted else {
            problem("the group `\(name.name)` contains itself", component.element, component.context)
            return Group()
        }
        defer { openGroups.remove(key) }
        guard openGroups.count < XSDModelBuilder.groupDepthLimit else {
            refusal = "its groups are nested too deeply"
            return Group()
        }
        var made = Group()
        let outer = deepest
        deepest = 0
        for child in component.element.children where child.namespace == ContractNamespace.schema {
            guard ["sequence", "choice", "all"].contains(child.name) else { continue }
            made.particle = particle(child, component.context, depth: 0)
            break
        }
        made.depth = deepest
        deepest = outer
        groups[key] = made
        return made
    }

    func wildcard(_ element: XMLElement, _ context: Context) -> XSDWildcard {
        let process: XSDWildcard.Process
        switch element.attribute("processContents") {
        case "lax": process = .lax
        case "skip": process = .skip
        default: process = .strict
        }
        let words = (element.attribute("namespace") ?? "##any").split(whereSeparator: \.isWhitespace).map(String.init)
        if words == ["##any"] { return XSDWildcard(namespaces: .any, process: process) }
        if words == ["##other"] { return XSDWildcard(namespaces: .not(context.namespace), process: process) }
        var names: Set<String?> = []
        for word in words {
            switch word {
            case "##local": names.insert(nil)
            case "##targetNamespace": names.insert(context.namespace)
            default: names.insert(word)
            }
        }
        return XSDWildcard(namespaces: .some(names), process: process)
    }

    // MARK: - Elements

    /// A global element; nil when there is none of this name.
    func element(named name: XMLName) -> Int? {
        if let known = model.elementNames[name] { return known }
        guard let component = set.component(.element, name) else { return nil }
        let id = declare(component.element, name, component.context)
        model.elementNames[name] = id
        model.elements[id].isGlobal = true
        return id
    }

    private func localElement(_ element: XMLElement, _ context: Context) -> Int? {
        if let text = element.attribute("ref") {
            guard let name = XSDSchemaSet.resolve(text, at: element, in: context) else {
                problem("the prefix of `\(text)` is not declared", element, context)
                return nil
            }
            if let id = self.element(named: name) { return id }
            problem("no element `\(name.name)` is declared", element, context)
            let id = model.elements.count
            // It may be anything, so that the rest of the contract can be used.
            model.elements.append(
                XSDElement(name: name, source: ShapeSource(path: context.path, line: element.line)))
            model.elementNames[name] = id
            return id
        }
        guard let local = element.attribute("name") else {
            problem("an element has a name or refers to one", element, context)
            return nil
        }
        let key = Nested(element: ObjectIdentifier(element), namespace: context.namespace)
        if let known = elementNodes[key] { return known }
        let isQualified = element.attribute("form").map { $0 == "qualified" } ?? context.elementsAreQualified
        let id = declare(element, XMLName(local, namespace: isQualified ? context.namespace : nil), context)
        elementNodes[key] = id
        return id
    }

    private func declare(_ node: XMLElement, _ name: XMLName, _ context: Context) -> Int {
        let id = model.elements.count
        guard id < XSDModelBuilder.componentLimit else {
            refusal = "it has more elements than can be read"
            return 0
        }
        let made = XSDElement(name: name, source: ShapeSource(path: context.path, line: node.line))
        model.elements.append(made)
        made.isNillable = XSDModelBuilder.isTrue(node.attribute("nillable"))
        made.isAbstract = XSDModelBuilder.isTrue(node.attribute("abstract"))
        made.fixed = node.attribute("fixed")
        made.defaultValue = node.attribute("default")
        made.block = derivations("block", node, context)
        made.final = derivations("final", node, context)
        made.hasConstraints = node.children.contains {
            $0.namespace == ContractNamespace.schema && ["unique", "key", "keyref"].contains($0.name)
        }
        if let text = node.attribute("type") {
            if let type = type(reference: text, from: node, context) { made.type = type }
        } else if let inner = node.children.first(where: { child in
            child.namespace == ContractNamespace.schema && (child.name == "complexType" || child.name == "simpleType")
        }) {
            made.type = type(inside: inner, context)
        } else if node.attribute("substitutionGroup") != nil {
            made.type = -1
        }
        return id
    }

    /// Gives elements without a type that of the head of their substitution group, and heads their members.
    func linkSubstitutes() {
        for (name, id) in model.elementNames.sorted(by: { $0.value < $1.value }) {
            guard let component = set.component(.element, name),
                let text = component.element.attribute("substitutionGroup")
            else { continue }
            let head = XSDSchemaSet.resolve(text, at: component.element, in: component.context)
            guard let head, let place = model.elementNames[head] else {
                problem("no element `\(text)` is declared", component.element, component.context)
                continue
            }
            model.elements[id].head = place
        }
        var members: [Int: [Int]] = [:]
        var total = 0
        for (_, id) in model.elementNames.sorted(by: { $0.value < $1.value }) {
            var head = model.elements[id].head
            var seen: Set<Int> = [id]
            while let next = head {
                guard seen.insert(next).inserted, seen.count < 1000 else {
                    if let component = set.component(.element, model.elements[id].name) {
                        problem("the substitution group contains itself", component.element, component.context)
                    }
                    break
                }
                if model.elements[id].type < 0, model.elements[next].type >= 0 {
                    model.elements[id].type = model.elements[next].type
                }
                members[next, default: []].append(id)
                total += 1
                guard total < XSDModelBuilder.totalLimit else {
                    refusal = "its substitution groups are too large"
                    return
                }
                head = model.elements[next].head
            }
            if model.elements[id].type < 0 { model.elements[id].type = XSDModel.anyType }
        }
        model.substitutes = members
        for element in model.elements where element.type < 0 { element.type = XSDModel.anyType }
    }
}

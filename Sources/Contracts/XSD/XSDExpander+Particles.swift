internal import XML

extension XSDExpander {
    /// The content model of a type, extension or restriction: at most one of these children.
    func particles(of element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent) {
        for child in element.children where child.namespace == ContractNamespace.schema {
            particle(child, context, Occurs(), into: &content)
        }
    }

    private func particle(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, _ around: Occurs, into content: inout XSDContent
    ) {
        guard element.namespace == ContractNamespace.schema else { return }
        guard partsLeft > 0 else {
            content.isOpen = true
            return
        }
        partsLeft -= 1
        switch element.name {
        case "sequence", "all":
            let occurs = around.times(element)
            guard occurs.max != 0 else { return }
            for child in element.children { particle(child, context, occurs, into: &content) }
        case "choice":
            let occurs = around.times(element)
            guard occurs.max != 0 else { return }
            choice(element, context, occurs, into: &content)
        case "group": group(element, context, around.times(element), into: &content)
        case "element": self.element(element, context, around.times(element), into: &content)
        case "any": if around.times(element).max != 0 { content.isOpen = true }
        default: return
        }
    }

    /// The same element in two branches occurs once, not twice: each branch is collected by itself.
    private func choice(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, _ occurs: Occurs, into content: inout XSDContent
    ) {
        var branches = XSDContent()
        for child in element.children {
            var branch = XSDContent()
            particle(child, context, occurs.optional, into: &branch)
            branches.isOpen = branches.isOpen || branch.isOpen
            for one in branch.fields {
                guard
                    let place = branches.fields.firstIndex(where: {
                        $0.name == one.name && $0.namespace == one.namespace
                    })
                else {
                    branches.fields.append(one)
                    continue
                }
                let first = branches.fields[place]
                branches.fields[place].max = first.max.flatMap { low in one.max.map { max(low, $0) } }
                if first.shape !== one.shape {
                    branches.fields[place].shape = Shape.union(of: [first.shape, one.shape])
                }
            }
        }
        content.isOpen = content.isOpen || branches.isOpen
        for particle in branches.fields { content.add(particle) }
    }

    private func group(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, _ occurs: Occurs, into content: inout XSDContent
    ) {
        guard occurs.max != 0, let text = element.attribute("ref") else { return }
        guard let name = XSDSchemaSet.resolve(text, as: .group, at: element, in: context),
            let component = set.component(.group, name)
        else {
            undeclared("group", text, .group, element, context)
            content.isOpen = true
            return
        }
        let key = XSDSchemaSet.Key(space: .group, name: name)
        reading(key, at: element, context) {
            for child in component.element.children { particle(child, component.context, occurs, into: &content) }
        }
    }

    private func element(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, _ occurs: Occurs, into content: inout XSDContent
    ) {
        guard occurs.max != 0 else { return }
        guard let text = element.attribute("ref") else {
            guard let name = element.attribute("name") else { return }
            let isQualified = element.attribute("form").map { $0 == "qualified" } ?? context.elementsAreQualified
            content.add(
                XSDContent.Particle(
                    name: name, namespace: isQualified ? context.namespace : nil,
                    shape: elementContent(element, context), min: occurs.min, max: occurs.max))
            return
        }
        guard let name = XSDSchemaSet.resolve(text, at: element, in: context) else {
            undeclared("element", text, .element, element, context)
            return
        }
        guard let shape = self.element(name) else {
            undeclared("element", name.name, .element, element, context)
            content.add(
                XSDContent.Particle(
                    name: name.name, namespace: name.namespace, shape: .any, min: occurs.min, max: occurs.max))
            return
        }
        let others = substitutes(of: name)
        let isAbstract = set.component(.element, name)?.element.attribute("abstract").map(XSDExpander.isTrue) == true
        let each = others.isEmpty ? occurs : occurs.optional
        if !isAbstract || others.isEmpty {
            content.add(
                XSDContent.Particle(
                    name: name.name, namespace: name.namespace, shape: shape, min: each.min, max: each.max))
        }
        for other in others {
            guard let shape = self.element(other) else { continue }
            content.add(
                XSDContent.Particle(
                    name: other.name, namespace: other.namespace, shape: shape, min: each.min, max: each.max))
        }
    }

    /// The elements that may stand in for this one, directly or through others; abstract ones left out.
    private func substitutes(of head: XMLName) -> [XMLName] {
        guard set.substitutes[head] != nil else { return [] }
        var found: [XMLName] = []
        var seen: Set<XMLName> = [head]
        var queue = [head]
        while let next = queue.popLast() {
            for member in set.substitutes[next] ?? [] where seen.insert(member).inserted {
                queue.append(member)
                if set.component(.element, member)?.element.attribute("abstract").map(XSDExpander.isTrue) != true {
                    found.append(member)
                }
            }
        }
        return found
    }
}

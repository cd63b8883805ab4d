internal import Diagnostics
internal import XML

extension XSDExpander {
    /// A complex type (XML Schema Part 1, section 3.4).
    func complexType(_ element: XMLElement, _ context: XSDSchemaSet.Context, name: String?) -> Shape {
        let schema = ContractNamespace.schema
        var content = XSDContent()
        if let simple = element.child("simpleContent", namespace: schema) {
            simpleContent(simple, context, into: &content)
        } else if let complex = element.child("complexContent", namespace: schema) {
            complexContent(complex, context, into: &content)
            if complex.attribute("mixed").map(XSDExpander.isTrue) == true { content.text = content.text ?? .string }
        } else {
            particles(of: element, context, into: &content)
            attributes(of: element, context, into: &content)
        }
        if element.attribute("mixed").map(XSDExpander.isTrue) == true { content.text = content.text ?? .string }
        // A value of an abstract type is one of a type derived from it, whose fields are not known here.
        if element.attribute("abstract").map(XSDExpander.isTrue) == true { content.isOpen = true }
        return shape(of: content, name: name, source: source(element, context))
    }

    private func shape(of content: XSDContent, name: String?, source: ShapeSource) -> Shape {
        if let text = content.text, content.fields.isEmpty, content.attributes.isEmpty, !content.isOpen {
            return Shape(text.kind, facets: text.facets, typeName: name, source: source)
        }
        var object = ObjectShape(
            fields: content.attributes + content.fields.map(\.field), open: content.isOpen, text: content.text)
        object.openAttributes = content.hasOpenAttributes
        return Shape(.object(object), typeName: name, source: source)
    }

    private func simpleContent(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent
    ) {
        guard let derivation = derivation(in: element) else {
            content.text = .string
            return
        }
        var base = XSDContent()
        inherit(derivation, context, into: &base)
        content.attributes = base.attributes
        content.hasOpenAttributes = base.hasOpenAttributes
        var text = base.text ?? .string
        if derivation.name == "restriction" {
            if let inner = derivation.child("simpleType", namespace: ContractNamespace.schema) {
                text = simpleType(inner, context, name: nil)
            }
            text = restricted(text, by: derivation, context, name: text.typeName)
        }
        content.text = text
        attributes(of: derivation, context, into: &content)
    }

    private func complexContent(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent
    ) {
        guard let derivation = derivation(in: element) else { return }
        var base = XSDContent()
        inherit(derivation, context, into: &base)
        content.attributes = base.attributes
        content.hasOpenAttributes = base.hasOpenAttributes
        content.text = base.text
        if derivation.name == "extension" {
            content.fields = base.fields
            content.isOpen = base.isOpen
        } else if base.isArray {
            return soapArray(derivation, context, into: &content)
        }
        particles(of: derivation, context, into: &content)
        attributes(of: derivation, context, into: &content)
    }

    private func derivation(in element: XMLElement) -> XMLElement? {
        element.children.first {
            $0.namespace == ContractNamespace.schema && ($0.name == "extension" || $0.name == "restriction")
        }
    }

    /// The content of the base type of an extension or restriction.
    private func inherit(
        _ derivation: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent
    ) {
        guard let text = derivation.attribute("base") else { return }
        guard let name = XSDSchemaSet.resolve(text, as: .type, at: derivation, in: context) else {
            undeclared("type", text, .type, derivation, context)
            content.isOpen = true
            return
        }
        if name.name == "Array", name.namespace == ContractNamespace.soapEncoding11 {
            content.isArray = true
            return
        }
        guard let component = set.component(.type, name) else {
            guard let builtin = builtin(name) else {
                undeclared("type", name.name, .type, derivation, context)
                content.isOpen = true
                return
            }
            // Everything derives from `anyType`: a restriction of it starts from nothing.
            if !builtin.isAny { content.text = builtin }
            return
        }
        let key = XSDSchemaSet.Key(space: .type, name: name)
        if component.element.name == "simpleType" {
            content.text = type(name, from: derivation, context)
            return
        }
        reading(key, at: derivation, context) {
            let shape = complexType(component.element, component.context, name: name.name)
            content.adopt(shape, isAbstract: component.element.attribute("abstract").map(XSDExpander.isTrue) == true)
        }
    }

    // MARK: - Attributes

    func attributes(of element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent) {
        for child in element.children where child.namespace == ContractNamespace.schema {
            switch child.name {
            case "attribute": attribute(child, context, into: &content)
            case "attributeGroup": attributeGroup(child, context, into: &content)
            case "anyAttribute": content.hasOpenAttributes = true
            default: continue
            }
        }
    }

    private func attribute(_ element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent) {
        let use = element.attribute("use")
        var local = element.attribute("name") ?? ""
        var namespace: String?
        var shape = Shape.string
        if let text = element.attribute("ref") {
            guard let name = XSDSchemaSet.resolve(text, at: element, in: context) else {
                undeclared("attribute", text, .attribute, element, context)
                return
            }
            local = name.name
            namespace = name.namespace
            if let component = set.component(.attribute, name) {
                shape = attributeContent(component.element, component.context)
            } else if !(name.namespace.map(ContractNamespace.known.contains) ?? false) {
                undeclared("attribute", name.name, .attribute, element, context)
            }
        } else {
            let isQualified = element.attribute("form").map { $0 == "qualified" } ?? context.attributesAreQualified
            namespace = isQualified ? context.namespace : nil
            shape = attributeContent(element, context)
        }
        guard !local.isEmpty else { return }
        content.attributes.removeAll { $0.name == "@" + local && $0.namespace == namespace }
        if use == "prohibited" { return }
        content.attributes.append(
            Field(name: "@" + local, shape: shape, required: use == "required", namespace: namespace))
    }

    private func attributeGroup(
        _ element: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent
    ) {
        guard let text = element.attribute("ref") else { return }
        guard let name = XSDSchemaSet.resolve(text, as: .attributeGroup, at: element, in: context),
            let component = set.component(.attributeGroup, name)
        else {
            undeclared("attribute group", text, .attributeGroup, element, context)
            return
        }
        let key = XSDSchemaSet.Key(space: .attributeGroup, name: name)
        reading(key, at: element, context) {
            attributes(of: component.element, component.context, into: &content)
        }
    }
}

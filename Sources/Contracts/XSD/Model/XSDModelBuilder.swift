internal import Diagnostics
internal import XML

/// Makes the components of a schema from its documents.
///
/// Types are read when something refers to them, from a list of work, so that chains of any length need no stack.
final class XSDModelBuilder {
    /// The most types and elements of one schema.
    static let componentLimit = 200_000
    static let groupDepthLimit = 200
    /// The most parts of one content model, groups written out each time they are named.
    static let weightLimit = 10_000
    /// The most parts and attributes of all types together, inherited ones counted again.
    static let totalLimit = 2_000_000
    /// The most attributes of one type.
    static let attributeLimit = 1_000

    typealias Context = XSDSchemaSet.Context

    /// What a rule of XML Schema says against the documents.
    struct Problem {
        var message: String
        var place: ContractIssues.Place
    }

    struct Definition {
        var element: XMLElement
        var context: Context
    }

    struct Nested: Hashable {
        var element: ObjectIdentifier
        var namespace: String?
    }

    struct Group {
        var particle: XSDParticle?
        /// How deeply its groups are nested.
        var depth = 0
    }

    let set: XSDSchemaSet
    let model = XSDModel()
    /// Definitions of types by number; nil for built-in ones.
    var definitions: [Definition?] = []
    var nested: [Nested: Int] = [:]
    var pending: [Int] = []
    var filling: Set<Int> = []
    private var fillDepth = 0
    private var totalWeight = 0
    /// The deepest group that was met since a named group or type began.
    var deepest = 0
    var groups: [XSDSchemaSet.Key: Group] = [:]
    var openGroups: Set<XSDSchemaSet.Key> = []
    var attributeGroups: [XSDSchemaSet.Key: (attributes: [XSDAttribute], wildcard: XSDWildcard?)] = [:]
    var elementNodes: [Nested: Int] = [:]
    private(set) var problems: [Problem] = []
    /// Why the schema can't be compiled at all: it is too large.
    var refusal: String?

    init(_ set: XSDSchemaSet) {
        self.set = set
        XSDBuiltinTypes.add(to: self)
    }

    /// Reads everything that the documents declare.
    static func build(_ set: XSDSchemaSet) -> XSDModelBuilder {
        let builder = XSDModelBuilder(set)
        let keys = set.orderedKeys
        for key in keys where key.space == .type { _ = builder.type(named: key.name) }
        for key in keys where key.space == .element { _ = builder.element(named: key.name) }
        for key in keys where key.space == .attribute { _ = builder.attribute(named: key.name) }
        for key in keys where key.space == .group { _ = builder.group(named: key.name) }
        for key in keys where key.space == .attributeGroup { _ = builder.attributeGroup(named: key.name) }
        builder.finish()
        builder.linkSubstitutes()
        for document in set.documents { builder.checkAttributes(document.element, document.context, depth: 0) }
        if builder.refusal == nil { builder.checkRules() }
        return builder
    }

    /// Attributes of XML Schema's own namespace are allowed nowhere.
    private func checkAttributes(_ element: XMLElement, _ context: Context, depth: Int) {
        guard element.namespace == ContractNamespace.schema, depth < 256 else { return }
        if element.attributes.contains(where: { $0.namespace == ContractNamespace.schema }) {
            problem("an attribute is in the namespace of XML Schema itself", element, context)
        }
        for child in element.children { checkAttributes(child, context, depth: depth + 1) }
    }

    private func checkRules() {
        for finding in XSDModelRules.check(model) {
            let source = model.types[finding.type].source
            guard problems.count < 200 else { return }
            problems.append(
                Problem(message: finding.message, place: .init(source?.path ?? "", line: source?.line ?? 1)))
        }
    }

    func problem(_ message: String, _ element: XMLElement, _ context: Context) {
        guard problems.count < 200 else { return }
        problems.append(Problem(message: message, place: .init(context.path, line: element.line)))
    }

    /// Fills all types that were only named so far.
    func finish() {
        while refusal == nil, let next = pending.popLast() { fill(next) }
    }

    // MARK: - Types

    /// The number of a named type; nil when there is none.
    func type(named name: XMLName) -> Int? {
        if let known = model.typeNames[name] { return known }
        if name.namespace == ContractNamespace.soapEncoding11 || name.namespace == ContractNamespace.soapEncoding12,
            set.component(.type, name) == nil
        {
            return model.typeNames[XMLName(name.name, namespace: ContractNamespace.schema)]
        }
        guard let component = set.component(.type, name) else { return nil }
        let id = declare(component.element, component.context, name: name)
        model.typeNames[name] = id
        return id
    }

    /// The number of a type written inside another component.
    func type(inside element: XMLElement, _ context: Context) -> Int {
        let key = Nested(element: ObjectIdentifier(element), namespace: context.namespace)
        if let known = nested[key] { return known }
        let id = declare(element, context, name: nil)
        nested[key] = id
        return id
    }

    private func declare(_ element: XMLElement, _ context: Context, name: XMLName?) -> Int {
        guard model.types.count < XSDModelBuilder.componentLimit else {
            refusal = "it has more types than can be read"
            return XSDModel.anyType
        }
        let id = model.types.count
        let type = XSDType(id: id, name: name, source: ShapeSource(path: context.path, line: element.line))
        if element.name == "simpleType" {
            // Until it is filled it is text.
            type.simple = XSDSimple(variety: .atomic(.string))
            type.base = XSDModel.anySimpleType
        }
        model.types.append(type)
        definitions.append(Definition(element: element, context: context))
        pending.append(id)
        return id
    }

    /// The type that a `type`, `base` or `itemType` attribute names; reports one that is missing.
    func type(reference text: String, from element: XMLElement, _ context: Context) -> Int? {
        guard let name = XSDSchemaSet.resolve(text, as: .type, at: element, in: context) else {
            problem("the prefix of `\(text)` is not declared", element, context)
            return nil
        }
        if let id = type(named: name) { return id }
        problem("no type `\(name.name)` is declared", element, context)
        return nil
    }

    /// Reads a type and the chain of those it is built on, the last one first.
    func fill(_ id: Int) {
        guard fillDepth < 200 else {
            refusal = "its types are nested too deeply"
            return
        }
        fillDepth += 1
        defer { fillDepth -= 1 }
        var chain: [Int] = []
        var current = id
        while !model.types[current].isFilled, !filling.contains(current), let definition = definitions[current] {
            chain.append(current)
            filling.insert(current)
            guard let base = base(of: definition), base != XSDModel.anyType else { break }
            if chain.contains(base) || filling.contains(base), !model.types[base].isFilled {
                problem(
                    "`\(model.types[current].name?.name ?? "this type")` is built on itself",
                    definition.element, definition.context)
                break
            }
            current = base
        }
        for type in chain.reversed() {
            guard let definition = definitions[type] else { continue }
            if definition.element.name == "simpleType" {
                fillSimple(model.types[type], definition)
            } else {
                fillComplex(model.types[type], definition)
            }
            model.types[type].isFilled = true
            weigh(model.types[type])
            // What is too large is not built upon.
            if refusal != nil { return }
            filling.remove(type)
        }
    }

    private func weigh(_ type: XSDType) {
        totalWeight += 1 + type.attributes.count
        if case .elements(let particle, _) = type.content {
            totalWeight += particle.weight
            if particle.weight > XSDModelBuilder.weightLimit { refusal = "a content model has too many parts" }
        }
        if type.attributes.count > XSDModelBuilder.attributeLimit { refusal = "a type has too many attributes" }
        if totalWeight > XSDModelBuilder.totalLimit { refusal = "its types have too many parts" }
    }

    /// The type that a definition is derived from, when it names one.
    private func base(of definition: Definition) -> Int? {
        let schema = ContractNamespace.schema
        var element = definition.element
        if element.name == "complexType" {
            guard
                let content = element.children.first(where: {
                    $0.namespace == schema && ($0.name == "simpleContent" || $0.name == "complexContent")
                })
            else { return nil }
            element = content
        }
        guard let derivation = XSDModelBuilder.derivation(in: element) else { return nil }
        guard let text = derivation.attribute("base") else {
            return derivation.child("simpleType", namespace: schema).map {
                type(inside: $0, definition.context)
            }
        }
        guard let name = XSDSchemaSet.resolve(text, as: .type, at: derivation, in: definition.context) else {
            return nil
        }
        return type(named: name)
    }

    static func derivation(in element: XMLElement) -> XMLElement? {
        element.children.first {
            $0.namespace == ContractNamespace.schema && ($0.name == "extension" || $0.name == "restriction")
        }
    }

    static func isTrue(_ text: String?) -> Bool {
        guard let text else { return false }
        let trimmed = text.filter { !$0.isWhitespace }
        return trimmed == "true" || trimmed == "1"
    }

    /// `final` or `block` of a component, with the document's default.
    func derivations(_ name: String, _ element: XMLElement, _ context: Context) -> XSDDerivations {
        if let text = element.attribute(name) { return XSDDerivations(text) }
        return name == "final" ? context.finalDefault : context.blockDefault
    }
}

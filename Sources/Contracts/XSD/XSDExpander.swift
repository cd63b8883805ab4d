internal import Diagnostics
internal import XML

/// Turns declarations of a schema set into shapes.
///
/// One expander makes shapes with all they contain; a named type or element met again while it is being read becomes a
/// reference, which a new expander reads when somebody looks. A type that *extends* (or includes the group of) one that
/// is being read further out can't be made yet either: then the element around it becomes the reference.
final class XSDExpander {
    static let depthLimit = 40

    let set: XSDSchemaSet
    /// Nil when a reference is followed later: its problems were told when the contract was read.
    let issues: ContractIssues?
    private var known: [XSDSchemaSet.Key: Shape] = [:]
    /// What is being read, with the level at which it began.
    private var open: [XSDSchemaSet.Key: Int] = [:]
    /// How many elements and named types are around.
    private var level = 0
    /// Whether what is being read must be read again later, because it is built on something further out.
    private var needsLater = false
    /// Parts of content models that may still be read: groups can multiply them without bound.
    var partsLeft = 200_000

    init(_ set: XSDSchemaSet, issues: ContractIssues? = nil) {
        self.set = set
        self.issues = issues
    }

    // MARK: - Named components

    /// The shape of a global element's content; nil when it is not declared.
    func element(_ name: XMLName) -> Shape? {
        guard let component = set.component(.element, name) else { return nil }
        return named(XSDSchemaSet.Key(space: .element, name: name)) { expander in
            expander.elementContent(component.element, component.context)
        }
    }

    /// The shape of a named type, built-in ones included; reports an undeclared one and takes `any`.
    func type(_ name: XMLName, from element: XMLElement, _ context: XSDSchemaSet.Context) -> Shape {
        if let component = set.component(.type, name) {
            // Simple types are built on each other, not nested: their chain may be longer.
            let limit = component.element.name == "simpleType" ? 200 : XSDExpander.depthLimit
            return named(XSDSchemaSet.Key(space: .type, name: name), limit: limit) { expander in
                expander.type(component.element, component.context, name: name.name)
            }
        }
        if let shape = builtin(name) { return shape }
        undeclared("type", name.name, .type, element, context)
        return .any
    }

    /// The built-in type of this name; SOAP's encoding repeats XML Schema's.
    func builtin(_ name: XMLName) -> Shape? {
        switch name.namespace {
        case ContractNamespace.schema, ContractNamespace.soapEncoding11, ContractNamespace.soapEncoding12:
            return XSDBuiltins.shape(name.name) ?? SOAPEncoding.shape(name)
        default: return nil
        }
    }

    /// `expand` gets the expander to work with: this one now, a fresh one when the reference is followed.
    private func named(
        _ key: XSDSchemaSet.Key, limit: Int = XSDExpander.depthLimit,
        _ expand: @escaping @Sendable (XSDExpander) -> Shape
    ) -> Shape {
        if let shape = known[key] { return shape }
        let set = set
        let name = key.name.name
        if open[key] != nil { return later(name) { XSDExpander(set).named(key, expand) } }
        open[key] = level + 1
        let shape = nested(name, limit: limit, source: nil, first: expand) { XSDExpander(set).named(key, expand) }
        open[key] = nil
        known[key] = shape
        return shape
    }

    /// Reads something one level down, or makes it a reference when that can't be done now.
    private func nested(
        _ name: String, limit: Int = XSDExpander.depthLimit, source: ShapeSource?, first: (XSDExpander) -> Shape,
        again: @escaping @Sendable () -> Shape
    ) -> Shape {
        guard level < limit else { return later(name, source: source, again) }
        let outer = needsLater
        needsLater = false
        level += 1
        let shape = first(self)
        level -= 1
        defer { needsLater = outer }
        // A fresh expander begins at level 0, where only a definition built on itself is still open.
        return needsLater ? later(name, source: source, again) : shape
    }

    private func later(_ name: String, source: ShapeSource? = nil, _ expand: @escaping @Sendable () -> Shape) -> Shape {
        Shape(reference: ShapeReference(name: name, expand: expand), source: source)
    }

    /// Runs `body` while a group or base type is being read. One that is open already is built on itself when no
    /// element is in between (an error), else read later.
    func reading(
        _ key: XSDSchemaSet.Key, at element: XMLElement, _ context: XSDSchemaSet.Context, _ body: () -> Void
    ) {
        if let opened = open[key] {
            if opened == level { circular(key.name.name, element, context) } else { needsLater = true }
            return
        }
        guard open.count < 400 else {
            circular(key.name.name, element, context)
            return
        }
        open[key] = level
        body()
        open[key] = nil
    }

    // MARK: - Elements and types

    /// The content of an element declaration, its `nillable`, `default` and `fixed` applied.
    func elementContent(_ element: XMLElement, _ context: XSDSchemaSet.Context) -> Shape {
        var shape = Shape.any
        if let type = element.attribute("type") {
            guard let name = XSDSchemaSet.resolve(type, at: element, in: context) else {
                undeclared("type", type, .type, element, context)
                return .any
            }
            shape = self.type(name, from: element, context)
        } else if let type = element.children.first(where: { isType($0) }) {
            let set = set
            shape = nested(
                element.attribute("name") ?? "this element", source: source(element, context),
                first: { $0.type(type, context, name: nil) },
                again: { XSDExpander(set).type(type, context, name: nil) })
        } else if let group = element.attribute("substitutionGroup"),
            let head = XSDSchemaSet.resolve(group, at: element, in: context), let inherited = self.element(head)
        {
            // Without a type it has that of the head of its substitution group (XML Schema Part 1, section 3.3.2).
            shape = inherited
        }
        shape = withDefault(shape, element)
        return element.attribute("nillable").map(XSDExpander.isTrue) == true
            ? shape.allowingNull(source: source(element, context)) : shape
    }

    /// The shape of a type definition.
    func type(_ element: XMLElement, _ context: XSDSchemaSet.Context, name: String?) -> Shape {
        element.name == "simpleType"
            ? simpleType(element, context, name: name) : complexType(element, context, name: name)
    }

    func isType(_ element: XMLElement) -> Bool {
        element.namespace == ContractNamespace.schema && (element.name == "complexType" || element.name == "simpleType")
    }

    /// The shape of an attribute declaration.
    func attributeContent(_ element: XMLElement, _ context: XSDSchemaSet.Context) -> Shape {
        var shape = Shape.string
        if let type = element.attribute("type") {
            guard let name = XSDSchemaSet.resolve(type, at: element, in: context) else {
                undeclared("type", type, .type, element, context)
                return shape
            }
            shape = self.type(name, from: element, context)
        } else if let type = element.child("simpleType", namespace: ContractNamespace.schema) {
            shape = simpleType(type, context, name: nil)
        }
        return withDefault(shape, element)
    }

    private func withDefault(_ shape: Shape, _ element: XMLElement) -> Shape {
        let value = element.attribute("default")
        let fixed = element.attribute("fixed")
        guard value != nil || fixed != nil, shape.reference == nil else { return shape }
        switch shape.kind {
        case .boolean, .number, .string, .temporal:
            var facets = shape.facets
            facets.defaultValue = value
            facets.fixed = fixed
            return Shape(
                shape.kind, nullable: shape.nullable, facets: facets, typeName: shape.typeName, source: shape.source)
        case .any, .null, .list, .object: return shape
        }
    }

    // MARK: - Diagnostics

    func source(_ element: XMLElement, _ context: XSDSchemaSet.Context) -> ShapeSource {
        ShapeSource(path: context.path, line: element.line)
    }

    func undeclared(
        _ what: String, _ name: String, _ space: XSDSchemaSet.Space, _ element: XMLElement,
        _ context: XSDSchemaSet.Context
    ) {
        guard let issues else { return }
        issues.add(
            "WB3220", .warning, "no \(what) `\(name)` is declared", at: .init(context.path, line: element.line),
            "the value may be anything",
            help: Spelling.nearest(name, in: set.names(in: space)).map { "a similar name is `\($0)`" }
                ?? "import the schema that declares it")
    }

    func circular(_ name: String, _ element: XMLElement, _ context: XSDSchemaSet.Context) {
        issues?.add(
            "WB3223", .error, "`\(name)` is built on itself", at: .init(context.path, line: element.line),
            "this leads back to the definition it is in")
    }

    static func isTrue(_ text: String) -> Bool { text == "true" || text == "1" }
}

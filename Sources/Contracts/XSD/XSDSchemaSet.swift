internal import XML

/// The namespaces that XML Schema and WSDL themselves use.
enum ContractNamespace {
    static let schema = "http://www.w3.org/2001/XMLSchema"
    static let schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
    static let xml = "http://www.w3.org/XML/1998/namespace"
    static let soapEncoding11 = "http://schemas.xmlsoap.org/soap/encoding/"
    static let soapEncoding12 = "http://www.w3.org/2003/05/soap-encoding"
    static let wsdl = "http://schemas.xmlsoap.org/wsdl/"
    static let wsdl20 = "http://www.w3.org/ns/wsdl"
    static let soap11 = "http://schemas.xmlsoap.org/wsdl/soap/"
    static let soap12 = "http://schemas.xmlsoap.org/wsdl/soap12/"

    /// Namespaces whose schemas nobody needs to bring.
    static let known: Set<String> = [schema, schemaInstance, xml, soapEncoding11, soapEncoding12, wsdl, soap11, soap12]
}

/// All schema documents that a contract reaches: immutable, so that types may be read from it at any time.
final class XSDSchemaSet: Sendable {
    /// What a schema document says for all that is in it.
    struct Context: Sendable {
        var path: String
        /// Nil for no namespace. An included document without one takes that of the including one (XML Schema Part 1,
        /// section 4.2.1).
        var namespace: String?
        var isChameleon: Bool
        var elementsAreQualified: Bool
        var attributesAreQualified: Bool
        /// What a component says that has no `block` or `final` of its own.
        var blockDefault: XSDDerivations = []
        var finalDefault: XSDDerivations = []
        /// In a redefinition: the component it changes, and the name that the original has from now on.
        var redefinition: Redefinition?
    }

    /// A component that `redefine` changes (XML Schema Part 1, section 4.2.2).
    struct Redefinition: Sendable {
        var key: Key
        var original: XMLName
    }

    /// A schema document as it was read.
    struct Document: Sendable {
        var element: XMLElement
        var context: Context
        /// Whether only a redefinition brings it in.
        var isRedefined = false
    }

    /// A global declaration and the document it is in.
    struct Component: Sendable {
        var element: XMLElement
        var context: Context
    }

    /// The five symbol spaces of a schema (XML Schema Part 1, section 2.5); simple and complex types share one.
    enum Space: Sendable { case element, type, group, attributeGroup, attribute }

    struct Key: Hashable, Sendable {
        var space: Space
        var name: XMLName
    }

    let components: [Key: Component]
    /// Global elements in the order in which they were read.
    let elementNames: [XMLName]
    /// The members of substitution groups by their head, in order.
    let substitutes: [XMLName: [XMLName]]

    /// All components in the order of the documents.
    let orderedKeys: [Key]
    /// The documents, in the order in which they were read.
    let documents: [Document]
    /// The documents that `redefine` elements name, by the path of the file they are in and their line.
    let redefineTargets: [String: String]
    /// What the documents say against the rules for including each other.
    let problems: [Problem]
    /// The compiled form, made on demand.
    let compilation = Compilation()

    /// A rule about documents that is broken.
    struct Problem: Sendable {
        var message: String
        var path: String
        var line: Int
        /// Whether a content model is ambiguous (Unique Particle Attribution).
        var isAmbiguity = false
    }

    init(
        components: [Key: Component], orderedKeys: [Key], elementNames: [XMLName], substitutes: [XMLName: [XMLName]],
        documents: [Document] = [], redefineTargets: [String: String] = [:], problems: [Problem] = []
    ) {
        self.components = components
        self.orderedKeys = orderedKeys
        self.elementNames = elementNames
        self.substitutes = substitutes
        self.documents = documents
        self.redefineTargets = redefineTargets
        self.problems = problems
    }

    func component(_ space: Space, _ name: XMLName) -> Component? { components[Key(space: space, name: name)] }

    /// The names declared in one space, for suggestions.
    func names(in space: Space) -> [String] { components.keys.filter { $0.space == space }.map(\.name.name) }

    /// What a qualified name in a document refers to. In a chameleon document unprefixed names are in the including
    /// document's namespace.
    static func resolve(_ text: String, at element: XMLElement, in context: Context) -> XMLName? {
        guard let name = element.resolve(text) else { return nil }
        return name.namespace == nil && context.isChameleon ? XMLName(name.name, namespace: context.namespace) : name
    }

    /// What a reference to a component of one space means: inside a redefinition its own name means the original.
    static func resolve(
        _ text: String, as space: Space, at element: XMLElement, in context: Context
    ) -> XMLName? {
        guard let name = resolve(text, at: element, in: context) else { return nil }
        guard let redefinition = context.redefinition, redefinition.key == Key(space: space, name: name),
            space != .type || element.name == "restriction" || element.name == "extension"
        else { return name }
        return redefinition.original
    }
}

/// One message as a contract describes it: a mapping's `from` or `to`.
public struct Contract: Sendable {
    /// The shape of the body: a JSON document, or the content of the root element (for SOAP, of the first in `Body`).
    public var root: Shape
    /// The XML root element; nil for JSON.
    public var rootElement: ElementName?
    /// The operation, when the contract is WSDL.
    public var soap: WSDLOperation?
    /// The operation, when the contract is OpenAPI.
    public var http: OpenAPIOperation?
    /// Checks messages against the contract; nil where none could be made.
    public var validator: (any MessageValidator)?

    public init(
        root: Shape, rootElement: ElementName? = nil, soap: WSDLOperation? = nil, http: OpenAPIOperation? = nil,
        validator: (any MessageValidator)? = nil
    ) {
        self.root = root
        self.rootElement = rootElement
        self.soap = soap
        self.http = http
        self.validator = validator
    }
}

/// The expanded name of an XML element.
public struct ElementName: Sendable, Hashable {
    /// The local name.
    public var name: String
    /// Nil for a name in no namespace.
    public var namespace: String?

    public init(_ name: String, namespace: String?) {
        self.name = name
        self.namespace = namespace
    }
}

/// A global element: its name and the shape of its content.
public struct ElementShape: Sendable {
    public var name: String
    public var namespace: String?
    public var shape: Shape

    public init(name: String, namespace: String?, shape: Shape) {
        self.name = name
        self.namespace = namespace
        self.shape = shape
    }

    public var elementName: ElementName { ElementName(name, namespace: namespace) }
}

/// The languages of contracts that are read.
public enum ContractLanguage: String, Sendable {
    case jsonSchema = "JSON Schema"
    case xmlSchema = "XML Schema"
    case wsdl = "WSDL 1.1"
    case openAPI = "OpenAPI"
}

/// A contract file with everything it includes, read once.
public struct ContractDocument: Sendable {
    public let path: String
    public let language: ContractLanguage
    /// The shape of a whole document: what `fragment` names, else the schema itself or the only global element.
    /// `any` for WSDL without a fragment.
    public let root: Shape
    /// The element `root` is the content of; nil for JSON.
    public let rootElement: ElementName?
    /// Global elements of XML Schema, in the order of the files; for WSDL those that messages use.
    public let elements: [ElementShape]
    /// The operations of all SOAP bindings. Where SOAP 1.1 and 1.2 bind the same name, both are here, 1.1 first.
    public let operations: [WSDLOperation]
    /// The services of WSDL, in the order of the files.
    public let services: [WSDLService]
    /// What an OpenAPI document describes; nil for other languages.
    public let openAPI: OpenAPIDocument?
    /// The files that were read, this one first.
    public let files: [String]
    /// What the operations of WSDL are validated by.
    let schemas: XSDSchemaSet?
    /// Checks messages against `root`; nil where none could be made.
    public let validator: (any MessageValidator)?

    public init(
        path: String, language: ContractLanguage, root: Shape, rootElement: ElementName? = nil,
        elements: [ElementShape] = [], operations: [WSDLOperation] = [], services: [WSDLService] = [],
        openAPI: OpenAPIDocument? = nil, files: [String] = [], validator: (any MessageValidator)? = nil
    ) {
        self.init(
            path: path, language: language, root: root, rootElement: rootElement, elements: elements,
            operations: operations, services: services, openAPI: openAPI, files: files, validator: validator,
            schemas: nil)
    }

    init(
        path: String, language: ContractLanguage, root: Shape, rootElement: ElementName?, elements: [ElementShape],
        operations: [WSDLOperation], services: [WSDLService], openAPI: OpenAPIDocument? = nil, files: [String],
        validator: (any MessageValidator)?, schemas: XSDSchemaSet?
    ) {
        self.path = path
        self.language = language
        self.root = root
        self.rootElement = rootElement
        self.elements = elements
        self.operations = operations
        self.services = services
        self.openAPI = openAPI
        self.files = files
        self.validator = validator
        self.schemas = schemas
    }

    /// The global element of this local name.
    public func element(named name: String, namespace: String? = nil) -> ElementShape? {
        elements.first { $0.name == name && (namespace == nil || $0.namespace == namespace) }
    }

    /// The contract of the body that an OpenAPI operation answers a status with.
    public func response(operation name: String, status: Int) -> Contract? {
        openAPI?.operation(named: name).flatMap { operation in
            operation.response(status: status).map { operation.responseContract($0) }
        }
    }

    /// An OpenAPI document with another part of it as its root; nil when it has no such part.
    public func part(named name: String) -> ContractDocument? {
        guard let openAPI, let contract = openAPI.part(named: name)?.contract else { return nil }
        return ContractDocument(
            path: path, language: language, root: contract.root, rootElement: contract.rootElement, openAPI: openAPI,
            files: files, validator: contract.validator)
    }

    /// The same contract under the path of another file with the same bytes. For contracts of a single file.
    public func moved(to path: String) -> ContractDocument {
        ContractDocument(
            path: path, language: language, root: root, rootElement: rootElement, elements: elements,
            operations: operations, services: services, openAPI: openAPI, files: [path], validator: validator,
            schemas: schemas)
    }

    /// The contract of `root`.
    public var contract: Contract { Contract(root: root, rootElement: rootElement, validator: validator) }
}

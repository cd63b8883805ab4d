/// One message as a contract describes it: a mapping's `from` or `to`.
public struct Contract: Sendable {
    /// The shape of the body: a JSON document, or the content of the root element (for SOAP, of the first in `Body`).
    public var root: Shape
    /// The XML root element; nil for JSON.
    public var rootElement: ElementName?
    /// The operation, when the contract is WSDL.
    public var soap: WSDLOperation?
    /// Checks messages at run time; nil where the contract gives nothing to check.
    public var validator: (any MessageValidator)?

    public init(
        root: Shape, rootElement: ElementName? = nil, soap: WSDLOperation? = nil,
        validator: (any MessageValidator)? = nil
    ) {
        self.root = root
        self.rootElement = rootElement
        self.soap = soap
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

/// The version of SOAP that a binding uses.
public enum SOAPBindingVersion: String, Sendable {
    case v11 = "1.1"
    case v12 = "1.2"
}

/// How a binding lays out the body (WSDL 1.1, section 3.5).
public enum WSDLStyle: String, Sendable {
    case document
    case rpc
}

/// One operation of a WSDL 1.1 binding.
public struct WSDLOperation: Sendable {
    public var name: String
    /// Empty when the binding gives none.
    public var soapAction: String
    public var version: SOAPBindingVersion
    public var style: WSDLStyle
    /// Whether the body uses `literal`; `encoded` (SOAP 1.1, section 5) can't be mapped.
    public var isLiteral: Bool
    /// The first element in the request's `Body`. Its content is `any` when the contract doesn't say.
    public var input: ElementShape?
    /// Nil for a one-way operation.
    public var output: ElementShape?
    public var faults: [ElementShape]
    public var inputHeaders: [ElementShape]
    public var outputHeaders: [ElementShape]
    /// The address of the first port that uses the binding; empty when there is none.
    public var address: String
    public var binding: String
    /// 1-based line of the binding's `operation`.
    public var line: Int

    public init(
        name: String, soapAction: String = "", version: SOAPBindingVersion = .v11, style: WSDLStyle = .document,
        isLiteral: Bool = true, input: ElementShape? = nil, output: ElementShape? = nil, faults: [ElementShape] = [],
        inputHeaders: [ElementShape] = [], outputHeaders: [ElementShape] = [], address: String = "",
        binding: String = "",
        line: Int = 1
    ) {
        self.name = name
        self.soapAction = soapAction
        self.version = version
        self.style = style
        self.isLiteral = isLiteral
        self.input = input
        self.output = output
        self.faults = faults
        self.inputHeaders = inputHeaders
        self.outputHeaders = outputHeaders
        self.address = address
        self.binding = binding
        self.line = line
    }
}

/// The languages of contracts that are read.
public enum ContractLanguage: String, Sendable {
    case jsonSchema = "JSON Schema"
    case xmlSchema = "XML Schema"
    case wsdl = "WSDL 1.1"
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
    /// The files that were read, this one first.
    public let files: [String]

    public init(
        path: String, language: ContractLanguage, root: Shape, rootElement: ElementName? = nil,
        elements: [ElementShape] = [], operations: [WSDLOperation] = [], files: [String] = []
    ) {
        self.path = path
        self.language = language
        self.root = root
        self.rootElement = rootElement
        self.elements = elements
        self.operations = operations
        self.files = files
    }

    /// The operation of this name; of several bindings the SOAP 1.1 one, unless a version is asked for.
    public func operation(named name: String, version: SOAPBindingVersion? = nil) -> WSDLOperation? {
        let named = operations.filter { $0.name == name && (version == nil || $0.version == version) }
        return named.first { $0.version == .v11 } ?? named.first
    }

    /// The global element of this local name.
    public func element(named name: String, namespace: String? = nil) -> ElementShape? {
        elements.first { $0.name == name && (namespace == nil || $0.namespace == namespace) }
    }

    /// The contract of a request body.
    public func request(operation name: String) -> Contract? {
        guard let operation = operation(named: name) else { return nil }
        return Contract(
            root: operation.input?.shape ?? .any, rootElement: operation.input?.elementName, soap: operation)
    }

    /// The contract of an answer's body.
    public func response(operation name: String) -> Contract? {
        guard let operation = operation(named: name) else { return nil }
        return Contract(
            root: operation.output?.shape ?? .any, rootElement: operation.output?.elementName, soap: operation)
    }

    /// The contract of `root`.
    public var contract: Contract { Contract(root: root, rootElement: rootElement) }
}

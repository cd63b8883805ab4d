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

/// Who sends what (WSDL 1.1, section 2.4).
public enum WSDLExchange: String, Sendable {
    /// A request and its answer.
    case requestResponse
    /// A request that nothing answers.
    case oneWay
    /// The service asks and the client answers. Nobody can call it.
    case solicitResponse
    /// The service sends and nothing answers. Nobody can call it.
    case notification
}

/// A fault that an operation declares.
public struct WSDLFault: Sendable {
    /// The fault's name in the port type; not part of the message.
    public var name: String
    /// The element inside the fault's `detail`.
    public var detail: ElementShape

    public init(name: String, detail: ElementShape) {
        self.name = name
        self.detail = detail
    }
}

/// One operation of a WSDL 1.1 binding.
public struct WSDLOperation: Sendable {
    public var name: String
    /// Empty when the binding gives none.
    public var soapAction: String
    public var version: SOAPBindingVersion
    public var style: WSDLStyle
    /// Whether bodies are what their schema says (`literal`). In `encoded` bodies (SOAP 1.1, section 5) elements may
    /// carry `xsi:type`, `id` and `href` beside that, and parts are structs and arrays.
    public var isLiteral: Bool
    public var exchange: WSDLExchange
    /// Whether the request follows the wrapped convention: one element with the operation's name, around the
    /// parameters.
    public var isWrapped = false
    /// The name of the input in the port type, which tells operations of the same name apart.
    public var inputName: String?
    /// The first element in the request's `Body`. Its content is `any` when the contract doesn't say; its name is empty
    /// when the body is.
    public var input: ElementShape?
    /// Nil for a one-way operation.
    public var output: ElementShape?
    public var faults: [WSDLFault]
    public var inputHeaders: [ElementShape]
    public var outputHeaders: [ElementShape]
    /// What a header of the answer is when the request's header was at fault (WSDL 1.1, section 3.7).
    public var headerFaults: [ElementShape]
    /// The address of the first port that uses the binding; empty when there is none.
    public var address: String
    public var binding: String
    /// The names of the ports that use the binding.
    public var ports: [String]
    /// Why it can't be called, as the rest of a sentence: "its request is a MIME multipart with attachments".
    public var refusal: String?
    /// 1-based line of the binding's `operation`.
    public var line: Int
    /// The types that check the content of rpc wrappers; nil in the document style, and where there is none.
    var inputWrapper: ElementName?
    var outputWrapper: ElementName?

    public init(
        name: String, soapAction: String = "", version: SOAPBindingVersion = .v11, style: WSDLStyle = .document,
        isLiteral: Bool = true, exchange: WSDLExchange = .requestResponse, input: ElementShape? = nil,
        output: ElementShape? = nil, faults: [WSDLFault] = [], inputHeaders: [ElementShape] = [],
        outputHeaders: [ElementShape] = [], headerFaults: [ElementShape] = [], address: String = "",
        binding: String = "", ports: [String] = [], line: Int = 1
    ) {
        self.name = name
        self.soapAction = soapAction
        self.version = version
        self.style = style
        self.isLiteral = isLiteral
        self.exchange = exchange
        self.input = input
        self.output = output
        self.faults = faults
        self.inputHeaders = inputHeaders
        self.outputHeaders = outputHeaders
        self.headerFaults = headerFaults
        self.address = address
        self.binding = binding
        self.ports = ports
        self.line = line
    }

    /// The declared fault whose detail is this element.
    public func fault(detail: ElementName) -> WSDLFault? { faults.first { $0.detail.elementName == detail } }
}

/// A service of a description.
public struct WSDLService: Sendable {
    public var name: String
    public var ports: [WSDLPort]
}

/// An address and the binding that is spoken there.
public struct WSDLPort: Sendable {
    public var name: String
    /// The local name of the binding.
    public var binding: String
    /// As written; empty when the port gives none.
    public var address: String
    /// Nil when the binding is not SOAP.
    public var version: SOAPBindingVersion?
}

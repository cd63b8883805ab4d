public import Contracts
public import Documents

/// A SOAP facade: one path at which several operations are called by SOAP 1.1 or 1.2, and the description served there.
///
/// Which operation a message is for is told by the first element in its `Body` (WS-I Basic Profile 1.1, section 4.7.6), and by
/// the SOAP action where two operations share an element or the body is empty.
public final class ServicePlan: Sendable {
    /// One operation of the service.
    public struct Entry: Sendable {
        /// What the contract says of it.
        public var contract: WSDLOperation
        /// Position in ``RouteGraph/operations``.
        public var operation: Int

        public init(_ contract: WSDLOperation, operation: Int) {
            self.contract = contract
            self.operation = operation
        }
    }

    /// What has to be compared once an operation was found.
    private struct Message: Sendable {
        var element: [UInt8]
        var namespace: [UInt8]
        var action: [UInt8]
        var operation: Int
    }

    public let path: String
    public let description: ServiceDescription
    /// Consumers that may call at least one operation, by position in ``RouteGraph/consumers``.
    public let allowed: Set<Int>
    /// Every entry as an operation of SOAP 1.1 and, behind it, of SOAP 1.2, since callers choose the version.
    private let table: WSDLDispatch
    private let messages: [Message]

    public init(path: String, entries: [Entry], description: ServiceDescription, allowed: Set<Int>) {
        self.path = path
        self.description = description
        self.allowed = allowed
        table = WSDLDispatch(
            entries.flatMap { entry in
                [SOAPBindingVersion.v11, .v12].map { version in
                    var operation = entry.contract
                    operation.version = version
                    return operation
                }
            })
        messages = entries.map { entry in
            Message(
                element: Array((entry.contract.input?.name ?? "").utf8),
                namespace: Array((entry.contract.input?.namespace ?? "").utf8),
                action: Array(entry.contract.soapAction.utf8), operation: entry.operation)
        }
    }

    /// What a message is for.
    public enum Dispatch: Equatable, Sendable {
        case operation(Int)
        /// No operation has this element.
        case unknownElement
        /// The element's operation has another action than the message.
        case otherAction
    }

    /// The operation for the first element in `Body`, -1 when it is empty; `action` is empty when the message gives none.
    public func dispatch(
        _ document: Document, at node: Int, version: SOAPVersion, action: UnsafeBufferPointer<UInt8>
    ) -> Dispatch {
        let found = table.operation(document, at: node, version: version, action: UnsafeRawBufferPointer(action))
        guard found >= 0 else { return .unknownElement }
        let message = messages[found / 2]
        if node >= 0 {
            let isElement = message.element.withUnsafeBufferPointer { document.hasName(node, $0) }
            let namespace = document.namespaceName(document[node].namespace)
            guard isElement, namespace.elementsEqual(message.namespace) else { return .unknownElement }
        }
        if action.isEmpty || message.action.isEmpty || action.elementsEqual(message.action) {
            return .operation(message.operation)
        }
        return .otherAction
    }
}

/// The contract that a facade serves: a WSDL and the schemas that it names, each cut where an address has to stand.
public struct ServiceDescription: Sendable {
    /// One document.
    public struct Part: Sendable {
        /// What follows `?`: `wsdl`, `wsdl=1`, `xsd=2`.
        public var query: String
        public var pieces: [Piece]

        public init(query: String, pieces: [Piece]) {
            self.query = query
            self.pieces = pieces
        }
    }

    /// A run of bytes, or the place of the service's address.
    public enum Piece: Sendable {
        case bytes([UInt8])
        case address
    }

    public var parts: [Part]

    public init(parts: [Part]) {
        self.parts = parts
    }

    /// The part that a query names; letters are compared without their case, as clients write `?WSDL` too.
    func part(_ query: UnsafeBufferPointer<UInt8>) -> Part? {
        parts.first { part in
            part.query.utf8.count == query.count
                && zip(part.query.utf8, query).allSatisfy { $0 == ($1 >= 0x41 && $1 <= 0x5A ? $1 | 0x20 : $1) }
        }
    }
}

public import Documents

/// A SOAP facade: one path at which several operations are called by SOAP 1.1 or 1.2, and the description served there.
///
/// Which operation a message is for is told by the first element in its `Body` (WS-I Basic Profile 1.1, section 4.7.6), and by
/// the SOAP action where two operations share an element.
public final class ServicePlan: Sendable {
    /// One operation of the service.
    public struct Entry: Sendable {
        /// The expanded name of the first element in `Body`.
        public var element: [UInt8]
        public var namespace: [UInt8]
        /// Empty when the binding gives none.
        public var action: [UInt8]
        /// Position in ``RouteGraph/operations``.
        public var operation: Int

        public init(element: String, namespace: String, action: String, operation: Int) {
            self.element = Array(element.utf8)
            self.namespace = Array(namespace.utf8)
            self.action = Array(action.utf8)
            self.operation = operation
        }
    }

    public let path: String
    public let entries: [Entry]
    public let description: ServiceDescription
    /// Consumers that may call at least one operation, by position in ``RouteGraph/consumers``.
    public let allowed: Set<Int>

    public init(path: String, entries: [Entry], description: ServiceDescription, allowed: Set<Int>) {
        self.path = path
        self.entries = entries
        self.description = description
        self.allowed = allowed
    }

    /// What a message is for.
    public enum Dispatch: Equatable, Sendable {
        case operation(Int)
        /// No operation has this element.
        case unknownElement
        /// The element's operation has another action than the message.
        case otherAction
    }

    /// The operation for the first element in `Body`; `action` is empty when the message gives none.
    public func dispatch(_ document: Document, at node: Int, action: UnsafeBufferPointer<UInt8>) -> Dispatch {
        let namespace = document.namespaceName(document[node].namespace)
        var found = Dispatch.unknownElement
        for entry in entries {
            let isElement = entry.element.withUnsafeBufferPointer { document.hasName(node, $0) }
            guard isElement, namespace.elementsEqual(entry.namespace) else { continue }
            if action.isEmpty || entry.action.isEmpty || action.elementsEqual(entry.action) {
                return .operation(entry.operation)
            }
            found = .otherAction
        }
        return found
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

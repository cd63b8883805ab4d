public import Diagnostics
public import Documents

/// Finds the operation of a SOAP request, by the first element of its body and by its action.
///
/// Made once from the operations of a facade; a lookup allocates nothing. The element decides, as it is what will be
/// read; the action decides between operations with the same element, and where the body is empty or holds an element
/// that no operation has (then the contract's validator says what was expected).
public struct WSDLDispatch: Sendable {
    /// Operations that share their body element and their action.
    public struct Ambiguity: Sendable, Equatable {
        /// Indexes into `operations`; requests for them get to the first.
        public var operations: [Int]
        /// What they share, as in "the element `Pay` and the action `urn:pay`".
        public var shared: String
    }

    public let operations: [WSDLOperation]
    public let ambiguities: [Ambiguity]
    private let elements: ByteKeyTable
    private let actions: ByteKeyTable

    public init(_ operations: [WSDLOperation]) {
        self.operations = operations
        var elements: [(key: ByteKeyTable.Key, value: Int)] = []
        var actions: [(key: ByteKeyTable.Key, value: Int)] = []
        var groups: [[String]: [Int]] = [:]
        var order: [[String]] = []
        for (index, operation) in operations.enumerated() {
            let tag: UInt8 = operation.version == .v11 ? 1 : 2
            let name = operation.input?.name ?? ""
            let namespace = operation.input?.namespace ?? ""
            elements.append((ByteKeyTable.Key(tag: tag, first: Array(namespace.utf8), second: Array(name.utf8)), index))
            if !operation.soapAction.isEmpty {
                let action = Array(operation.soapAction.utf8)
                actions.append((ByteKeyTable.Key(tag: tag, first: action, second: []), index))
            }
            let group = [operation.version.rawValue, namespace, name, operation.soapAction]
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(index)
        }
        self.elements = ByteKeyTable(elements)
        self.actions = ByteKeyTable(actions)
        self.ambiguities = order.compactMap { group in
            guard let members = groups[group], members.count > 1 else { return nil }
            let element = group[2].isEmpty ? "an empty body" : "the element `\(group[2])`"
            let action = group[3].isEmpty ? "no action" : "the action `\(group[3])`"
            return Ambiguity(operations: members, shared: "\(element) and \(action)")
        }
    }

    /// The index of the operation that a request is for; -1 when there is none.
    ///
    /// - Parameters:
    ///   - document: The request, parsed.
    ///   - node: The first element of the body; -1 when the body is empty.
    ///   - version: That of the envelope.
    ///   - action: The `SOAPAction` field, or `action` of SOAP 1.2's content type; quotes around it are optional, and
    ///     it may be empty.
    public func operation(
        _ document: Document, at node: Int, version: SOAPVersion, action: UnsafeRawBufferPointer
    ) -> Int {
        let tag: UInt8 = version == .v11 ? 1 : 2
        let wanted = WSDLDispatch.unquoted(action)
        var entry = -1
        if node >= 0, node < document.count {
            let namespace = UnsafeRawBufferPointer(document.namespaceName(document[node].namespace))
            entry = elements.entry(tag, namespace, UnsafeRawBufferPointer(document.name(node)))
        } else {
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            entry = elements.entry(tag, empty, empty)
        }
        guard entry >= 0 else { return self.operation(action: action, version: version) }
        let first = elements.value(entry)
        guard elements.next(entry) >= 0, !wanted.isEmpty else { return first }
        // Several operations take this element: the one that the action names.
        while entry >= 0 {
            let candidate = elements.value(entry)
            if isAction(wanted, tag, of: candidate) { return candidate }
            entry = elements.next(entry)
        }
        return first
    }

    /// The index of the only operation with this action; -1 when there is none or several have it.
    public func operation(action: UnsafeRawBufferPointer, version: SOAPVersion) -> Int {
        let wanted = WSDLDispatch.unquoted(action)
        guard !wanted.isEmpty else { return -1 }
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let entry = actions.entry(version == .v11 ? 1 : 2, wanted, empty)
        guard entry >= 0, actions.next(entry) < 0 else { return -1 }
        return actions.value(entry)
    }

    /// What to say about operations that can't be told apart, at the place that names the contract.
    public func diagnostics(at span: SourceSpan?) -> [Diagnostic] {
        ambiguities.map { ambiguity in
            let names = ambiguity.operations.map { "`\(operations[$0].name)`" }
            let some = names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
            return Diagnostic(
                "WB3255", .warning, "\(names.count) SOAP operations can't be told apart", at: span,
                "requests get to \(names[0])", notes: ["\(some) share \(ambiguity.shared)"],
                help: "give them different actions, or different elements, in the WSDL")
        }
    }

    private func isAction(_ wanted: UnsafeRawBufferPointer, _ tag: UInt8, of operation: Int) -> Bool {
        var entry = actions.entry(tag, wanted, UnsafeRawBufferPointer(start: nil, count: 0))
        while entry >= 0 {
            if actions.value(entry) == operation { return true }
            entry = actions.next(entry)
        }
        return false
    }

    /// The action without white space and quotes around it.
    private static func unquoted(_ action: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var low = 0
        var high = action.count
        while low < high, action[low] == 0x20 || action[low] == 0x09 { low += 1 }
        while high > low, action[high - 1] == 0x20 || action[high - 1] == 0x09 { high -= 1 }
        if high - low >= 2, action[low] == 0x22, action[high - 1] == 0x22 {
            low += 1
            high -= 1
        }
        return UnsafeRawBufferPointer(rebasing: action[low..<high])
    }
}

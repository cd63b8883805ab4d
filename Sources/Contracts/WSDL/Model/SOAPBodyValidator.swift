internal import Documents

/// Checks what stands in a SOAP body: the wrapper of the rpc style, an empty body, a fault in place of an answer.
final class SOAPBodyValidator: MessageValidator {
    let engine: ValidationEngine
    let engineReason: String?
    private let name: String
    private let namespace: String
    private let nameBytes: [UInt8]
    private let namespaceBytes: [UInt8]
    private let checksName: Bool
    private let content: (any MessageValidator)?
    private let takesFaults: Bool

    /// - Parameters:
    ///   - element: The element that has to stand there; an empty name for an empty body; nil when `content` knows.
    ///   - content: Checks the element's content; nil when there is nothing to check.
    ///   - takesFaults: Whether a `Fault` of the envelope's namespace is valid too.
    init(_ element: ElementName?, content: (any MessageValidator)?, takesFaults: Bool) {
        self.engine = content?.engine ?? .compiled
        self.engineReason = content?.engineReason
        self.name = element?.name ?? ""
        self.namespace = element?.namespace ?? ""
        self.nameBytes = Array(name.utf8)
        self.namespaceBytes = Array(namespace.utf8)
        self.checksName = element != nil
        self.content = content
        self.takesFaults = takesFaults
    }

    func validate(
        _ document: Document, at node: Int, source: UnsafeRawBufferPointer, _ scratch: ValidationScratch
    ) -> Bool {
        if !scratch.violations.isEmpty { scratch.violations.removeAll(keepingCapacity: true) }
        let isThere = node >= 0 && node < document.count && document[node].kind == .element
        if takesFaults, isThere, isFault(document, node) { return true }
        if checksName {
            if !isThere, nameBytes.isEmpty { return true }
            guard isThere, isNamed(document, node) else {
                refuse(document, isThere ? node : -1, scratch)
                return false
            }
        }
        guard let content else { return true }
        return content.validate(document, at: node, source: source, scratch)
    }

    private func isFault(_ document: Document, _ node: Int) -> Bool {
        let fault: StaticString = "Fault"
        let name = UnsafeBufferPointer(start: fault.utf8Start, count: fault.utf8CodeUnitCount)
        return document.soapVersion != nil && document[node].namespace == document[document.root].namespace
            && document.hasName(node, name)
    }

    private func isNamed(_ document: Document, _ node: Int) -> Bool {
        nameBytes.withUnsafeBufferPointer { document.hasName(node, $0) }
            && document.namespaceName(document[node].namespace).elementsEqual(namespaceBytes)
    }

    private func refuse(_ document: Document, _ node: Int, _ scratch: ValidationScratch) {
        let expected =
            name.isEmpty ? "nothing" : "`\(name)`" + (namespace.isEmpty ? "" : " of the namespace `\(namespace)`")
        let actual = node < 0 ? "nothing" : "`\(document.nameString(node).prefix(80))`"
        scratch.violations.append(
            Violation(
                pointer: "", keyword: "content", message: "The body must hold \(expected); it holds \(actual).",
                expected: expected, actual: actual))
    }
}

internal import Documents
internal import XML

/// Checks messages against one element (or type) of a schema set.
final class XSDValidator: MessageValidator {
    let engine: ValidationEngine
    let engineReason: String?
    private let program: XSDProgram
    /// Below zero when a type is checked.
    private let element: Int
    private let type: Int
    private let reference: XMLSchemaValidator?
    /// The global element by which libxml2 checks a type: it knows no other way.
    private let standIn: ElementName?

    init(
        _ program: XSDProgram, element: Int, type: Int, engine: ValidationEngine, reason: String?,
        reference: XMLSchemaValidator?, standIn: ElementName? = nil
    ) {
        self.program = program
        self.element = element
        self.type = type
        self.engine = engine
        engineReason = reason
        self.reference = element >= 0 || standIn != nil ? reference : nil
        self.standIn = standIn
    }

    func validate(
        _ document: Document, at node: Int, source: UnsafeRawBufferPointer, _ scratch: ValidationScratch
    ) -> Bool {
        if !scratch.violations.isEmpty { scratch.violations.removeAll(keepingCapacity: true) }
        guard document.format == .xml, node >= 0, node < document.count, document[node].kind == .element else {
            scratch.violations.append(
                Violation(pointer: "", keyword: "content", message: "The message has no XML element to check."))
            return false
        }
        if engine == .libxml2 { return validateByReference(document, node, source, scratch) }
        var run = XSDRun(program, document, node, scratch)
        run.hasReference = reference != nil
        if element >= 0, !isNamed(document, node) {
            let name = program.text(program.elements[element].name)
            run.fault(
                node, "content", expected: name, "must be `\(name)`", actual: document.nameString(node))
            return false
        }
        run.run(element: element, type: type)
        if run.needsReference {
            scratch.violations.removeAll(keepingCapacity: true)
            return validateByReference(document, node, source, scratch)
        }
        return run.isValid
    }

    /// Whether the element is the one of the contract (or one that may stand in for it).
    private func isNamed(_ document: Document, _ node: Int) -> Bool {
        let row = program.elements[element]
        guard row.name >= 0 else { return false }
        let name = program.names[Int(row.name)]
        let text = document.name(node)
        let expected = UnsafeBufferPointer(rebasing: program.bytes[Int(name.start)..<Int(name.start) + Int(name.count)])
        guard XSDValue.same(text, expected) else { return false }
        let namespace = document.namespaceName(document[node].namespace)
        return namespace.elementsEqual(program.namespaces[Int(name.namespace)].utf8)
    }

    /// Lets libxml2 decide, on the bytes of the message.
    private func validateByReference(
        _ document: Document, _ node: Int, _ source: UnsafeRawBufferPointer, _ scratch: ValidationScratch
    ) -> Bool {
        // What nothing can judge is not refused.
        guard let reference else { return true }
        let problems = reference.validate(
            source, element: XSDValidator.place(of: node, in: document),
            as: standIn.map { ($0.name, $0.namespace ?? "") }, limit: scratch.limit)
        for problem in problems {
            let place = problem.path.isEmpty ? "The root element" : "`\(problem.path)`"
            scratch.violations.append(
                Violation(
                    pointer: problem.path, keyword: problem.rule.isEmpty ? "content" : problem.rule,
                    message: "\(place) (line \(problem.line)): \(problem.message)."))
        }
        return problems.isEmpty
    }

    /// The places among their siblings of the elements that lead to a node.
    static func place(of target: Int, in document: Document) -> [Int] {
        var result: [Int] = []
        var node = 0
        while node != target {
            var k = node + 1
            var place = 0
            let end = Int(document[node].next)
            while k < end, !(k <= target && target < Int(document[k].next)) {
                if document[k].kind == .element { place += 1 }
                k = Int(document[k].next)
            }
            guard k < end else { return result }
            result.append(place)
            node = k
        }
        return result
    }
}

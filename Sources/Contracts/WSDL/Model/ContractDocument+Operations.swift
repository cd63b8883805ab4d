extension ContractDocument {
    /// The operation of this name; of several bindings the SOAP 1.1 one, unless a version is asked for.
    ///
    /// `Port/Pay` and `Binding/Pay` say which binding is meant, `Pay(PayByCard)` which of several operations with that
    /// name: the one whose input has the name in parentheses.
    public func operation(named name: String, version: SOAPBindingVersion? = nil) -> WSDLOperation? {
        let found = operations(named: name).filter { version == nil || $0.version == version }
        return found.first { $0.version == .v11 } ?? found.first
    }

    /// All operations that a name as in `operation(named:version:)` may mean, in the order of `operations`.
    public func operations(named name: String) -> [WSDLOperation] {
        var local = name[...]
        var scope: Substring?
        var input: Substring?
        if let slash = local.lastIndex(of: "/") {
            scope = local[..<slash]
            local = local[local.index(after: slash)...]
        }
        if local.hasSuffix(")"), let open = local.firstIndex(of: "(") {
            input = local[local.index(after: open)...].dropLast()
            local = local[..<open]
        }
        return operations.filter { operation in
            guard operation.name == local else { return false }
            if let input, operation.inputName.map({ $0 == input }) != true { return false }
            guard let scope else { return true }
            return operation.binding == scope || operation.ports.contains { $0 == scope }
        }
    }

    /// The contract of a request body.
    public func request(operation name: String) -> Contract? {
        if let openAPI { return openAPI.operation(named: name)?.requestContract() }
        return operation(named: name).map { request($0) }
    }

    /// The contract of an answer's body; of OpenAPI, that of a success. The validator of a SOAP answer takes a fault too.
    public func response(operation name: String) -> Contract? {
        if let openAPI { return openAPI.operation(named: name)?.responseContract() }
        return operation(named: name).map { response($0) }
    }

    /// The contract of an operation's request body.
    public func request(_ operation: WSDLOperation) -> Contract {
        Contract(
            root: operation.input?.shape ?? .any, rootElement: operation.input?.elementName, soap: operation,
            validator: validator(operation, operation.input, operation.inputWrapper, takesFaults: false))
    }

    /// The contract of an operation's answer.
    public func response(_ operation: WSDLOperation) -> Contract {
        Contract(
            root: operation.output?.shape ?? .any, rootElement: operation.output?.elementName, soap: operation,
            validator: validator(operation, operation.output, operation.outputWrapper, takesFaults: true))
    }

    /// The contract of a global element.
    public func contract(of element: ElementShape) -> Contract {
        Contract(
            root: element.shape, rootElement: element.elementName,
            validator: schemas?.validator(forElement: element.elementName))
    }

    /// The contract of a declared fault: of the element in the fault's `detail`.
    public func contract(of fault: WSDLFault) -> Contract {
        Contract(
            root: fault.detail.shape, rootElement: fault.detail.elementName,
            validator: schemas?.validator(forElement: fault.detail.elementName))
    }

    /// Nil for encoded bodies, whose elements may have attributes that no schema declares, and where the contract
    /// doesn't say what the body is.
    private func validator(
        _ operation: WSDLOperation, _ body: ElementShape?, _ wrapper: ElementName?, takesFaults: Bool
    ) -> (any MessageValidator)? {
        guard operation.isLiteral, let body else { return nil }
        if operation.style == .document {
            if body.name.isEmpty { return SOAPBodyValidator(body.elementName, content: nil, takesFaults: takesFaults) }
            guard let element = schemas?.validator(forElement: body.elementName) else { return nil }
            return takesFaults ? SOAPBodyValidator(nil, content: element, takesFaults: true) : element
        }
        guard let wrapper, let content = schemas?.validator(forType: wrapper) else { return nil }
        return SOAPBodyValidator(body.elementName, content: content, takesFaults: takesFaults)
    }
}

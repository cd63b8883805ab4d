internal import Diagnostics
internal import XML

/// Reads the operations of a WSDL 1.1 description's SOAP bindings.
struct WSDLReader {
    private let definitions: WSDLDefinitions
    private let issues: ContractIssues
    private let types: XSDExpander

    init(_ definitions: WSDLDefinitions, issues: ContractIssues) {
        self.definitions = definitions
        self.issues = issues
        self.types = XSDExpander(definitions.schemas.set(), issues: issues)
    }

    /// All operations, those of SOAP 1.1 bindings first where both versions bind one.
    func operations(path: String) -> [WSDLOperation] {
        var result: [WSDLOperation] = []
        var found = false
        for (name, binding) in definitions.bindings {
            guard let (soap, version) = soapBinding(binding.element) else { continue }
            found = true
            result += operations(of: binding, named: name, soap: soap, version: version)
        }
        if !found {
            issues.add(
                "WB3230", .warning, "`\(path)` has no SOAP binding", at: .init(path, line: 1),
                "no operation can be called",
                help: "take the WSDL with `binding` and `service`; the provider may keep it in a second file")
        } else if result.isEmpty {
            issues.add(
                "WB3230", .warning, "`\(path)` has no operations", at: .init(path, line: 1),
                "its SOAP bindings are empty")
        }
        return result.filter { $0.version == .v11 } + result.filter { $0.version == .v12 }
    }

    private func soapBinding(_ binding: XMLElement) -> (XMLElement, SOAPBindingVersion)? {
        if let soap = binding.child("binding", namespace: ContractNamespace.soap11) { return (soap, .v11) }
        return binding.child("binding", namespace: ContractNamespace.soap12).map { ($0, .v12) }
    }

    private func operations(
        of binding: WSDLDefinitions.Declaration, named name: XMLName, soap: XMLElement, version: SOAPBindingVersion
    ) -> [WSDLOperation] {
        let portType = portType(of: binding)
        let address = address(of: name, version)
        var result: [WSDLOperation] = []
        var uses: [String: Int] = [:]
        for element in binding.element.children("operation", namespace: ContractNamespace.wsdl) {
            guard let operation = element.attribute("name") else { continue }
            let place = uses[operation, default: 0]
            uses[operation] = place + 1
            var made = WSDLOperation(
                name: operation, version: version, address: address, binding: name.name, line: element.line)
            let detail = element.child("operation", namespace: namespace(version))
            made.soapAction = detail?.attribute("soapAction") ?? ""
            let style = detail?.attribute("style") ?? soap.attribute("style") ?? "document"
            made.style = style == "rpc" ? .rpc : .document
            fill(&made, element, place: place, portType: portType, path: binding.path)
            result.append(made)
        }
        return result
    }

    private func portType(of binding: WSDLDefinitions.Declaration) -> WSDLDefinitions.Declaration? {
        guard let type = binding.element.attribute("type"), let name = binding.element.resolve(type),
            let declaration = definitions.portTypes[name]
        else {
            let type = binding.element.attribute("type") ?? ""
            missing("port type", type, definitions.portTypes.keys.map(\.name), binding.element, binding.path)
            return nil
        }
        return declaration
    }

    /// The address of the first port that uses a binding.
    private func address(of binding: XMLName, _ version: SOAPBindingVersion) -> String {
        for service in definitions.services {
            for port in service.element.children("port", namespace: ContractNamespace.wsdl) {
                guard let used = port.attribute("binding"), port.resolve(used) == binding,
                    let address = port.child("address", namespace: namespace(version))?.attribute("location")
                else { continue }
                return address
            }
        }
        return ""
    }

    /// Reports ports whose binding is not declared.
    func checkServices() {
        let bindings = Set(definitions.bindings.map(\.name))
        for service in definitions.services {
            for port in service.element.children("port", namespace: ContractNamespace.wsdl) {
                let used = port.attribute("binding") ?? ""
                guard port.resolve(used).map(bindings.contains) != true else { continue }
                missing("binding", used, bindings.map(\.name), port, service.path)
            }
        }
    }

    private func namespace(_ version: SOAPBindingVersion) -> String {
        version == .v11 ? ContractNamespace.soap11 : ContractNamespace.soap12
    }

    // MARK: - Messages

    private func fill(
        _ operation: inout WSDLOperation, _ element: XMLElement, place: Int,
        portType: WSDLDefinitions.Declaration?, path: String
    ) {
        let wsdl = ContractNamespace.wsdl
        guard let portType else {
            operation.input = unknown(operation.name)
            operation.output = unknown(operation.name + "Response")
            return
        }
        guard let abstract = abstractOperation(operation.name, element, place: place, portType.element) else {
            let names = portType.element.children("operation", namespace: wsdl).compactMap { $0.attribute("name") }
            missing("operation of the port type", operation.name, names, element, path)
            operation.input = unknown(operation.name)
            operation.output = unknown(operation.name + "Response")
            return
        }
        let input = element.child("input", namespace: wsdl)
        let output = element.child("output", namespace: wsdl)
        if let message = abstract.child("input", namespace: wsdl) {
            operation.input = body(
                of: message, bound: input, path: portType.path, fallback: operation.name, in: &operation)
        }
        if let message = abstract.child("output", namespace: wsdl) {
            operation.output = body(
                of: message, bound: output, path: portType.path, fallback: operation.name + "Response", in: &operation)
        }
        operation.inputHeaders = input.map { headers($0, operation.version, path: path) } ?? []
        operation.outputHeaders = output.map { headers($0, operation.version, path: path) } ?? []
        for fault in abstract.children("fault", namespace: wsdl) {
            guard let message = message(of: fault, path: portType.path),
                let part = message.element.children("part", namespace: wsdl).first
            else { continue }
            operation.faults.append(self.part(part, path: message.path))
        }
        if !operation.isLiteral {
            issues.add(
                "WB3232", .warning, "operation `\(operation.name)` uses SOAP encoding",
                at: .init(path, line: element.line), "its body may be anything",
                help: "ask the partner for a document/literal description")
        }
    }

    /// Of overloaded operations the one with the same input name, else the one at the same place.
    private func abstractOperation(
        _ name: String, _ bound: XMLElement, place: Int, _ portType: XMLElement
    ) -> XMLElement? {
        let wsdl = ContractNamespace.wsdl
        let named = portType.children("operation", namespace: wsdl).filter { $0.attribute("name") == name }
        if named.count > 1, let input = bound.child("input", namespace: wsdl)?.attribute("name"),
            let match = named.first(where: { $0.child("input", namespace: wsdl)?.attribute("name") == input })
        {
            return match
        }
        return named.indices.contains(place) ? named[place] : named.first
    }

    private func message(of element: XMLElement, path: String) -> WSDLDefinitions.Declaration? {
        let text = element.attribute("message") ?? ""
        guard let name = element.resolve(text), let message = definitions.messages[name] else {
            missing("message", text, definitions.messages.keys.map(\.name), element, path)
            return nil
        }
        return message
    }

    private func body(
        of abstract: XMLElement, bound: XMLElement?, path: String, fallback: String, in operation: inout WSDLOperation
    ) -> ElementShape {
        let soap = bound.flatMap { self.soap("body", in: $0, operation.version) }
        if soap?.attribute("use") == "encoded" {
            operation.isLiteral = false
            return ElementShape(name: fallback, namespace: soap?.attribute("namespace"), shape: .any)
        }
        guard let message = message(of: abstract, path: path) else { return unknown(fallback) }
        var parts = message.element.children("part", namespace: ContractNamespace.wsdl)
        if let names = soap?.attribute("parts") {
            let wanted = names.split(whereSeparator: \.isWhitespace).map(String.init)
            parts = parts.filter { wanted.contains($0.attribute("name") ?? "") }
        } else if parts.count > 1, let bound {
            let used = headerParts(bound, operation.version, of: message)
            parts = parts.filter { !used.contains($0.attribute("name") ?? "") }
        }
        if operation.style == .rpc {
            return wrapper(fallback, namespace: soap?.attribute("namespace"), parts: parts, path: message.path)
        }
        guard let first = parts.first else { return ElementShape(name: "", namespace: nil, shape: .object([])) }
        if parts.count > 1 {
            issues.add(
                "WB3233", .warning, "message `\(message.element.attribute("name") ?? "")` has several parts",
                at: .init(message.path, line: message.element.line), "only the first is taken as the body")
        }
        if first.attribute("element") == nil {
            issues.add(
                "WB3233", .warning, "part `\(first.attribute("name") ?? "")` names a type, not an element",
                at: .init(message.path, line: first.line), "the body may be anything",
                help: "in the document style a part has `element`")
            return unknown(fallback)
        }
        return part(first, path: message.path)
    }

    /// In the rpc style the body is an element of the operation's name around one element for each part, which is in no
    /// namespace (WSDL 1.1, section 3.5).
    private func wrapper(_ name: String, namespace: String?, parts: [XMLElement], path: String) -> ElementShape {
        let fields = parts.map { part in
            Field(name: part.attribute("name") ?? "", shape: self.part(part, path: path).shape, required: true)
        }
        return ElementShape(name: name, namespace: namespace, shape: .object(fields))
    }

    private func headers(_ bound: XMLElement, _ version: SOAPBindingVersion, path: String) -> [ElementShape] {
        soaps("header", in: bound, version).compactMap { header in
            guard let message = message(of: header, path: path) else { return nil }
            let parts = message.element.children("part", namespace: ContractNamespace.wsdl)
            let name = header.attribute("part")
            guard let part = parts.first(where: { $0.attribute("name") == name }) ?? (name == nil ? parts.first : nil)
            else {
                missing("part", name ?? "", parts.compactMap { $0.attribute("name") }, header, path)
                return nil
            }
            return self.part(part, path: message.path)
        }
    }

    private func headerParts(
        _ bound: XMLElement, _ version: SOAPBindingVersion, of message: WSDLDefinitions.Declaration
    ) -> [String] {
        soaps("header", in: bound, version).compactMap { header in
            guard let text = header.attribute("message"), let name = header.resolve(text),
                definitions.messages[name]?.element === message.element
            else { return nil }
            return header.attribute("part")
        }
    }

    /// The extension elements of a SOAP binding; inside `mime:multipartRelated` they are in the first part.
    private func soaps(_ name: String, in bound: XMLElement, _ version: SOAPBindingVersion) -> [XMLElement] {
        let direct = bound.children(name, namespace: namespace(version))
        if !direct.isEmpty { return direct }
        return bound.children.flatMap(\.children).flatMap { $0.children(name, namespace: namespace(version)) }
    }

    private func soap(_ name: String, in bound: XMLElement, _ version: SOAPBindingVersion) -> XMLElement? {
        soaps(name, in: bound, version).first
    }

    private func part(_ part: XMLElement, path: String) -> ElementShape {
        let name = part.attribute("name") ?? ""
        let context = XSDSchemaSet.Context(
            path: path, namespace: nil, isChameleon: false, elementsAreQualified: false, attributesAreQualified: false)
        if let text = part.attribute("element") {
            guard let element = part.resolve(text) else {
                types.undeclared("element", text, .element, part, context)
                return unknown(name)
            }
            guard let shape = types.element(element) else {
                types.undeclared("element", element.name, .element, part, context)
                return ElementShape(name: element.name, namespace: element.namespace, shape: .any)
            }
            return ElementShape(name: element.name, namespace: element.namespace, shape: shape)
        }
        guard let text = part.attribute("type"), let type = part.resolve(text) else { return unknown(name) }
        return ElementShape(name: name, namespace: nil, shape: types.type(type, from: part, context))
    }

    private func unknown(_ name: String) -> ElementShape { ElementShape(name: name, namespace: nil, shape: .any) }

    private func missing(_ what: String, _ name: String, _ known: [String], _ element: XMLElement, _ path: String) {
        issues.add(
            "WB3231", .warning, "no \(what) `\(name)` is declared", at: .init(path, line: element.line),
            "what it says may be anything",
            help: Spelling.nearest(name, in: known).map { "a similar name is `\($0)`" })
    }
}

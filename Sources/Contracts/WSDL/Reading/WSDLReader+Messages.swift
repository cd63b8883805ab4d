internal import Diagnostics
internal import XML

extension WSDLReader {
    /// Adds messages, headers and faults to an operation of a binding.
    func fill(
        _ operation: inout WSDLOperation, _ element: XMLElement, place: Int,
        portType: (name: XMLName, declaration: WSDLDefinitions.Declaration)?, in binding: WSDLDefinitions.Declaration
    ) {
        let wsdl = ContractNamespace.wsdl
        guard let portType else {
            operation.input = unknown(operation.name)
            operation.output = unknown(operation.name + "Response")
            return
        }
        guard let abstract = abstractOperation(operation.name, element, place: place, portType.name) else {
            missing(
                "operation of the port type", operation.name, operationNames(portType.name), element, binding.path)
            operation.input = unknown(operation.name)
            operation.output = unknown(operation.name + "Response")
            return
        }
        let input = element.child("input", namespace: wsdl)
        let output = element.child("output", namespace: wsdl)
        operation.exchange = WSDLReader.exchange(abstract)
        switch operation.exchange {
        case .requestResponse, .oneWay: break
        case .notification: operation.refusal = operation.refusal ?? "it is a notification: the service sends it"
        case .solicitResponse: operation.refusal = operation.refusal ?? "the service asks in it, and the client answers"
        }
        if WSDLReader.isMultipart(input) {
            operation.refusal = operation.refusal ?? "its request is a MIME multipart with attachments"
        } else if WSDLReader.isMultipart(output) {
            operation.refusal = operation.refusal ?? "its answer is a MIME multipart with attachments"
        }
        let order = (abstract.attribute("parameterOrder") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        if let message = abstract.child("input", namespace: wsdl) {
            operation.inputName = message.attribute("name")
            let site = BodySite(
                bound: input, path: portType.declaration.path, bindingPath: binding.path, name: operation.name,
                namespace: binding.namespace, order: order)
            operation.input = body(of: message, at: site, in: &operation, wrapper: \.inputWrapper)
        }
        if let message = abstract.child("output", namespace: wsdl) {
            let site = BodySite(
                bound: output, path: portType.declaration.path, bindingPath: binding.path,
                name: operation.name + "Response", namespace: binding.namespace, order: [])
            operation.output = body(of: message, at: site, in: &operation, wrapper: \.outputWrapper)
        }
        operation.isWrapped = isWrapped(operation)
        for bound in [input, output].compactMap({ $0 }) {
            for header in soaps("header", in: bound, operation.version) {
                guard let shape = headerPart(header, path: binding.path) else { continue }
                if bound === input {
                    operation.inputHeaders.append(shape)
                } else {
                    operation.outputHeaders.append(shape)
                }
                for fault in header.children("headerfault", namespace: WSDLReader.namespace(operation.version)) {
                    if let shape = headerPart(fault, path: binding.path) { operation.headerFaults.append(shape) }
                }
            }
        }
        faults(of: abstract, bound: element, portType.declaration.path, binding.path, into: &operation)
    }

    private static func exchange(_ abstract: XMLElement) -> WSDLExchange {
        let kinds = abstract.children.filter {
            $0.namespace == ContractNamespace.wsdl && ($0.name == "input" || $0.name == "output")
        }
        if kinds.count > 1 { return kinds.first?.name == "output" ? .solicitResponse : .requestResponse }
        return kinds.first?.name == "output" ? .notification : .oneWay
    }

    /// The wrapped convention: the request's one element is named like the operation and holds elements only.
    private func isWrapped(_ operation: WSDLOperation) -> Bool {
        guard operation.style == .document, let input = operation.input, input.name == operation.name,
            case .object(let object) = input.shape.kind
        else { return false }
        return object.text == nil && object.fields.allSatisfy { !$0.isAttribute }
    }

    // MARK: - Bodies

    /// Where a body is bound.
    private struct BodySite {
        var bound: XMLElement?
        /// The file of the port type.
        var path: String
        var bindingPath: String
        /// The name of the rpc wrapper.
        var name: String
        /// The namespace of the description.
        var namespace: String?
        /// The order of the parts, where the port type gives one.
        var order: [String]
    }

    private func body(
        of abstract: XMLElement, at site: BodySite, in operation: inout WSDLOperation,
        wrapper: WritableKeyPath<WSDLOperation, ElementName?>
    ) -> ElementShape {
        let soap = site.bound.flatMap { soaps("body", in: $0, operation.version).first }
        if soap?.attribute("use") == "encoded" { operation.isLiteral = false }
        guard let message = message(of: abstract, path: site.path) else { return unknown(site.name) }
        var parts = message.element.children("part", namespace: ContractNamespace.wsdl)
        if let names = soap?.attribute("parts") {
            let wanted = names.split(whereSeparator: \.isWhitespace).map(String.init)
            let known = parts.compactMap { $0.attribute("name") }
            for name in wanted where !known.contains(name) {
                if let soap { missing("part", name, known, soap, site.bindingPath) }
            }
            parts = parts.filter { wanted.contains($0.attribute("name") ?? "") }
        } else if parts.count > 1, let bound = site.bound {
            let used = headerParts(bound, operation.version, of: message)
            parts = parts.filter { !used.contains($0.attribute("name") ?? "") }
        }
        if operation.style == .rpc {
            if !site.order.isEmpty {
                let places = Dictionary(
                    site.order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
                parts = parts.enumerated().sorted { left, right in
                    let a = places[left.element.attribute("name") ?? ""] ?? .max
                    let b = places[right.element.attribute("name") ?? ""] ?? .max
                    return a != b ? a < b : left.offset < right.offset
                }.map(\.element)
            }
            // The namespace is obligatory (Basic Profile 1.1, R2717); where it is missing, stacks take this one.
            let namespace = soap?.attribute("namespace") ?? site.namespace
            if operation.isLiteral { operation[keyPath: wrapper] = wrappers.add(parts) }
            return self.wrapper(site.name, namespace: namespace, parts: parts, path: message.path)
        }
        guard let first = parts.first else { return ElementShape(name: "", namespace: nil, shape: .object([])) }
        if parts.count > 1 {
            issues.add(
                "WB3233", .warning, "message `\(message.element.attribute("name") ?? "")` has several parts",
                at: .init(message.path, line: message.element.line), "only the first is taken as the body",
                help: "a body is one element: ask the partner which one is sent, or list the others as `soap:header`")
        }
        if first.attribute("element") == nil, first.attribute("type") != nil {
            issues.add(
                "WB3233", .warning, "part `\(first.attribute("name") ?? "")` names a type, not an element",
                at: .init(message.path, line: first.line), "the body may be anything",
                help: "in the document style a part has `element`")
            return unknown(site.name)
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

    // MARK: - Headers and faults

    /// The part that a `header` or `headerfault` names.
    private func headerPart(_ header: XMLElement, path: String) -> ElementShape? {
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

    private func faults(
        of abstract: XMLElement, bound: XMLElement, _ path: String, _ bindingPath: String,
        into operation: inout WSDLOperation
    ) {
        let wsdl = ContractNamespace.wsdl
        for fault in abstract.children("fault", namespace: wsdl) {
            guard let message = message(of: fault, path: path) else { continue }
            let name = fault.attribute("name") ?? message.element.attribute("name") ?? ""
            guard let part = message.element.children("part", namespace: wsdl).first else {
                operation.faults.append(WSDLFault(name: name, detail: unknown("")))
                continue
            }
            operation.faults.append(WSDLFault(name: name, detail: self.part(part, path: message.path)))
        }
        for fault in bound.children("fault", namespace: wsdl) {
            guard let name = fault.attribute("name"), !operation.faults.contains(where: { $0.name == name }) else {
                continue
            }
            missing("fault of the port type", name, operation.faults.map(\.name), fault, bindingPath)
        }
    }

    private func message(of element: XMLElement, path: String) -> WSDLDefinitions.Declaration? {
        let text = element.attribute("message") ?? ""
        guard let name = element.resolve(text), let message = definitions.messages[name] else {
            missing("message", text, definitions.messages.keys.map(\.name), element, path)
            return nil
        }
        return message
    }

    // MARK: - Parts

    /// The extension elements of a SOAP binding; inside `mime:multipartRelated` they are in the first part.
    private func soaps(_ name: String, in bound: XMLElement, _ version: SOAPBindingVersion) -> [XMLElement] {
        let direct = bound.children(name, namespace: WSDLReader.namespace(version))
        if !direct.isEmpty { return direct }
        return bound.children.flatMap(\.children).flatMap {
            $0.children(name, namespace: WSDLReader.namespace(version))
        }
    }

    private static func isMultipart(_ bound: XMLElement?) -> Bool {
        guard let multipart = bound?.child("multipartRelated", namespace: ContractNamespace.mime) else { return false }
        // One part is the envelope itself: nothing is attached.
        return multipart.children("part", namespace: ContractNamespace.mime).count != 1
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
        guard let text = part.attribute("type") else {
            issues.add(
                "WB3256", .warning, "part `\(name)` has neither `element` nor `type`",
                at: .init(path, line: part.line), "it may be anything", help: "name the element that is sent")
            return unknown(name)
        }
        guard let type = part.resolve(text) else {
            types.undeclared("type", text, .type, part, context)
            return unknown(name)
        }
        return ElementShape(name: name, namespace: nil, shape: types.type(type, from: part, context))
    }

    private func unknown(_ name: String) -> ElementShape { ElementShape(name: name, namespace: nil, shape: .any) }
}

internal import Diagnostics
internal import XML

extension WSDLReader {
    /// The services with their ports, and the ports of each binding. Reports ports whose binding is not declared.
    static func services(
        _ definitions: WSDLDefinitions, _ issues: ContractIssues
    ) -> ([WSDLService], [XMLName: [WSDLPort]]) {
        let declared = Set(definitions.bindings.map(\.name))
        var services: [WSDLService] = []
        var bound: [XMLName: [WSDLPort]] = [:]
        for service in definitions.services {
            var made = WSDLService(name: service.element.attribute("name") ?? "", ports: [])
            for port in service.element.children("port", namespace: ContractNamespace.wsdl) {
                let used = port.attribute("binding") ?? ""
                let binding = port.resolve(used)
                var result = WSDLPort(
                    name: port.attribute("name") ?? "", binding: binding?.name ?? used, address: "", version: nil)
                for version in [SOAPBindingVersion.v11, .v12] {
                    guard let address = port.child("address", namespace: namespace(version)) else { continue }
                    result.version = version
                    result.address = trimmed(address.attribute("location") ?? "")
                    break
                }
                made.ports.append(result)
                guard let binding, declared.contains(binding) else {
                    issues.add(
                        "WB3231", .warning, "no binding `\(used)` is declared",
                        at: .init(service.path, line: port.line), "what it says may be anything",
                        help: Spelling.nearest(used, in: declared.map(\.name).sorted()).map {
                            "a similar name is `\($0)`"
                        } ?? "correct the name, or import the description that declares it")
                    continue
                }
                bound[binding, default: []].append(result)
            }
            services.append(made)
        }
        return (services, bound)
    }

    private static func trimmed(_ text: String) -> String {
        var view = text[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}

extension WSDLReader {
    /// The global elements that messages are made of, each once.
    func elements(of operations: [WSDLOperation]) -> [ElementShape] {
        var elements: [ElementShape] = []
        var seen: Set<ElementName> = []
        for operation in operations where operation.isLiteral && operation.style == .document {
            let bodies = [operation.input, operation.output].compactMap { $0 } + operation.faults.map(\.detail)
            let headers = operation.inputHeaders + operation.outputHeaders + operation.headerFaults
            for element in bodies + headers where !element.name.isEmpty && seen.insert(element.elementName).inserted {
                elements.append(element)
            }
        }
        return elements
    }
}

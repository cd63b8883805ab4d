internal import Diagnostics
internal import XML

/// Reads the operations of a WSDL 1.1 description's SOAP bindings.
final class WSDLReader {
    let definitions: WSDLDefinitions
    let issues: ContractIssues
    let types: XSDExpander
    /// The schemas that parts refer to.
    let schemas: XSDSchemaSet
    /// What is bound where, by binding.
    private let bound: [XMLName: [WSDLPort]]
    let services: [WSDLService]
    /// The operations of port types, by name, each read once.
    private var abstractOperations: [XMLName: [String: [XMLElement]]] = [:]
    /// How many similar names may still be looked for: a search compares with every name.
    private var searches = 20
    /// The types of rpc wrappers.
    var wrappers = RPCWrappers()

    init(_ definitions: WSDLDefinitions, issues: ContractIssues) {
        self.definitions = definitions
        self.issues = issues
        self.schemas = definitions.schemas.set()
        self.types = XSDExpander(schemas, issues: issues)
        (self.services, self.bound) = WSDLReader.services(definitions, issues)
    }

    /// All operations, those of SOAP 1.1 bindings first where both versions bind one.
    func operations(path: String) -> [WSDLOperation] {
        var result: [WSDLOperation] = []
        var others: [(place: ContractIssues.Place, title: String)] = []
        var found = false
        for (name, binding) in definitions.bindings {
            guard let (soap, version) = soapBinding(binding.element) else {
                let kind =
                    binding.element.child("binding", namespace: ContractNamespace.http) == nil ? "not SOAP" : "HTTP"
                let place = ContractIssues.Place(binding.path, line: binding.element.line)
                others.append((place, "binding `\(name.name)` is \(kind) and is left out"))
                continue
            }
            found = true
            result += operations(of: binding, named: name, soap: soap, version: version)
            guard result.count <= ContractBudget.operationLimit else {
                issues.add(
                    "WB3254", .error, "`\(path)` is too large to be read", at: .init(path, line: 1),
                    "it has more than \(ContractBudget.operationLimit) operations",
                    help: "cut it down to the services, messages and types that are used")
                issues.close()
                return []
            }
        }
        if !found {
            issues.add(
                "WB3230", .warning, "`\(path)` has no SOAP binding", at: .init(path, line: 1),
                "no operation can be called", notes: others.map(\.title).prefix(4).map { $0 },
                help: "take the WSDL with `binding` and `service`; the provider may keep it in a second file")
        } else {
            for other in others {
                issues.add(
                    "WB3253", .note, other.title, at: other.place, "only SOAP 1.1 and 1.2 bindings are read",
                    help: "call it as `protocol: http-xml` or `http-form` without a contract if you need it")
            }
            if result.isEmpty {
                issues.add(
                    "WB3230", .warning, "`\(path)` has no operations", at: .init(path, line: 1),
                    "its SOAP bindings are empty",
                    help: "take the WSDL whose `binding` lists operations; the provider may keep it in a second file")
            } else if services.allSatisfy({ $0.ports.allSatisfy(\.address.isEmpty) }) {
                issues.add(
                    "WB3257", .note, "`\(path)` doesn't say where the service is", at: .init(path, line: 1),
                    "no port has a SOAP address", help: "the route's `endpoint: url` has to say it")
            }
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
        let ports = bound[name] ?? []
        let address = ports.first { $0.version == version && !$0.address.isEmpty }?.address ?? ""
        let refusal = transportRefusal(soap, version)
        var result: [WSDLOperation] = []
        var uses: [String: Int] = [:]
        for element in binding.element.children("operation", namespace: ContractNamespace.wsdl) {
            guard let operation = element.attribute("name") else {
                issues.add(
                    "WB3256", .warning, "an operation of binding `\(name.name)` has no name",
                    at: .init(binding.path, line: element.line), "it is left out", help: "add `name`")
                continue
            }
            let place = uses[operation, default: 0]
            uses[operation] = place + 1
            var made = WSDLOperation(
                name: operation, version: version, address: address, binding: name.name, ports: ports.map(\.name),
                line: element.line)
            let detail = element.child("operation", namespace: WSDLReader.namespace(version))
            made.soapAction = detail?.attribute("soapAction") ?? ""
            let style = detail?.attribute("style") ?? soap.attribute("style") ?? "document"
            made.style = style == "rpc" ? .rpc : .document
            made.refusal = refusal
            fill(&made, element, place: place, portType: portType, in: binding)
            if let refusal = made.refusal {
                issues.add(
                    "WB3250", .warning, "operation `\(operation)` can't be called",
                    at: .init(binding.path, line: element.line), refusal,
                    help: "the other operations of the contract can be used")
            }
            result.append(made)
        }
        checkOverloads(uses, name, binding)
        let encoded = result.count { !$0.isLiteral }
        if encoded > 0 {
            issues.add(
                "WB3232", .note, "binding `\(name.name)` uses SOAP encoding",
                at: .init(binding.path, line: binding.element.line),
                "bodies of \(encoded) \(encoded == 1 ? "operation" : "operations") are read as structs and arrays",
                help:
                    "values that refer to each other (`href`) are not followed; ask for a document/literal description")
        }
        return result
    }

    /// Operations of one name: only the first is meant when nothing else is said.
    private func checkOverloads(_ uses: [String: Int], _ name: XMLName, _ binding: WSDLDefinitions.Declaration) {
        for (operation, count) in uses.sorted(by: { $0.key < $1.key }) where count > 1 {
            let named = binding.element.children("operation", namespace: ContractNamespace.wsdl).filter {
                $0.attribute("name") == operation
            }
            let inputs = named.compactMap { $0.child("input", namespace: ContractNamespace.wsdl)?.attribute("name") }
            issues.add(
                "WB3258", .warning, "binding `\(name.name)` has \(count) operations `\(operation)`",
                at: .init(binding.path, line: named.last?.line ?? binding.element.line),
                "the name alone means the first",
                help: inputs.count == count
                    ? "write \(inputs.prefix(4).map { "`\(operation)(\($0))`" }.joined(separator: " or "))"
                    : "give their inputs names, so that `\(operation)(InputName)` can say which one is meant")
        }
    }

    private func transportRefusal(_ soap: XMLElement, _ version: SOAPBindingVersion) -> String? {
        guard let transport = soap.attribute("transport"), !transport.isEmpty else { return nil }
        let known = [
            "http://schemas.xmlsoap.org/soap/http", "http://schemas.xmlsoap.org/soap/http/",
            "http://www.w3.org/2003/05/soap/bindings/HTTP/", "http://www.w3.org/2003/05/soap/bindings/HTTP",
            "https://schemas.xmlsoap.org/soap/http",
        ]
        return known.contains(transport) ? nil : "its transport is not HTTP: `\(transport)`"
    }

    private func portType(of binding: WSDLDefinitions.Declaration) -> (name: XMLName, WSDLDefinitions.Declaration)? {
        guard let type = binding.element.attribute("type"), let name = binding.element.resolve(type),
            let declaration = definitions.portTypes[name]
        else {
            let type = binding.element.attribute("type") ?? ""
            missing("port type", type, definitions.portTypes.keys.map(\.name), binding.element, binding.path)
            return nil
        }
        if abstractOperations[name] == nil {
            var operations: [String: [XMLElement]] = [:]
            for operation in declaration.element.children("operation", namespace: ContractNamespace.wsdl) {
                if let name = operation.attribute("name") { operations[name, default: []].append(operation) }
            }
            abstractOperations[name] = operations
        }
        return (name, declaration)
    }

    /// Of overloaded operations the one with the same input name, else the one at the same place.
    func abstractOperation(_ name: String, _ bound: XMLElement, place: Int, _ portType: XMLName) -> XMLElement? {
        let wsdl = ContractNamespace.wsdl
        let named = abstractOperations[portType]?[name] ?? []
        if named.count > 1, let input = bound.child("input", namespace: wsdl)?.attribute("name"),
            let match = named.first(where: { $0.child("input", namespace: wsdl)?.attribute("name") == input })
        {
            return match
        }
        return named.indices.contains(place) ? named[place] : named.first
    }

    /// The names of a port type's operations, for suggestions.
    func operationNames(_ portType: XMLName) -> [String] { abstractOperations[portType].map { Array($0.keys) } ?? [] }

    static func namespace(_ version: SOAPBindingVersion) -> String {
        version == .v11 ? ContractNamespace.soap11 : ContractNamespace.soap12
    }

    func missing(
        _ what: String, _ name: String, _ known: @autoclosure () -> [String], _ element: XMLElement, _ path: String
    ) {
        issues.add(
            "WB3231", .warning, "no \(what) `\(name)` is declared", at: .init(path, line: element.line),
            "what it says may be anything",
            help: similar(name, known()).map { "a similar name is `\($0)`" }
                ?? "correct the name, or import the description that declares it")
    }

    /// The schemas to validate bodies by: those of the contract, and what checks the wrappers of the rpc style.
    func validationSchemas() -> XSDSchemaSet {
        guard let schema = wrappers.schema() else { return schemas }
        var loader = definitions.schemas
        loader.add(schema, path: RPCWrappers.namespace)
        return loader.set()
    }

    private func similar(_ name: String, _ known: [String]) -> String? {
        guard searches > 0 else { return nil }
        searches -= 1
        return Spelling.nearest(name, in: known.sorted())
    }
}

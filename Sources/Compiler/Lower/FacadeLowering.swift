import Contracts
import Diagnostics
import RouteGraph

/// `accept: { soap: … }` to services: the operations with one path share a contract, a dispatch table and a description.
struct FacadeLowering {
    /// What the contract says of a facade's operation.
    struct Operation {
        var operation: WSDLOperation
        var request: Contract?
        var response: Contract?
        var isOneWay: Bool { operation.output == nil }
    }

    /// An operation that may become a part of a service.
    struct Candidate: Sendable {
        var path: String
        var accept: SourceSpan
        var contract: Located<String>
        var name: Located<String>
        var operation: WSDLOperation
        var input: ElementShape
    }

    private struct Service {
        var path: String
        var contract: String
        var span: SourceSpan
        var entries: [ServicePlan.Entry] = []
        var spans: [SourceSpan] = []
        var allowed: Set<Int> = []
    }

    private var services: [Service] = []

    /// The operation that `accept` names; what is wrong with the name is reported by `candidate`.
    static func operation(_ operation: ParsedOperation, _ context: inout CompileContext) -> Operation? {
        guard let accept = operation.accept?.service, let path = accept.contract, let name = accept.operation,
            let document = context.contract(path), let found = document.operation(named: name.value)
        else { return nil }
        return Operation(
            operation: found, request: document.request(operation: name.value),
            response: found.output == nil ? nil : document.response(operation: name.value))
    }

    /// What `accept` names, when it can be served.
    static func candidate(_ accept: ParsedAccept, _ context: inout CompileContext) -> Candidate? {
        guard let service = accept.service, let contract = service.contract, let name = service.operation,
            let document = context.contract(contract)
        else { return nil }
        guard document.language == .wsdl else {
            context.sink.add(
                Diagnostic(
                    "WB2108", "`\(contract.path.value)` is not a WSDL", at: contract.span,
                    "a SOAP facade needs one", help: "name the WSDL that the callers of `\(accept.path)` are given"))
            return nil
        }
        guard let found = document.operation(named: name.value) else {
            let names = document.operations.map(\.name)
            let near = Spelling.nearest(name.value, in: names)
            context.sink.add(
                Diagnostic(
                    "WB2108", "the WSDL has no operation `\(name.value)`", at: name.span, "not in \(document.path)",
                    help: near.map { "write `\($0)`" } ?? "it has: \(names.prefix(12).joined(separator: ", "))",
                    fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
            return nil
        }
        guard found.isLiteral, let input = found.input else {
            context.sink.add(
                Diagnostic(
                    "WB4002", "`\(name.value)` cannot be served", at: name.span,
                    found.isLiteral ? "its request has no element" : "it is rpc/encoded",
                    help: "a facade serves document/literal and rpc/literal operations"))
            return nil
        }
        return Candidate(
            path: accept.path, accept: accept.span, contract: contract.path, name: name, operation: found, input: input)
    }

    mutating func add(
        _ candidate: Candidate, index: Int, allowed: Set<Int>, _ router: inout Router, _ sink: inout DiagnosticSink
    ) {
        let (name, found) = (candidate.name, candidate.operation)
        guard let at = position(candidate, &router, &sink) else { return }
        let twin = services[at].entries.map(\.contract).firstIndex { other in
            let actions = [other.soapAction, found.soapAction]
            return other.input?.elementName == candidate.input.elementName
                && (actions[0] == actions[1] || actions.contains(""))
        }
        if let twin {
            sink.add(
                Diagnostic(
                    "WB2103", "two operations at `\(candidate.path)` take the same message `\(candidate.input.name)`",
                    at: name.span,
                    secondary: [Label(services[at].spans[twin], "the first")],
                    help: "give one of them a path of its own"))
            return
        }
        services[at].entries.append(ServicePlan.Entry(found, operation: index))
        services[at].spans.append(name.span)
        services[at].allowed.formUnion(allowed)
    }

    /// The position of the service at a path, which is made when it is first named.
    private mutating func position(
        _ candidate: Candidate, _ router: inout Router, _ sink: inout DiagnosticSink
    ) -> Int? {
        if let at = services.firstIndex(where: { $0.path == candidate.path }) {
            if services[at].contract == candidate.contract.value { return at }
            sink.add(
                Diagnostic(
                    "WB2103", "the service at `\(candidate.path)` has two contracts", at: candidate.contract.span,
                    secondary: [Label(services[at].span, "the first")],
                    help: "operations with one path are one service: name the same WSDL, or another path"))
            return nil
        }
        do throws(RouteConflict) {
            try router.add(service: services.count, pattern: candidate.path)
        } catch {
            let reason = if case .invalid(let text) = error { text } else { "another operation accepts it" }
            sink.add(
                Diagnostic("WB2103", "no service can be at `\(candidate.path)`: \(reason)", at: candidate.accept))
            return nil
        }
        services.append(
            Service(path: candidate.path, contract: candidate.contract.value, span: candidate.contract.span))
        return services.count - 1
    }

    func plans(_ context: inout CompileContext) -> [ServicePlan] {
        services.map { service in
            ServicePlan(
                path: service.path, entries: service.entries,
                description: context.description(of: service.contract) { Self.description(service.contract, $0) },
                allowed: service.allowed)
        }
    }

    private static func description(
        _ contract: String, _ load: @escaping (String) -> [UInt8]?
    ) -> ServiceDescription {
        let marker = "urn:waybill:address-of-this-service"
        let served = ServedWSDL.make(path: contract, address: marker, load: load)
        return ServiceDescription(
            parts: (served?.parts ?? []).map { part in
                var pieces: [ServiceDescription.Piece] = []
                var rest = part.bytes[...]
                while let at = rest.firstRange(of: marker.utf8) {
                    pieces += [.bytes(Array(rest[..<at.lowerBound])), .address]
                    rest = rest[at.upperBound...]
                }
                return ServiceDescription.Part(query: part.query, pieces: pieces + [.bytes(Array(rest))])
            })
    }
}

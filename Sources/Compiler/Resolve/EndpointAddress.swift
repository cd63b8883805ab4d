import Contracts
import Diagnostics

/// Where a route gives no URL, the address that its contract gives: a WSDL's `soap:address`, an OpenAPI document's server.
enum EndpointAddress {
    static func complete(_ route: inout ParsedRoute, _ context: inout CompileContext) {
        guard let endpoint = route.endpoint, endpoint.places.isEmpty, !endpoint.isPoisoned,
            let contract = endpoint.contract, let document = context.contract(contract)
        else { return }
        let written = addresses(document, endpoint.protocol?.value)
        let parsed = written.compactMap { text -> ParsedURL? in
            if case .success(let url) = ParsedURL.parse(text) { return url }
            return nil
        }
        if let url = parsed.first, parsed.count == 1 {
            var place = ParsedPlace(span: contract.span)
            place.url = Located(url, at: contract.span)
            route.endpoint?.places = [place]
            return
        }
        let known = written.prefix(8).map { "`\($0)`" }.joined(separator: ", ")
        context.sink.add(
            Diagnostic(
                "WB4016",
                parsed.isEmpty
                    ? "nothing says where the partner is"
                    : "the contract gives several addresses",
                at: contract.span,
                written.isEmpty
                    ? "this contract gives no address"
                    : parsed.isEmpty ? "what it gives can't be called: \(known)" : "which one is meant is not said",
                notes: parsed.isEmpty ? [] : ["they are \(known)"],
                help: "write `url:` below `endpoint`"
                    + (parsed.isEmpty ? "; the partner says what it is" : ", with the one that is called")))
    }

    /// What a contract gives, each once; of a WSDL those of the version that is spoken.
    private static func addresses(_ document: ContractDocument, _ spoken: ParsedProtocol?) -> [String] {
        var found: [String] = document.openAPI?.servers ?? []
        let ports = document.services.flatMap(\.ports).filter { $0.version != nil && !$0.address.isEmpty }
        let version: SOAPBindingVersion = spoken == .soap12 ? .v12 : .v11
        let fitting = ports.filter { $0.version == version }
        found += (fitting.isEmpty ? ports : fitting).map(\.address)
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }
}

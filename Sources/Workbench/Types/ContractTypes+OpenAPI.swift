internal import Contracts
internal import Diagnostics

extension ContractTypes {
    /// The operations of an OpenAPI document.
    static func whole(_ api: OpenAPIDocument, _ document: ContractDocument) -> TypeListing {
        var listing = TypeListing(path: document.path, part: nil, language: document.language)
        listing.facts = facts(of: api)
        listing.partKind = "operation"
        for operation in api.operations {
            var facts = operation.name == operation.methodAndPath ? [] : [operation.methodAndPath]
            let statuses = operation.responses.map(\.status.description).joined(separator: " ")
            if !statuses.isEmpty { facts.append(statuses) }
            if operation.isDeprecated { facts.append("deprecated") }
            listing.parts.append(.init(name: operation.name, facts: facts, source: operation.source))
        }
        return listing
    }

    /// A part of an OpenAPI document; nil after an error in `sink`.
    static func openAPI(
        _ api: OpenAPIDocument, _ document: ContractDocument, _ part: String, _ options: TypeOptions, _ file: FileID,
        _ sink: inout DiagnosticSink
    ) -> TypeListing? {
        var listing = TypeListing(path: document.path, part: part, language: document.language)
        switch api.part(named: part) {
        case .operation(let operation)?:
            listing.facts = [operation.methodAndPath] + security(operation, api)
            if operation.isDeprecated { listing.facts.append("deprecated") }
            listing.sections = parameters(operation, options) + request(operation, options)
            for response in operation.responses { listing.sections += sections(response, options) }
        case .request(let operation)?:
            listing.facts = [operation.methodAndPath]
            listing.sections = parameters(operation, options) + request(operation, options)
        case .response(let operation, let response)?:
            listing.facts = [operation.methodAndPath]
            listing.sections = sections(response, options)
        case .schema(let schema)?:
            listing.sections = [section("", [], schema.shape(), options)]
        case nil:
            let names = api.operations.map(\.name) + api.schemas.compactMap(\.name)
            noSuch("operation or schema", part, names, document, file, &sink)
            return nil
        }
        return listing
    }

    private static func facts(of api: OpenAPIDocument) -> [String] {
        var facts = ["\(api.version.rawValue)"]
        if !api.title.isEmpty { facts.append(api.title) }
        facts += api.servers.prefix(2).map { "at \($0)" }
        return facts
    }

    private static func security(_ operation: OpenAPIOperation, _ api: OpenAPIDocument) -> [String] {
        let ways = operation.security.map { set in
            set.map { name in
                switch api.securitySchemes.first(where: { $0.name == name })?.kind {
                case .apiKey(let name, let place)?: "API key in \(place.rawValue) \(name)"
                case .http(let scheme)?: "HTTP \(scheme)"
                case .oauth2?: "OAuth 2"
                case .openIdConnect?: "OpenID Connect"
                case .mutualTLS?: "mutual TLS"
                case nil: name
                }
            }.joined(separator: " and ")
        }
        return ways.isEmpty ? [] : ["needs " + ways.joined(separator: ", or ")]
    }

    /// The parameters as rows, a section for each place they have in a call.
    private static func parameters(_ operation: OpenAPIOperation, _ options: TypeOptions) -> [TypeListing.Section] {
        let places: [(OpenAPIParameter.Place, String)] = [
            (.path, "path parameters"), (.query, "query parameters"), (.header, "headers"), (.cookie, "cookies"),
        ]
        return places.compactMap { place, title in
            let some = operation.parameters.filter { $0.place == place }
            guard !some.isEmpty else { return nil }
            let rows = some.map { parameter in
                var row = TypeWalk(parameter.schema?.shape(.request) ?? .any, depth: 0, limit: 1).rows[0]
                row.path = parameter.name
                row.required = parameter.isRequired
                row.source = parameter.source
                let usual: OpenAPIParameter.Style = place == .query || place == .cookie ? .form : .simple
                var notes: [String] = []
                if parameter.style != usual { notes.append("style \(parameter.style.rawValue)") }
                if parameter.isExploded != (parameter.style == .form) {
                    notes.append(parameter.isExploded ? "exploded" : "not exploded")
                }
                if let type = parameter.mediaType { notes.append(type) }
                if parameter.isDeprecated { notes.append("deprecated") }
                row.note = notes.joined(separator: ", ")
                return row
            }
            return .init(title: title, facts: [], rows: rows)
        }
    }

    private static func request(_ operation: OpenAPIOperation, _ options: TypeOptions) -> [TypeListing.Section] {
        guard let body = operation.request else { return [] }
        return sections("request", body.contents, body.isRequired ? [] : ["may be left out"], .request, options)
    }

    private static func sections(_ response: OpenAPIResponse, _ options: TypeOptions) -> [TypeListing.Section] {
        let title = "answer \(response.status)"
        if response.contents.isEmpty { return [.init(title: title, facts: ["no body"], rows: [])] }
        return sections(title, response.contents, [], .response, options)
    }

    /// A section for each body; media types that share a schema share a section.
    private static func sections(
        _ title: String, _ contents: [OpenAPIContent], _ facts: [String], _ direction: MessageDirection,
        _ options: TypeOptions
    ) -> [TypeListing.Section] {
        var groups: [(types: [String], schema: OpenAPISchema?)] = []
        for content in contents {
            if let index = groups.firstIndex(where: { $0.schema?.isSame(as: content.schema) ?? (content.schema == nil) }
            ) {
                groups[index].types.append(content.mediaType)
            } else {
                groups.append(([content.mediaType], content.schema))
            }
        }
        return groups.map { group in
            section(
                title, [group.types.joined(separator: ", ")] + facts + (group.schema?.name.map { [$0] } ?? []),
                group.schema?.shape(direction) ?? .any, options)
        }
    }
}

extension OpenAPIOperation {
    /// What a request's body looks like, in the format asked for; else in the first of those that the gateway writes.
    ///
    /// The root is `any` when the operation takes no body, or one of which nothing is said.
    public func requestContract(_ format: OpenAPIContent.Format? = nil) -> Contract {
        contract(request.flatMap { OpenAPIOperation.chosen($0.contents, format) }, .request)
    }

    /// What the body of a success looks like; where several differ, what fits at least one of them.
    public func responseContract(_ format: OpenAPIContent.Format? = nil) -> Contract {
        let contents = successes.compactMap { OpenAPIOperation.chosen($0.contents, format) }
        guard contents.count > 1 else { return contract(contents.first, .response) }
        let shapes = contents.map { $0.format == .xml ? .any : $0.schema?.shape(.response) ?? .any }
        return Contract(root: shapes.contains { $0.isAny } ? .any : Shape.union(of: shapes), http: self)
    }

    /// What the body of one answer looks like.
    public func responseContract(_ response: OpenAPIResponse, _ format: OpenAPIContent.Format? = nil) -> Contract {
        contract(OpenAPIOperation.chosen(response.contents, format), .response)
    }

    /// Whether a body in this format is described.
    public func takes(_ format: OpenAPIContent.Format) -> Bool {
        request?.contents.contains { $0.format == format } == true
    }

    private func contract(_ content: OpenAPIContent?, _ direction: MessageDirection) -> Contract {
        if let content, content.format == .xml {
            // Attributes, wrappers and names of their own would need another type: the fields are left open.
            return Contract(root: .any, rootElement: content.schema?.element, http: self)
        }
        // Only JSON bodies have their types where the schema looks for them.
        let validator = content?.format == .json ? content?.schema?.validator(direction) : nil
        return Contract(root: content?.schema?.shape(direction) ?? .any, http: self, validator: validator)
    }

    private static func chosen(_ contents: [OpenAPIContent], _ format: OpenAPIContent.Format?) -> OpenAPIContent? {
        if let format { return contents.first { $0.format == format } }
        for format in [OpenAPIContent.Format.json, .form, .xml, .text] {
            if let content = contents.first(where: { $0.format == format }) { return content }
        }
        return contents.first
    }
}

extension OpenAPIDocument.Part {
    /// The message that is meant where nothing else says so: an operation's request.
    var contract: Contract {
        switch self {
        case .operation(let operation), .request(let operation): return operation.requestContract()
        case .response(let operation, let response): return operation.responseContract(response)
        case .schema(let schema): return Contract(root: schema.shape(), validator: schema.validator())
        }
    }
}

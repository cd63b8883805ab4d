extension OpenAPIReader {
    // MARK: - 3.0 and 3.1

    func body(_ written: SchemaNode?, in owner: Location) -> OpenAPIBody? {
        guard let written, let location = files.dereferenced(Location(node: written, path: owner.path)) else {
            return nil
        }
        guard isObject(location.node["content"]) else {
            malformed("a body has no `content`", location, "media types with their schemas stand there")
            return OpenAPIBody(isRequired: location.node["required"]?.boolean == true, contents: [])
        }
        return OpenAPIBody(
            isRequired: location.node["required"]?.boolean == true,
            contents: contents(location.node["content"], in: location))
    }

    private func contents(_ written: SchemaNode?, in owner: Location) -> [OpenAPIContent] {
        (written?.members ?? []).prefix(100).map { member in
            let location = files.dereferenced(Location(node: member.value, path: owner.path))
            let schema = location.flatMap { location in
                location.node["schema"].flatMap { self.schema($0, in: location) }
            }
            return OpenAPIContent(mediaType: member.name, schema: schema)
        }
    }

    func responses(_ written: SchemaNode?, in owner: Location) -> [OpenAPIResponse] {
        var result: [OpenAPIResponse] = []
        for member in (written?.members ?? []).prefix(1_000) where !member.name.hasPrefix("x-") {
            let place = Location(node: member.value, path: owner.path)
            guard let status = OpenAPIResponse.Status(member.name) else {
                malformed("`\(member.name)` is not a status", place, "a number, a range as `4XX`, or `default`")
                continue
            }
            guard let location = files.dereferenced(place) else {
                result.append(OpenAPIResponse(status: status, summary: "", contents: [], headers: []))
                continue
            }
            let node = location.node
            let found =
                version == .v20
                ? node["schema"].map { oldContents($0, owner, location) } ?? []
                : contents(node["content"], in: location)
            result.append(
                OpenAPIResponse(
                    status: status, summary: node["description"]?.string ?? "", contents: found,
                    headers: headers(node["headers"], in: location)))
        }
        return result
    }

    private func headers(_ written: SchemaNode?, in owner: Location) -> [OpenAPIParameter] {
        (written?.members ?? []).prefix(200).compactMap { member in
            files.dereferenced(Location(node: member.value, path: owner.path)).map {
                parameter(member.name, .header, $0)
            }
        }
    }

    // MARK: - 2.0

    /// The body parameter, or the form fields as one object.
    func oldBody(_ parameters: [OpenAPIOwnParameter], _ operation: Location) -> OpenAPIBody? {
        let types = mediaTypes("consumes", operation.node)
        if let body = parameters.first(where: { $0.place == "body" }) {
            let schema = body.location.node["schema"].flatMap { self.schema($0, in: body.location) }
            return OpenAPIBody(
                isRequired: body.location.node["required"]?.boolean == true,
                contents: (types.isEmpty ? ["application/json"] : types).map {
                    OpenAPIContent(mediaType: $0, schema: schema)
                })
        }
        let fields = parameters.filter { $0.place == "formData" }
        guard let first = fields.first else { return nil }
        let range = first.location.node.range
        let required = fields.filter { $0.location.node["required"]?.boolean == true }
        let properties = fields.map { SchemaNode.Member(name: $0.name, value: inline($0.location).node) }
        var members: [SchemaNode.Member] = [
            .init(name: "type", value: SchemaNode(.string("object"), range: range)),
            .init(name: "properties", value: SchemaNode(.object(properties), range: range)),
        ]
        if !required.isEmpty {
            let names = required.map { SchemaNode(.string($0.name), range: $0.location.node.range) }
            members.append(.init(name: "required", value: SchemaNode(.array(names), range: range)))
        }
        let location = Location(node: SchemaNode(.object(members), range: range), path: first.location.path)
        let schema = schema(at: location, name: nil)
        let forms = types.filter { OpenAPIContent.format(of: $0) == .form || $0.hasPrefix("multipart/") }
        return OpenAPIBody(
            isRequired: !required.isEmpty,
            contents: (forms.isEmpty ? ["application/x-www-form-urlencoded"] : forms).map {
                OpenAPIContent(mediaType: $0, schema: schema)
            })
    }

    private func oldContents(_ schema: SchemaNode, _ operation: Location, _ response: Location) -> [OpenAPIContent] {
        let types = mediaTypes("produces", operation.node)
        let schema = self.schema(schema, in: response)
        return (types.isEmpty ? ["application/json"] : types).map { OpenAPIContent(mediaType: $0, schema: schema) }
    }

    private func mediaTypes(_ keyword: String, _ operation: SchemaNode) -> [String] {
        Array((operation[keyword] ?? root.node[keyword])?.items.compactMap(\.string).prefix(32) ?? [])
    }
}

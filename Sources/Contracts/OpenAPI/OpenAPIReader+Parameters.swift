/// A parameter as it is written; in Swagger 2.0 bodies and form fields are parameters too.
struct OpenAPIOwnParameter {
    var name: String
    /// `path`, `query`, …, `body`, `formData`.
    var place: String
    var location: OpenAPIFiles.Location
    /// Nil for a body and for form fields.
    var parameter: OpenAPIParameter?

    /// Two of the same name in one place are the same parameter.
    var key: [String] { [place, name] }
}

extension OpenAPIReader {
    /// Headers of which OpenAPI says that a parameter is to be ignored: content and credentials are described elsewhere.
    private static let ignoredHeaders: Set<String> = ["accept", "content-type", "authorization"]

    func parameters(_ list: SchemaNode?, in owner: Location) -> [OpenAPIOwnParameter] {
        var result: [OpenAPIOwnParameter] = []
        var seen: Set<[String]> = []
        for item in (list?.items ?? []).prefix(1_000) {
            guard let location = files.dereferenced(Location(node: item, path: owner.path)) else { continue }
            let node = location.node
            guard let place = node["in"]?.string, let name = node["name"]?.string else {
                malformed("a parameter has no name or no place", location, "`name` and `in` are needed")
                continue
            }
            var own = OpenAPIOwnParameter(name: name, place: place, location: location)
            if let kind = OpenAPIParameter.Place(rawValue: place), kind != .cookie || version != .v20 {
                if kind == .header, OpenAPIReader.ignoredHeaders.contains(name.lowercased()) { continue }
                own.parameter = parameter(name, kind, location)
            } else if version != .v20 || (place != "body" && place != "formData") {
                malformed(
                    "`\(place)` is not a place of a parameter", location,
                    version == .v20 ? "path, query, header, body or formData" : "path, query, header or cookie")
                continue
            }
            guard seen.insert(own.key).inserted else {
                malformed("the \(place) parameter `\(name)` is there twice", location, "the first one is taken")
                continue
            }
            result.append(own)
        }
        return result
    }

    func parameter(_ name: String, _ place: OpenAPIParameter.Place, _ location: Location) -> OpenAPIParameter {
        let node = location.node
        var isRequired = node["required"]?.boolean == true
        if place == .path, !isRequired {
            malformed(
                "the path parameter `\(name)` is not required", location,
                "a path has all its parts: it is taken as required")
            isRequired = true
        }
        let (style, isExploded) = version == .v20 ? oldStyle(node, place) : style(node, place, location)
        var schema: OpenAPISchema?
        var mediaType: String?
        if version == .v20 {
            schema = self.schema(at: inline(location), name: nil)
        } else if let written = node["schema"] {
            schema = self.schema(written, in: location)
        } else if let content = node["content"]?.members.first {
            mediaType = content.name
            schema = content.value["schema"].flatMap { self.schema($0, in: location) }
        }
        return OpenAPIParameter(
            name: name, place: place, isRequired: isRequired, style: style, isExploded: isExploded,
            isDeprecated: node["deprecated"]?.boolean == true, schema: schema, mediaType: mediaType,
            source: files.source(location))
    }

    private func style(
        _ node: SchemaNode, _ place: OpenAPIParameter.Place, _ location: Location
    ) -> (OpenAPIParameter.Style, Bool) {
        let usual: OpenAPIParameter.Style = place == .query || place == .cookie ? .form : .simple
        var style = usual
        if let written = node["style"]?.string {
            let allowed: [OpenAPIParameter.Style] =
                switch place {
                case .path: [.matrix, .label, .simple]
                case .query: [.form, .spaceDelimited, .pipeDelimited, .deepObject]
                case .header: [.simple]
                case .cookie: [.form]
                }
            if let known = OpenAPIParameter.Style(rawValue: written), allowed.contains(known) {
                style = known
            } else {
                malformed(
                    "`\(written)` is not a style of a \(place.rawValue) parameter", location,
                    "one of \(allowed.map(\.rawValue).joined(separator: ", ")): `\(usual.rawValue)` is taken")
            }
        }
        return (style, node["explode"]?.boolean ?? (style == .form))
    }

    /// `collectionFormat` of Swagger 2.0.
    private func oldStyle(_ node: SchemaNode, _ place: OpenAPIParameter.Place) -> (OpenAPIParameter.Style, Bool) {
        let usual: OpenAPIParameter.Style = place == .query ? .form : .simple
        switch node["collectionFormat"]?.string {
        case "multi": return (.form, true)
        case "ssv": return (.spaceDelimited, false)
        case "pipes": return (.pipeDelimited, false)
        case "tsv": return (.tabDelimited, false)
        default: return (usual, false)
        }
    }

    /// A parameter of Swagger 2.0 is its own schema, but for the keywords that say where it goes.
    func inline(_ location: Location) -> Location {
        let about: Set<String> = ["name", "in", "required", "description", "collectionFormat", "allowEmptyValue"]
        let members = location.node.members.filter { !about.contains($0.name) }
        return Location(node: SchemaNode(.object(members), range: location.node.range), path: location.path)
    }

    func schema(_ node: SchemaNode, in owner: Location) -> OpenAPISchema? {
        guard node.isSchema else {
            malformed("a schema is an object", Location(node: node, path: owner.path), "this is ignored")
            return nil
        }
        let name = OpenAPIFiles.reference(node)?.split(whereSeparator: { $0 == "/" || $0 == "#" }).last.map(String.init)
        return schema(at: Location(node: node, path: owner.path), name: name)
    }

    /// Every `{name}` of a path is declared, and every path parameter stands in it.
    func checkTemplate(_ path: String, _ parameters: [OpenAPIParameter], _ location: Location) {
        let names = OpenAPITemplate.names(in: path)
        let declared = parameters.filter { $0.place == .path }.map(\.name)
        for name in names where !declared.contains(name) {
            malformed(
                "the path `\(path)` names `{\(name)}`, which is not declared", location,
                "no path parameter of this operation has this name")
        }
        for name in declared where !names.contains(name) {
            malformed(
                "the path parameter `\(name)` does not stand in `\(path)`", location, "nothing takes its value")
        }
    }
}

/// The path of an operation, with names between braces.
public enum OpenAPITemplate {
    /// A piece of a path.
    public enum Piece: Sendable, Equatable {
        case text(String)
        case parameter(String)
    }

    /// The pieces in their order; a brace that is not closed is text.
    public static func pieces(of path: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = path[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            let name = rest[rest.index(after: open)..<close]
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            pieces.append(.parameter(String(name)))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// The names between braces.
    public static func names(in path: String) -> [String] {
        pieces(of: path).compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }
}

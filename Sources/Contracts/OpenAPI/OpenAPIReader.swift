internal import Diagnostics

/// Reads what an OpenAPI document says of its operations.
struct OpenAPIReader {
    typealias Location = OpenAPIFiles.Location

    static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
    /// Parameters, media types and answers of all operations together: references let a small document say a lot.
    private static let budget = 500_000

    let files: OpenAPIFiles
    let issues: ContractIssues
    let version: OpenAPIVersion
    let root: Location
    private var operations: [OpenAPIOperation] = []
    private var ids: [String: Int] = [:]
    private var repeated: Set<String> = []
    private var unnamed: [Location] = []
    private var spent = 0
    /// Every place that holds a schema, gathered while the operations are read.
    private let places = Places()

    private final class Places {
        var locations: [Location] = []
    }

    /// A schema at a place, which is entered with all others when the operations have been read.
    func schema(at location: Location, name: String?) -> OpenAPISchema {
        places.locations.append(location)
        return OpenAPISchema(location, name: name, in: files)
    }

    init(_ files: OpenAPIFiles, root: SchemaNode, path: String, version: OpenAPIVersion, issues: ContractIssues) {
        self.files = files
        self.issues = issues
        self.version = version
        self.root = Location(node: root, path: path)
    }

    /// The version that a document says it is written in; nil after a diagnostic.
    static func version(of root: SchemaNode, path: String, issues: ContractIssues) -> OpenAPIVersion? {
        let written = (root["openapi"] ?? root["swagger"])?.scalar ?? ""
        let parts = written.split(separator: ".")
        switch parts.prefix(2).joined(separator: ".") {
        case "2.0" where root["swagger"] != nil: return .v20
        case "3.0" where root["openapi"] != nil: return .v30
        case "3.1" where root["openapi"] != nil: return .v31
        default:
            issues.add(
                "WB3226", .error, "OpenAPI \(written) is not read", at: .init(path, line: 1),
                "2.0, 3.0 and 3.1 are read", help: "ask the partner for the document in one of these versions")
            return nil
        }
    }

    mutating func read() -> OpenAPIDocument {
        let paths = root.node["paths"]?.members ?? []
        if !isObject(root.node["paths"]), version != .v31 || root.node["paths"] != nil {
            malformed("`\(root.path)` has no `paths`", root, "an OpenAPI document lists its paths")
        }
        var count = 0
        for member in paths where !member.name.hasPrefix("x-") {
            let location = Location(node: member.value, path: root.path)
            guard member.name.hasPrefix("/") else {
                malformed("`\(member.name)` is not a path", location, "a path begins with `/`")
                continue
            }
            count += 1
            guard let item = files.dereferenced(location) else { continue }
            read(item, path: member.name)
            guard spent < OpenAPIReader.budget else {
                issues.add(
                    "WB3240", .error, "`\(root.path)` describes too much", at: .init(root.path, line: 1),
                    "more than \(OpenAPIReader.budget) parameters, bodies and answers: the rest is left out",
                    help: "keep only the operations that are called")
                break
            }
        }
        nameRepeated()
        noteUnnamed()
        let schemas = schemas()
        files.enter(places.locations, issues: issues)
        return OpenAPIDocument(
            version: version, title: root.node["info"]?["title"]?.string ?? "", servers: servers(),
            operations: operations, pathCount: count, schemas: schemas, securitySchemes: securitySchemes(),
            files: files, path: root.path)
    }

    // MARK: - Operations

    private mutating func read(_ item: Location, path: String) {
        let shared = parameters(item.node["parameters"], in: item)
        for member in item.node.members {
            guard OpenAPIReader.methods.contains(member.name) else { continue }
            let location = Location(node: member.value, path: item.path)
            guard isObject(member.value) else {
                malformed("`\(member.name)` of `\(path)` is not an operation", location, "an object stands here")
                continue
            }
            operation(location, method: member.name.uppercased(), path: path, shared)
        }
    }

    private mutating func operation(
        _ location: Location, method: String, path: String, _ shared: [OpenAPIOwnParameter]
    ) {
        let node = location.node
        var all = parameters(node["parameters"], in: location)
        let own = Set(all.map(\.key))
        all += shared.filter { !own.contains($0.key) }
        spent += all.count + 1
        let declared = all.compactMap(\.parameter)
        checkTemplate(path, declared, location)
        let id = node["operationId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        if let id {
            if ids.updateValue(operations.count, forKey: id) != nil { repeated.insert(id) }
        } else {
            unnamed.append(location)
        }
        let request = version == .v20 ? oldBody(all, location) : body(node["requestBody"], in: location)
        let responses = responses(node["responses"], in: location)
        spent += (request?.contents.count ?? 0) + responses.reduce(0) { $0 + $1.contents.count + $1.headers.count + 1 }
        operations.append(
            OpenAPIOperation(
                name: id ?? "\(method) \(path)", operationId: id, method: method, path: path,
                summary: node["summary"]?.string ?? "", parameters: declared, request: request, responses: responses,
                security: security(node["security"] ?? root.node["security"]),
                isDeprecated: node["deprecated"]?.boolean == true, source: files.source(location)))
    }

    /// Operations that share an identifier are known by method and path only, so that none is taken for another.
    private mutating func nameRepeated() {
        guard !repeated.isEmpty else { return }
        var first: [String: String] = [:]
        for index in operations.indices {
            guard let id = operations[index].operationId, repeated.contains(id) else { continue }
            let operation = operations[index]
            operations[index].name = operation.methodAndPath
            if let other = first[id] {
                issues.add(
                    "WB3228", .warning, "two operations have the operationId `\(id)`",
                    at: .init(operation.source.path, line: operation.source.line),
                    "`\(operation.methodAndPath)` has it, and `\(other)`",
                    help: "name them by method and path: `\(root.path)#\(operation.methodAndPath)`")
            } else {
                first[id] = operation.methodAndPath
            }
        }
    }

    private func noteUnnamed() {
        guard let first = unnamed.first, let name = operations.first(where: { $0.operationId == nil })?.name else {
            return
        }
        let count = unnamed.count
        issues.add(
            "WB3227", .note, "\(count) operation\(count == 1 ? " has" : "s have") no `operationId`",
            at: files.place(first), count == 1 ? "this one" : "the first of them",
            help: "name them by method and path: `\(root.path)#\(name)`")
    }

    // MARK: - The whole document

    private func servers() -> [String] {
        if version == .v20 {
            guard let host = root.node["host"]?.string else { return root.node["basePath"]?.string.map { [$0] } ?? [] }
            let schemes = root.node["schemes"]?.items.compactMap(\.string) ?? []
            let base = root.node["basePath"]?.string ?? ""
            return (schemes.isEmpty ? ["https"] : schemes).map { "\($0)://\(host)\(base == "/" ? "" : base)" }
        }
        return (root.node["servers"]?.items ?? []).compactMap { server in
            guard var url = server["url"]?.string else { return nil }
            for variable in server["variables"]?.members.prefix(32) ?? [] {
                guard let value = variable.value["default"]?.scalar else { continue }
                url = url.replacing("{\(variable.name)}", with: value)
            }
            return url
        }
    }

    private func schemas() -> [OpenAPISchema] {
        let named = version == .v20 ? root.node["definitions"] : root.node["components"]?["schemas"]
        return (named?.members ?? []).compactMap { member in
            guard member.value.isSchema else { return nil }
            return schema(at: Location(node: member.value, path: root.path), name: member.name)
        }
    }

    private func security(_ node: SchemaNode?) -> [[String]] {
        let sets = (node?.items ?? []).map { $0.members.map(\.name) }
        // An empty object means that no scheme is needed either.
        return sets.contains([]) ? [] : sets
    }

    private func securitySchemes() -> [OpenAPISecurityScheme] {
        let named = version == .v20 ? root.node["securityDefinitions"] : root.node["components"]?["securitySchemes"]
        return (named?.members ?? []).compactMap { member in
            guard let location = files.dereferenced(Location(node: member.value, path: root.path)) else { return nil }
            let node = location.node
            let kind: OpenAPISecurityScheme.Kind
            switch node["type"]?.string {
            case "apiKey":
                guard let name = node["name"]?.string,
                    let place = node["in"]?.string.flatMap(OpenAPIParameter.Place.init(rawValue:)), place != .path
                else {
                    malformed(
                        "the API key `\(member.name)` has no place", location, "`name` and `in` say where it goes")
                    return nil
                }
                kind = .apiKey(name: name, in: place)
            case "http": kind = .http(node["scheme"]?.string?.lowercased() ?? "")
            case "basic" where version == .v20: kind = .http("basic")
            case "oauth2": kind = .oauth2
            case "openIdConnect": kind = .openIdConnect
            case "mutualTLS": kind = .mutualTLS
            default:
                malformed(
                    "`\(node["type"]?.scalar ?? "")` is not a kind of security scheme", location,
                    "apiKey, http, oauth2, openIdConnect or mutualTLS")
                return nil
            }
            return OpenAPISecurityScheme(name: member.name, kind: kind)
        }
    }

    // MARK: - Diagnostics

    func isObject(_ node: SchemaNode?) -> Bool {
        if case .object? = node?.content { return true }
        return false
    }

    func malformed(_ title: String, _ location: Location, _ label: String, help: String? = nil) {
        issues.add("WB3225", .warning, title, at: files.place(location), label, help: help)
    }
}

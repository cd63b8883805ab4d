internal import Diagnostics
internal import Synchronization

/// An OpenAPI document with the files that it refers to: immutable, so that types may be read from it at any time.
final class OpenAPIFiles: Sendable {
    struct File: Sendable {
        var path: String
        var root: SchemaNode
        var lines: LineTable
    }

    /// A value and the file it is in.
    struct Location: Sendable {
        var node: SchemaNode
        var path: String
    }

    let files: [String: File]
    /// Files of the workspace by the address that `catalog.json` gives for them.
    private let catalog: [String: String]
    let main: String
    /// The schemas, once all places that hold one are known.
    private let set = Mutex<JSONSchemaSet?>(nil)
    private let dialect: JSONSchemaDialect

    init(main: String, files: [String: File], catalog: [String: String], dialect: JSONSchemaDialect) {
        self.main = main
        self.files = files
        self.catalog = catalog
        self.dialect = dialect
    }

    // MARK: - Places

    /// What a reference in the file at `path` means; nil when it leads nowhere.
    func resolve(_ reference: String, in path: String) -> Location? {
        let (address, fragment) = OpenAPIFiles.split(reference)
        guard let target = OpenAPIFiles.file(address, from: path, catalog), let file = files[target] else { return nil }
        let pointer = String(decoding: ContractPath.percentDecoded(fragment), as: UTF8.self)
        if pointer.isEmpty { return Location(node: file.root, path: target) }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var node = file.root
        for token in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = String(token.replacing("~1", with: "/").replacing("~0", with: "~"))
            if let next = node[name] {
                node = next
            } else if let index = Int(name), node.items.indices.contains(index) {
                node = node.items[index]
            } else {
                return nil
            }
        }
        return Location(node: node, path: target)
    }

    /// The value at the end of a chain of references; nil when the chain leads nowhere or back to itself.
    func dereferenced(_ location: Location) -> Location? {
        var location = location
        for _ in 0..<32 {
            guard let reference = OpenAPIFiles.reference(location.node) else { return location }
            guard let next = resolve(reference, in: location.path) else { return nil }
            location = next
        }
        return nil
    }

    /// What an object refers to.
    static func reference(_ node: SchemaNode) -> String? { node["$ref"]?.string }

    /// A reference without and with its fragment.
    static func split(_ reference: String) -> (address: String, fragment: String) {
        guard let hash = reference.firstIndex(of: "#") else { return (reference, "") }
        return (String(reference[..<hash]), String(reference[reference.index(after: hash)...]))
    }

    /// The path of the file that an address means; nil for one outside of the workspace.
    static func file(_ address: String, from path: String, _ catalog: [String: String]) -> String? {
        if address.isEmpty { return path }
        if let local = catalog[address] { return local }
        guard case .file(let target) = ContractPath.resolve(address, from: path) else { return nil }
        return target
    }

    // MARK: - Sources

    func source(_ location: Location) -> ShapeSource {
        ShapeSource(path: location.path, line: line(location))
    }

    func place(_ location: Location) -> ContractIssues.Place {
        ContractIssues.Place(
            location.path, line: line(location), range: location.node.range.isEmpty ? nil : location.node.range)
    }

    private func line(_ location: Location) -> Int {
        files[location.path]?.lines.line(at: location.node.range.lowerBound) ?? 1
    }

    // MARK: - Schemas

    /// Reads the schemas at these places and all that they refer to; what is wrong with them is reported.
    func enter(_ schemas: [Location], issues: ContractIssues) {
        var loader = JSONSchemaLoader(options: .init(dialect: dialect), issues: issues, load: { _ in nil })
        let made = loader.read(
            main: main,
            known: files.mapValues { JSONSchemaSet.File(path: $0.path, root: $0.root, lines: $0.lines) },
            catalog: catalog, schemas: schemas.map { ($0.node, $0.path) })
        set.withLock { $0 = made }
    }

    /// The type that a schema describes, and what checks messages against it.
    func compile(
        _ location: Location, name: String?, _ direction: MessageDirection
    ) -> (shape: Shape, validator: (any MessageValidator)?) {
        guard let set = set.withLock({ $0 }), let resource = set.resource(ofFile: location.path) else {
            return (.any, nil)
        }
        let place = set.inside(.init(schema: location.node, resource: resource), location.node)
        let shape = JSONSchemaExpander(set, direction: direction).shape(place, name: name)
        let issues = ContractIssues(path: location.path, file: FileID(index: .max), bytes: [])
        let compiler = SchemaCompiler(set, options: .init(dialect: dialect, direction: direction), issues: issues)
        return (shape, compiler.compile(place).map { JSONSchemaValidator(program: $0) })
    }
}

extension SchemaNode {
    /// An object, or one of the two schemas that are a boolean.
    var isSchema: Bool {
        switch content {
        case .object, .boolean: true
        default: false
        }
    }
}

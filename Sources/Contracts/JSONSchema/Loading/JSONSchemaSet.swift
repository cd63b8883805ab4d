internal import Patterns

/// A schema file with all the files it refers to: immutable, so that types may be read from it at any time.
final class JSONSchemaSet: Sendable {
    struct File: Sendable {
        var path: String
        var root: SchemaNode
        var lines: LineTable
    }

    /// A schema with an address of its own: a file, or a part of one with `$id`.
    struct Resource: Sendable {
        /// Without a fragment.
        var address: String
        var path: String
        var root: SchemaNode
        var dialect: JSONSchemaDialect
        var vocabulary: SchemaVocabulary
        var anchors: [String: SchemaNode] = [:]
        var dynamicAnchors: [String: SchemaNode] = [:]
        var isRecursiveAnchor = false
    }

    /// A schema and the resource it belongs to.
    struct Location: Sendable {
        var schema: SchemaNode
        var resource: Int
    }

    let files: [String: File]
    let resources: [Resource]
    /// Resources by address, also by those that only lead to them (a file's own path, a catalog's entry).
    private let addresses: [String: Int]
    /// The resource of every place that is known to hold a schema.
    private let contexts: [ObjectIdentifier: Int]
    /// The compiled patterns, by their source; those with mistakes are missing.
    let patterns: [String: Pattern]
    /// Whether a `$dynamicRef` or `$recursiveRef` occurs.
    let isDynamic: Bool
    /// Where compiling begins, unless something else is named.
    let main: Location

    init(
        main: Location, files: [String: File], resources: [Resource], addresses: [String: Int],
        contexts: [ObjectIdentifier: Int], patterns: [String: Pattern], isDynamic: Bool
    ) {
        self.main = main
        self.files = files
        self.resources = resources
        self.addresses = addresses
        self.contexts = contexts
        self.patterns = patterns
        self.isDynamic = isDynamic
    }

    /// The resource of a file's root.
    func resource(ofFile path: String) -> Int? { addresses[SchemaURI.workspace(path)] }

    func path(of location: Location) -> String { resources[location.resource].path }

    func dialect(of location: Location) -> JSONSchemaDialect { resources[location.resource].dialect }

    func file(of location: Location) -> File? { files[path(of: location)] }

    /// A schema inside another: it may begin a resource of its own.
    func inside(_ location: Location, _ schema: SchemaNode) -> Location {
        Location(schema: schema, resource: contexts[ObjectIdentifier(schema)] ?? location.resource)
    }

    /// The schema that a `$ref` in that resource means; nil when it leads nowhere.
    func resolve(_ reference: String, in resource: Int) -> Location? {
        let (address, fragment) = SchemaURI.split(reference)
        var index = resource
        if !address.isEmpty {
            let whole = SchemaURI.resolve(address, base: resources[resource].address)
            guard let known = addresses[whole] else { return nil }
            index = known
        }
        let root = Location(schema: resources[index].root, resource: index)
        guard !fragment.isEmpty else { return root }
        let decoded = String(decoding: ContractPath.percentDecoded(fragment), as: UTF8.self)
        guard decoded.hasPrefix("/") else {
            return resources[index].anchors[decoded].map { Location(schema: $0, resource: index) }
        }
        return walk(decoded, from: root)
    }

    /// The schema at a JSON Pointer, through whatever lies on its way.
    func walk(_ pointer: String, from root: Location) -> Location? {
        guard let tokens = JSONPointer.tokens(pointer) else { return nil }
        var current = root
        for token in tokens {
            guard let next = JSONPointer.step(current.schema, token) else { return nil }
            current = inside(current, next)
        }
        return current
    }
}

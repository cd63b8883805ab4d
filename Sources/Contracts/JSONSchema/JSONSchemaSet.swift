/// A JSON Schema file with all the files it refers to: immutable, so that types may be read from it at any time.
final class JSONSchemaSet: Sendable {
    struct File: Sendable {
        var path: String
        var root: JSONTree
        var lines: LineTable
    }

    /// A schema and the file it is in.
    struct Location: Sendable {
        var schema: JSONTree
        var path: String
    }

    let main: String
    let files: [String: File]
    /// Schemas by `$id` (`id` in draft 4), as written and as resolved against the file's own.
    private let identifiers: [String: Location]
    /// Schemas by file and `$anchor` (or `$id: "#name"`): the key is `path#name`.
    private let anchors: [String: JSONTree]

    init(main: String, files: [String: File], identifiers: [String: Location], anchors: [String: JSONTree]) {
        self.main = main
        self.files = files
        self.identifiers = identifiers
        self.anchors = anchors
    }

    /// The schema that a `$ref` in the file at `path` means; nil when it leads nowhere.
    func resolve(_ reference: String, in path: String) -> Location? {
        let (address, fragment) = JSONSchemaSet.split(reference)
        if let whole = identifiers[reference] { return whole }
        guard let base = resource(address, in: path) else { return nil }
        guard !fragment.isEmpty else { return base }
        let decoded = String(decoding: ContractPath.percentDecoded(fragment), as: UTF8.self)
        if decoded.hasPrefix("/") {
            return base.schema.value(at: decoded).map { Location(schema: $0, path: base.path) }
        }
        return anchors[base.path + "#" + decoded].map { Location(schema: $0, path: base.path) }
    }

    private func resource(_ address: String, in path: String) -> Location? {
        if address.isEmpty { return files[path].map { Location(schema: $0.root, path: path) } }
        if let known = identifiers[address] { return known }
        // A reference relative to the file's own identifier.
        if let own = files[path]?.root["$id"]?.string ?? files[path]?.root["id"]?.string,
            let known = identifiers[JSONSchemaSet.joined(own, address)]
        {
            return known
        }
        guard case .file(let target) = ContractPath.resolve(address, from: path) else { return nil }
        return files[target].map { Location(schema: $0.root, path: target) }
    }

    /// A reference without and with its fragment.
    static func split(_ reference: String) -> (address: String, fragment: String) {
        guard let hash = reference.firstIndex(of: "#") else { return (reference, "") }
        return (String(reference[..<hash]), String(reference[reference.index(after: hash)...]))
    }

    /// A relative reference in the folder of an identifier (RFC 3986, section 5.3, without dot segments).
    static func joined(_ base: String, _ reference: String) -> String {
        if ContractPath.scheme(of: reference) != nil { return reference }
        let whole = split(base).address
        guard let slash = whole.lastIndex(of: "/") else { return reference }
        return String(whole[...slash]) + reference
    }
}

/// Reads a schema, or a document with schemas in it, and makes shapes and validators of its parts.
///
/// One compiler reads its files once, whatever is compiled from them.
///
///     let compiler = JSONSchemaCompiler(root: node, path: "api/payments.yaml", bytes: bytes,
///         options: JSONSchemaOptions(dialect: .openAPI30), parts: ["/components/schemas/Order"],
///         issues: issues, load: load)
///     let order = compiler.compile(pointer: "/components/schemas/Order", direction: .request)
final class JSONSchemaCompiler {
    private let set: JSONSchemaSet
    private let options: JSONSchemaOptions
    private let issues: ContractIssues

    /// - Parameters:
    ///   - root: The whole document; its offsets are into `bytes`.
    ///   - path: Its file, relative to the workspace: the base of relative references.
    ///   - parts: Pointers to the schemas of a document that is no schema itself; nil when it is one. Schemas they
    ///     refer to need not be named.
    ///   - readOther: Reads files that are not JSON; nil for those it does not know either. Also asked for `root`'s own
    ///     neighbours in YAML.
    init(
        root: SchemaNode, path: String, bytes: [UInt8], options: JSONSchemaOptions = JSONSchemaOptions(),
        parts: [String]? = nil, issues: ContractIssues, readOther: (([UInt8], String) -> SchemaNode?)? = nil,
        load: @escaping (String) -> [UInt8]?
    ) {
        self.options = options
        self.issues = issues
        var loader = JSONSchemaLoader(options: options, issues: issues, readOther: readOther, load: load)
        set = loader.read(path: path, root: root, bytes: bytes, parts: parts)
    }

    /// A schema that was compiled.
    struct Compiled {
        var shape: Shape
        /// Nil when the schema can't be run, which has been reported.
        var validator: (any MessageValidator)?
    }

    /// The files that were read, the root's first.
    var files: [String] {
        let main = set.path(of: set.main)
        return [main] + set.files.keys.filter { $0 != main }.sorted()
    }

    /// The schema that follows `#` where a contract is named: a pointer, an anchor, or the name of a definition. Nil
    /// when there is no such schema.
    func compile(fragment: String?) -> Compiled? {
        guard let fragment else { return compile(set.main, name: nil, direction: options.direction) }
        for reference in ["#" + fragment, "#/$defs/" + fragment, "#/definitions/" + fragment] {
            if let found = set.resolve(reference, in: set.main.resource) {
                return compile(found, name: JSONSchemaExpander.name(of: fragment), direction: options.direction)
            }
        }
        return nil
    }

    /// The schema at a JSON Pointer into the root, not percent-encoded; nil when nothing is there.
    func compile(pointer: String, direction: MessageDirection = .any) -> Compiled? {
        set.walk(pointer, from: set.main).map {
            compile($0, name: JSONSchemaExpander.name(of: pointer), direction: direction)
        }
    }

    private func compile(
        _ location: JSONSchemaSet.Location, name: String?, direction: MessageDirection
    ) -> Compiled {
        var options = options
        options.direction = direction
        let shape = JSONSchemaExpander(set, direction: direction).shape(location, name: name)
        let compiler = SchemaCompiler(set, options: options, issues: issues)
        let validator = compiler.compile(location).map { JSONSchemaValidator(program: $0) }
        return Compiled(shape: shape, validator: validator)
    }
}

internal import Diagnostics
internal import Documents
internal import YAML

/// The text of an OpenAPI document, JSON or YAML, as one kind of tree.
enum OpenAPISource {
    /// The tree, or nil after a diagnostic.
    ///
    /// - Parameter file: The file in the source store, for the main document; nil for one that it refers to.
    static func parse(_ bytes: [UInt8], path: String, file: FileID?, issues: ContractIssues) -> SchemaNode? {
        isYAML(path, bytes) ? yaml(bytes, path, file, issues) : json(bytes, path, issues)
    }

    private static func isYAML(_ path: String, _ bytes: [UInt8]) -> Bool {
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") { return true }
        if path.hasSuffix(".json") { return false }
        return bytes.first { $0 > 0x20 && $0 < 0x80 } != UInt8(ascii: "{")
    }

    private static func json(_ bytes: [UInt8], _ path: String, _ issues: ContractIssues) -> SchemaNode? {
        JSONSchemaLoader(issues: issues, load: { _ in nil }).parse(bytes, path: path)
    }

    private static func yaml(
        _ bytes: [UInt8], _ path: String, _ file: FileID?, _ issues: ContractIssues
    ) -> SchemaNode? {
        var sink = DiagnosticSink()
        let node = YAMLReader.read(bytes, file: file ?? FileID(index: .max), explainsTraps: false, into: &sink)
        if file != nil {
            issues.add(contentsOf: sink)
        } else if let first = sink.diagnostics.first(where: { $0.severity == .error }) {
            let line = LineTable(bytes).line(at: Int(first.primary?.span.start ?? 0))
            issues.add("WB3202", .error, "`\(path)` is not well-formed YAML", at: .init(path, line: line), first.title)
        }
        guard sink.errorCount == 0 else { return nil }
        guard let node else {
            issues.add("WB3202", .error, "`\(path)` is empty", at: .init(path, line: 1), "nothing is here")
            return nil
        }
        return tree(node, range: node.span.range)
    }

    private static func tree(_ node: YAMLNode, of key: Located<String>) -> SchemaNode {
        // Line ends around a reference come from folding it.
        if key.value == "$ref", case .scalar(let scalar) = node.content {
            let text = scalar.text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
            return SchemaNode(.string(String(text)), range: key.span.range)
        }
        return tree(node, range: key.span.range)
    }

    /// The depth is bounded by the limits of the YAML reader.
    private static func tree(_ node: YAMLNode, range: Range<Int>) -> SchemaNode {
        switch node.content {
        case .scalar(let scalar): return SchemaNode(content(scalar), range: range)
        case .sequence(let items): return SchemaNode(.array(items.map { tree($0, range: $0.span.range) }), range: range)
        case .mapping(let entries):
            let members = entries.map {
                SchemaNode.Member(name: $0.key.value, value: tree($0.value, of: $0.key))
            }
            return SchemaNode(.object(members), range: range)
        case .poisoned: return SchemaNode(.null, range: range)
        }
    }

    /// A plain scalar is null, a boolean, or a number where JSON could write it so; dates, versions such as `1.0.0` and
    /// numbers with leading zeros are text.
    private static func content(_ scalar: YAMLScalar) -> SchemaNode.Content {
        guard scalar.style == .plain else { return .string(scalar.text) }
        switch scalar.text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: return isNumber(scalar.text) ? .number(scalar.text) : .string(scalar.text)
        }
    }

    /// RFC 8259, section 6.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func digits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let hasZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !hasZero || whole == 1 else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if let sign = rest.first, sign | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

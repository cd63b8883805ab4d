import Documents
import RouteGraph

/// Turns a target tree into the steps of a mapping program. Constant text is collected in one run of bytes.
struct TemplateWriter {
    private(set) var steps: [MappingStep] = []
    private(set) var constants: [UInt8] = []
    private let rows: [RowPlan]
    /// Prefix for each namespace, for XML.
    private let prefixes: [String: String]
    private var pending = ""

    init(rows: [RowPlan], prefixes: [String: String] = [:]) {
        self.rows = rows
        self.prefixes = prefixes
    }

    // MARK: JSON

    mutating func json(_ root: TargetNode) {
        if root.row != nil, root.children.isEmpty {
            leaf(root, prefix: "", suffix: "", json: true)
        } else {
            literal("{")
            for child in root.children { jsonMember(child) }
            literal("}")
        }
        flush()
    }

    private mutating func jsonMember(_ node: TargetNode) {
        let key = "\"\(Escape.json(node.name))\":"
        if let each = node.each {
            let open = begin(key + "[")
            let at = beginEach(each)
            if node.children.isEmpty {
                leaf(node, prefix: "", suffix: "", json: true)
            } else {
                let item = begin("{")
                for child in node.children { jsonMember(child) }
                end(item, "}", required: true)
            }
            endEach(at, each)
            end(open, "]", required: node.required)
        } else if node.children.isEmpty {
            leaf(node, prefix: key, suffix: "", json: true)
        } else {
            let open = begin(key + "{")
            for child in node.children { jsonMember(child) }
            end(open, "}", required: node.required)
        }
    }

    // MARK: XML

    /// Writes an element that is always there, with attributes (`xmlns…`) of its own.
    mutating func xmlRoot(_ node: TargetNode, declarations: String) {
        let name = qualified(node)
        literal("<\(name)\(declarations)")
        for child in node.children where child.isAttribute { xmlAttribute(child) }
        literal(">")
        if node.row != nil { leaf(node, prefix: "", suffix: "", json: false) }
        for child in node.children where !child.isAttribute { xmlElement(child) }
        literal("</\(name)>")
    }

    mutating func xmlElement(_ node: TargetNode) {
        let name = qualified(node)
        if let each = node.each {
            let at = beginEach(each)
            element(node, name, required: !node.children.isEmpty)
            endEach(at, each)
        } else {
            element(node, name, required: node.required)
        }
    }

    private mutating func element(_ node: TargetNode, _ name: String, required: Bool) {
        if node.children.isEmpty {
            leaf(node, prefix: "<\(name)>", suffix: "</\(name)>", json: false)
            return
        }
        let attributes = node.children.filter(\.isAttribute)
        let open = begin(attributes.isEmpty ? "<\(name)>" : "<\(name)")
        for attribute in attributes { xmlAttribute(attribute) }
        if !attributes.isEmpty { literal(">") }
        if node.row != nil { leaf(node, prefix: "", suffix: "", json: false) }
        for child in node.children where !child.isAttribute { xmlElement(child) }
        end(open, "</\(name)>", required: required)
    }

    private mutating func xmlAttribute(_ node: TargetNode) {
        let local = String(node.name.dropFirst())
        let name = node.namespace.flatMap { prefixes[$0] }.map { "\($0):\(local)" } ?? local
        leaf(node, prefix: " \(name)=\"", suffix: "\"", json: false, attribute: true)
    }

    private func qualified(_ node: TargetNode) -> String {
        node.namespace.flatMap { prefixes[$0] }.map { "\($0):\(node.name)" } ?? node.name
    }

    // MARK: Form

    mutating func form(_ root: TargetNode) {
        for child in root.children {
            leaf(child, prefix: Escape.form(child.name) + "=", suffix: "", json: false)
        }
        flush()
    }

    // MARK: Steps

    private mutating func leaf(_ node: TargetNode, prefix: String, suffix: String, json: Bool, attribute: Bool = false)
    {
        guard let row = node.row else { return }
        if rows[row].isPlain, case .constant(let value) = rows[row].source,
            let text = Escape.constant(value, rows[row].kind, json: json, attribute: attribute)
        {
            flush()
            steps.append(.content(add(prefix + text + suffix)))
            return
        }
        flush()
        let before = add(prefix)
        let after = add(suffix)
        steps.append(.field(row: Int32(clamping: row), prefix: before, suffix: after))
    }

    mutating func literal(_ text: String) { pending += text }

    mutating func flush() {
        guard !pending.isEmpty else { return }
        steps.append(.literal(add(pending)))
        pending = ""
    }

    private mutating func add(_ text: String) -> ConstantRange {
        let start = constants.count
        constants += Array(text.utf8)
        return ConstantRange(start..<constants.count)
    }

    private mutating func begin(_ text: String) -> Int {
        flush()
        steps.append(.open(add(text), close: 0))
        return steps.count - 1
    }

    private mutating func end(_ open: Int, _ text: String, required: Bool) {
        flush()
        steps.append(.close(add(text), required: required))
        if case .open(let bytes, _) = steps[open] {
            steps[open] = .open(bytes, close: Int32(clamping: steps.count - 1))
        }
    }

    private mutating func beginEach(_ row: Int) -> Int {
        flush()
        steps.append(.each(row: Int32(clamping: row), end: 0))
        return steps.count - 1
    }

    private mutating func endEach(_ at: Int, _ row: Int) {
        flush()
        steps[at] = .each(row: Int32(clamping: row), end: Int32(clamping: steps.count))
    }
}

/// Constant text as it stands in the output.
enum Escape {
    static func json(_ text: String) -> String { written { $0.writeJSONString($1, $2) }(text) }

    static func form(_ text: String) -> String { written { $0.writePercentEncoded($1, $2) }(text) }

    private static func written(_ body: @escaping (ByteWriter, UnsafePointer<UInt8>, Int) -> Void) -> (String) -> String
    {
        { text in
            let writer = ByteWriter(capacity: 64)
            var text = text
            text.withUTF8 { if let base = $0.baseAddress { body(writer, base, $0.count) } }
            return writer.string
        }
    }

    static func xml(_ text: String, attribute: Bool) -> String? {
        let writer = ByteWriter(capacity: 64)
        var text = text
        let fits = text.withUTF8 { p in
            guard let base = p.baseAddress else { return true }
            return attribute ? writer.writeXMLAttribute(base, p.count) : writer.writeXMLText(base, p.count)
        }
        return fits ? writer.string : nil
    }

    /// A constant as output, or nil when it has to be looked at while running.
    static func constant(_ value: Value, _ kind: TargetKind, json isJSON: Bool, attribute: Bool) -> String? {
        switch value {
        case .string(let text):
            if isJSON { return kind == .any || kind == .string ? "\"\(json(text))\"" : nil }
            return xml(text, attribute: attribute)
        case .boolean(let flag): return isJSON && kind == .string ? nil : (flag ? "true" : "false")
        case .number(let number): return isJSON && kind == .string ? nil : number.description
        default: return nil
        }
    }
}

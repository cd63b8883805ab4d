import Contracts

/// Short prefixes for the XML namespaces that a message uses, declared once at its root (Namespaces in XML 1.0, section 3).
struct NamespacePrefixes {
    private(set) var prefixes: [String: String] = [:]
    private var order: [String] = []
    private let preferred: [String: String]

    init(declared: [String: String]) {
        preferred = Dictionary(declared.map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }

    mutating func collect(_ root: TargetNode, rootElement: ElementName?, _ header: TargetNode) {
        if let namespace = rootElement?.namespace { use(namespace) }
        visit(root)
        visit(header)
    }

    private mutating func visit(_ node: TargetNode) {
        if let namespace = node.namespace { use(namespace) }
        for child in node.children { visit(child) }
    }

    private mutating func use(_ namespace: String) {
        guard prefixes[namespace] == nil else { return }
        let taken = Set(prefixes.values).union(["soap", "xml", "xmlns", "xsi"])
        var prefix = preferred[namespace] ?? (prefixes.isEmpty ? "m" : "m\(prefixes.count)")
        while taken.contains(prefix) { prefix += "1" }
        prefixes[namespace] = prefix
        order.append(namespace)
    }

    var declarations: String {
        order.map { " xmlns:\(prefixes[$0] ?? "m")=\"\(Escape.xml($0, attribute: true) ?? "")\"" }.joined()
    }
}

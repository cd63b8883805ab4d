import RouteGraph

/// A graph as text, the same for graphs that do the same: all of its values in a fixed order, without addresses.
enum GraphText {
    static func of(_ graph: RouteGraph?) -> String {
        guard let graph else { return "none" }
        var text = ""
        // The generation counts compilations.
        add(graph.settings, &text)
        add(graph.consumers, &text)
        add(graph.upstreams, &text)
        add(graph.operations, &text)
        add(graph.services, &text)
        add(graph.router, &text)
        return text
    }

    private static func add(_ value: Any, _ text: inout String) {
        let type = String(describing: Swift.type(of: value))
        // Memory of compiled schemas: what it is compiled from shows in the shapes.
        if type.contains("Unsafe") || type.contains("Validator") {
            text += "#"
            return
        }
        if value is any FixedWidthInteger || value is String || value is Bool || value is Secret {
            text += "\(value);"
            return
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .set, .dictionary:
            let entries = mirror.children.map { child in
                var entry = ""
                add(child.value, &entry)
                return entry
            }
            text += "{" + entries.sorted().joined(separator: ",") + "}"
        case .none where mirror.children.isEmpty: text += "\(value);"
        case .enum where mirror.children.isEmpty: text += "\(value);"
        default:
            text += type + "("
            for child in mirror.children {
                if let label = child.label { text += label + ":" }
                add(child.value, &text)
            }
            text += ")"
        }
    }
}

import Documents

/// Reads dotted paths of a flat document.
enum DocumentPath {
    /// The value at a path below `node`. Lists on the way are mapped over, as FEEL asks; nothing there is null.
    static func value(_ document: Document, _ node: Int, _ steps: ArraySlice<String>) -> Value {
        var node = node
        var steps = steps
        guard node >= 0, node < document.count else { return .null }
        while let step = steps.first {
            if document.nodes[node].kind == .array {
                var collected: [Value] = []
                eachItem(document, node) { item in
                    let value = value(document, item, steps)
                    if case .null = value { return }
                    if case .list(let inner) = value { collected += inner } else { collected.append(value) }
                }
                return .list(collected)
            }
            steps = steps.dropFirst()
            let child = find(document, node, step)
            guard child >= 0 else { return .null }
            if document.nodes[child].kind == .element {
                let second = nextSibling(document, child, parent: node)
                if second >= 0 {
                    var collected: [Value] = []
                    var sibling = child
                    while sibling >= 0 {
                        let value = steps.isEmpty ? document.value(sibling) : value(document, sibling, steps)
                        if case .null = value {} else { collected.append(value) }
                        sibling = nextSibling(document, sibling, parent: node)
                    }
                    return .list(collected)
                }
            }
            node = child
        }
        return document.value(node)
    }

    /// The node at a path below `node`, or -1. Only plain steps: nothing is mapped over.
    static func node(_ document: Document, _ node: Int, _ steps: [String]) -> Int {
        var node = node
        for step in steps {
            guard node >= 0 else { return -1 }
            node = find(document, node, step)
        }
        return node
    }

    private static func find(_ document: Document, _ node: Int, _ step: String) -> Int {
        var step = step
        return step.withUTF8 { name in
            if name.first == 0x40 {
                return document.attribute(node, named: UnsafeBufferPointer(rebasing: name.dropFirst()))
            }
            return document.child(node, named: name)
        }
    }

    /// The next element of the same name under the same parent, or -1.
    static func nextSibling(_ document: Document, _ node: Int, parent: Int) -> Int {
        let end = Int(document.nodes[parent].next)
        let name = document.name(node)
        var next = Int(document.nodes[node].next)
        while next < end {
            let other = document.name(next)
            if document.nodes[next].kind == .element, other.count == name.count, other.elementsEqual(name) {
                return next
            }
            next = Int(document.nodes[next].next)
        }
        return -1
    }

    private static func eachItem(_ document: Document, _ array: Int, _ body: (Int) -> Void) {
        let end = Int(document.nodes[array].next)
        var item = array + 1
        while item < end {
            body(item)
            item = Int(document.nodes[item].next)
        }
    }
}

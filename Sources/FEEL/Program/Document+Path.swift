public import Documents

extension Document {
    /// The value at a path below a node, as `FEELRoots.load` has to give it: a step through a list maps over it, a
    /// repeated element is a list, and what is not there is null. Only what the path ends at becomes a value.
    public func value(at path: [PathStep], from node: Int) -> Value {
        guard node >= 0, node < count else { return .null }
        return path.withUnsafeBufferPointer { value(at: $0, 0, node) }
    }

    private func value(at path: UnsafeBufferPointer<PathStep>, _ start: Int, _ from: Int) -> Value {
        var node = from
        var index = start
        while index < path.count {
            switch nodes[node].kind {
            case .object, .element:
                let found = path[index].bytes.withUnsafeBufferPointer { name in
                    path[index].isAttribute ? attribute(node, named: name) : child(node, named: name)
                }
                if found < 0 { return .null }
                index += 1
                if nodes[found].kind == .element, let values = repeated(found, of: node, path, index) {
                    return .list(values)
                }
                node = found
            case .array:
                var items: [Value] = []
                items.reserveCapacity(Int(nodes[node].childCount))
                var item = node + 1
                while item < nodes[node].next {
                    items.append(value(at: path, index, item))
                    item = Int(nodes[item].next)
                }
                return .list(items)
            default:
                return .null
            }
        }
        return value(node)
    }

    /// The values below an element and its siblings of the same name; nil when it is the only one.
    private func repeated(
        _ first: Int, of parent: Int, _ path: UnsafeBufferPointer<PathStep>, _ index: Int
    ) -> [Value]? {
        let name = name(first)
        var sibling = child(of: parent, from: Int(nodes[first].next), named: name)
        guard sibling >= 0 else { return nil }
        var values = [value(at: path, index, first)]
        while sibling >= 0 {
            values.append(value(at: path, index, sibling))
            sibling = child(of: parent, from: Int(nodes[sibling].next), named: name)
        }
        return values
    }
}

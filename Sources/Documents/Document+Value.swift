extension Document {
    /// A deep copy of a subtree as a value.
    ///
    /// JSON is taken naturally; a number beyond what `Decimal` holds becomes null. An XML element without attributes
    /// and child elements is a string, one with `xsi:nil` null. Any other is a context: attributes under `@name`,
    /// child elements under their local names, repeated ones as a list, its own text, if it has any, under the empty
    /// name. Attributes of the schema instance namespace (`xsi:type`) are left out.
    public func value(_ node: Int) -> Value {
        let n = nodes[node]
        switch n.kind {
        case .null: return .null
        case .false: return .boolean(false)
        case .true: return .boolean(true)
        case .number: return Decimal(ascii: text(node)).map(Value.number) ?? .null
        case .string, .attribute: return .string(string(node))
        case .array:
            var items: [Value] = []
            items.reserveCapacity(Int(n.childCount))
            var k = node + 1
            while k < n.next {
                items.append(value(k))
                k = Int(nodes[k].next)
            }
            return .list(items)
        case .object:
            var context = Context()
            var k = node + 1
            while k < n.next {
                context[nameString(k)] = value(k)
                k = Int(nodes[k].next)
            }
            return .context(context)
        case .element: return elementValue(node)
        }
    }

    private func elementValue(_ node: Int) -> Value {
        let n = nodes[node]
        if n.flags & NodeFlags.nil != 0 { return .null }
        if n.childCount == 0 { return .string(string(node)) }
        var context = Context()
        var k = node + 1
        while k < n.next, nodes[k].kind == .attribute {
            if !isSchemaInstance(nodes[k].namespace) { context["@" + nameString(k)] = .string(string(k)) }
            k += 1
        }
        if k == n.next, context.isEmpty { return .string(string(node)) }
        if n.valueCount > 0 { context[""] = .string(string(node)) }
        // Values of repeated elements are gathered first: growing a list inside the context would copy it each time.
        var groups: [(name: String, values: [Value])] = []
        var positions: [String: Int] = [:]
        while k < n.next {
            let name = nameString(k)
            let value = value(k)
            if let last = groups.indices.last, groups[last].name == name {
                groups[last].values.append(value)
            } else if let position = positions[name] {
                groups[position].values.append(value)
            } else {
                positions[name] = groups.count
                groups.append((name, [value]))
            }
            k = Int(nodes[k].next)
        }
        for group in groups {
            context[group.name] = group.values.count == 1 ? group.values[0] : .list(group.values)
        }
        return .context(context)
    }

    private func isSchemaInstance(_ namespace: UInt16) -> Bool {
        namespace > 0 && namespaceName(namespace).elementsEqual("http://www.w3.org/2001/XMLSchema-instance".utf8)
    }
}

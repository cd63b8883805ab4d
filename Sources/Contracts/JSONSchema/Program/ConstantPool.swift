internal import Documents

/// The values of `const` and `enum` and the names of members, laid out as a document is.
struct ConstantPool {
    private(set) var nodes: [Document.Node] = []
    private(set) var bytes: [UInt8] = []
    private var texts: [String: UInt32] = [:]

    /// Adds a value; the index of its node.
    mutating func add(_ value: SchemaNode) -> Int32 { Int32(append(value, name: nil)) }

    /// Adds a text; where it starts.
    mutating func add(text: String) -> UInt32 {
        if let known = texts[text] { return known }
        let start = UInt32(truncatingIfNeeded: bytes.count)
        bytes += Array(text.utf8)
        texts[text] = start
        return start
    }

    /// Adds bytes as they are; where they start.
    mutating func add(digits: [UInt8]) -> Range<Int> {
        let start = bytes.count
        bytes += digits
        return start..<bytes.count
    }

    /// Bytes after the end, so that words can be loaded across it.
    mutating func pad() { bytes += [UInt8](repeating: 0, count: 16) }

    private mutating func append(_ value: SchemaNode, name: String?) -> Int {
        let index = nodes.count
        let nameStart = name.map { add(text: $0) } ?? 0
        var kind = Document.NodeKind.null
        var text = ""
        switch value.content {
        case .null: break
        case .boolean(let flag): kind = flag ? .true : .false
        case .number(let number): (kind, text) = (.number, number)
        case .string(let string): (kind, text) = (.string, string)
        case .array: kind = .array
        case .object: kind = .object
        }
        nodes.append(
            Document.Node(
                kind: kind, flags: 0, namespace: 0, nameStart: nameStart,
                nameCount: UInt32(truncatingIfNeeded: name?.utf8.count ?? 0),
                valueStart: text.isEmpty ? 0 : add(text: text), valueCount: UInt32(truncatingIfNeeded: text.utf8.count),
                next: 0, childCount: UInt32(truncatingIfNeeded: value.items.count + value.members.count)))
        for item in value.items { _ = append(item, name: nil) }
        for member in value.members { _ = append(member.value, name: member.name) }
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
        return index
    }
}

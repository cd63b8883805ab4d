internal import Documents

/// A value of a schema's text: an immutable tree with byte offsets, which types and diagnostics may keep.
///
/// JSON and YAML readers both fill it, so that a schema is read in the same way wherever it is written. A `Document`
/// can't take its place: it is reused and belongs to one thread.
public final class SchemaNode: Sendable {
    public enum Content: Sendable {
        case null
        case boolean(Bool)
        /// In the spelling of the file, which must be a number of JSON (RFC 8259, section 6).
        case number(String)
        case string(String)
        case array([SchemaNode])
        case object([Member])
    }

    /// A member of an object, in the order of the file.
    public struct Member: Sendable {
        public var name: String
        public var value: SchemaNode

        public init(name: String, value: SchemaNode) {
            self.name = name
            self.value = value
        }
    }

    public let content: Content
    /// Bytes of the member's name, or of the value in an array: where a diagnostic points.
    public let range: Range<Int>
    /// Bytes of a scalar's own text, without quotes; empty when it is not known.
    public let valueRange: Range<Int>
    private let places: [String: Int]

    public init(_ content: Content, range: Range<Int>, valueRange: Range<Int> = 0..<0) {
        self.content = content
        self.range = range
        self.valueRange = valueRange
        var places: [String: Int] = [:]
        if case .object(let members) = content, members.count > 16 {
            for (index, member) in members.enumerated() { places[member.name] = index }
        }
        self.places = places
    }

    public subscript(_ name: String) -> SchemaNode? {
        guard case .object(let members) = content else { return nil }
        if !places.isEmpty { return places[name].map { members[$0].value } }
        return members.first { $0.name == name }?.value
    }

    /// The members of an object; empty for anything else.
    public var members: [Member] {
        if case .object(let members) = content { return members }
        return []
    }

    /// The items of an array; empty for anything else.
    public var items: [SchemaNode] {
        if case .array(let items) = content { return items }
        return []
    }

    public var string: String? {
        if case .string(let text) = content { return text }
        return nil
    }

    /// A number in the spelling of the file.
    public var number: String? {
        if case .number(let text) = content { return text }
        return nil
    }

    public var boolean: Bool? {
        if case .boolean(let value) = content { return value }
        return nil
    }

    public var isObject: Bool {
        if case .object = content { return true }
        return false
    }

    public var isArray: Bool {
        if case .array = content { return true }
        return false
    }

    /// A number without a fraction that a machine integer holds; `3.0` and `3e2` are such.
    var integer: Int? { number.flatMap { Int($0) ?? Decimal($0)?.intValue } }

    /// A scalar as text; nil for null, arrays and objects.
    var scalar: String? {
        switch content {
        case .string(let text), .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        case .null, .array, .object: return nil
        }
    }
}

extension SchemaNode {
    /// Copies a parsed JSON document. The depth of the tree is bounded by the limits of the parse.
    convenience init(_ document: Document) { self.init(document, node: document.root) }

    private convenience init(_ document: Document, node: Int) {
        let raw = document.nodes[node]
        let value = Int(raw.valueStart)..<(Int(raw.valueStart) + Int(raw.valueCount))
        let name = Int(raw.nameStart)..<(Int(raw.nameStart) + Int(raw.nameCount))
        let range = name.isEmpty ? value : name
        // Escapes are decoded in place, so that offsets inside such a text mean nothing.
        let own = raw.flags & Document.NodeFlags.escaped == 0 ? value : 0..<0
        switch raw.kind {
        case .true: self.init(.boolean(true), range: range, valueRange: own)
        case .false: self.init(.boolean(false), range: range, valueRange: own)
        case .number: self.init(.number(document.string(node)), range: range, valueRange: own)
        case .string: self.init(.string(document.string(node)), range: range, valueRange: own)
        case .array:
            var items: [SchemaNode] = []
            items.reserveCapacity(Int(raw.childCount))
            var child = node + 1
            while child < Int(raw.next) {
                items.append(SchemaNode(document, node: child))
                child = Int(document.nodes[child].next)
            }
            self.init(.array(items), range: range)
        case .object:
            var members: [Member] = []
            members.reserveCapacity(Int(raw.childCount))
            var child = node + 1
            while child < Int(raw.next) {
                members.append(
                    Member(name: document.nameString(child), value: SchemaNode(document, node: child)))
                child = Int(document.nodes[child].next)
            }
            self.init(.object(members), range: range)
        case .null, .element, .attribute: self.init(.null, range: range, valueRange: own)
        }
    }
}

internal import Documents

/// A JSON text as an immutable tree with byte offsets, which a lazily read type may keep. A `Document` may not be kept:
/// it is reused and belongs to one thread.
final class JSONTree: Sendable {
    enum Content: Sendable {
        case null
        case boolean(Bool)
        /// In the spelling of the file.
        case number(String)
        case string(String)
        case array([JSONTree])
        case object([Member])
    }

    struct Member: Sendable {
        var name: String
        var value: JSONTree
    }

    let content: Content
    /// Bytes of the member's name, or of the value in an array.
    let range: Range<Int>
    private let places: [String: Int]

    init(_ content: Content, range: Range<Int>) {
        self.content = content
        self.range = range
        var places: [String: Int] = [:]
        if case .object(let members) = content, members.count > 16 {
            for (index, member) in members.enumerated() { places[member.name] = index }
        }
        self.places = places
    }

    /// Copies a parsed document. The depth of the tree is bounded by the document's own limits.
    convenience init(_ document: Document) { self.init(document, node: document.root) }

    private convenience init(_ document: Document, node: Int) {
        let raw = document.nodes[node]
        let start = raw.nameCount > 0 ? raw.nameStart : raw.valueStart
        let count = raw.nameCount > 0 ? raw.nameCount : raw.valueCount
        let range = Int(start)..<(Int(start) + Int(count))
        switch raw.kind {
        case .null: self.init(.null, range: range)
        case .true: self.init(.boolean(true), range: range)
        case .false: self.init(.boolean(false), range: range)
        case .number: self.init(.number(String(decoding: document.text(node), as: UTF8.self)), range: range)
        case .string: self.init(.string(String(decoding: document.text(node), as: UTF8.self)), range: range)
        case .array:
            var items: [JSONTree] = []
            items.reserveCapacity(Int(raw.childCount))
            var child = node + 1
            while child < Int(raw.next) {
                items.append(JSONTree(document, node: child))
                child = Int(document.nodes[child].next)
            }
            self.init(.array(items), range: range)
        case .object:
            var members: [Member] = []
            members.reserveCapacity(Int(raw.childCount))
            var child = node + 1
            while child < Int(raw.next) {
                let name = String(decoding: document.name(child), as: UTF8.self)
                members.append(Member(name: name, value: JSONTree(document, node: child)))
                child = Int(document.nodes[child].next)
            }
            self.init(.object(members), range: range)
        default: self.init(.null, range: range)
        }
    }

    subscript(_ name: String) -> JSONTree? {
        guard case .object(let members) = content else { return nil }
        if !places.isEmpty { return places[name].map { members[$0].value } }
        return members.first { $0.name == name }?.value
    }

    var members: [Member] {
        if case .object(let members) = content { return members }
        return []
    }

    var items: [JSONTree] {
        if case .array(let items) = content { return items }
        return []
    }

    var string: String? {
        if case .string(let text) = content { return text }
        return nil
    }

    var number: String? {
        if case .number(let text) = content { return text }
        return nil
    }

    var integer: Int? { number.flatMap { Int($0) ?? (Double($0).flatMap { Int(exactly: $0) }) } }

    var boolean: Bool? {
        if case .boolean(let value) = content { return value }
        return nil
    }

    /// A scalar as text; nil for null, arrays and objects.
    var scalar: String? {
        switch content {
        case .string(let text), .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        case .null, .array, .object: return nil
        }
    }

    /// The value at a JSON Pointer (RFC 6901), already percent-decoded.
    func value(at pointer: String) -> JSONTree? {
        guard pointer.utf8.first == UInt8(ascii: "/") else { return pointer.isEmpty ? self : nil }
        var current = self
        for token in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = JSONTree.unescaped(token)
            switch current.content {
            case .object:
                guard let next = current[name] else { return nil }
                current = next
            case .array(let items):
                guard let index = Int(name), items.indices.contains(index) else { return nil }
                current = items[index]
            default: return nil
            }
        }
        return current
    }

    /// `~1` is a slash and `~0` a tilde (RFC 6901, section 4).
    private static func unescaped(_ token: Substring) -> String {
        var result: [UInt8] = []
        var pending = false
        for byte in token.utf8 {
            if pending {
                pending = false
                switch byte {
                case UInt8(ascii: "0"): result.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): result.append(UInt8(ascii: "/"))
                default: result += [UInt8(ascii: "~"), byte]
                }
            } else if byte == UInt8(ascii: "~") {
                pending = true
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

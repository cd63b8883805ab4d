/// A JSON Pointer (RFC 6901) in a reference or in a report.
enum JSONPointer {
    /// The names and indexes of a pointer, unescaped; nil when it does not begin with a slash.
    static func tokens(_ pointer: String) -> [String]? {
        if pointer.isEmpty { return [] }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        return pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(unescaped)
    }

    /// The part of a value that a name or index leads to.
    static func step(_ node: SchemaNode, _ token: String) -> SchemaNode? {
        switch node.content {
        case .object: return node[token]
        case .array(let items):
            guard token == "0" || token.utf8.first != UInt8(ascii: "0"), let index = Int(token),
                items.indices.contains(index), token.utf8.first != UInt8(ascii: "+")
            else { return nil }
            return items[index]
        default: return nil
        }
    }

    /// `~` and `/` of a name, written as a pointer needs them (RFC 6901, section 3).
    static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        var result: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "~"): result += [UInt8(ascii: "~"), UInt8(ascii: "0")]
            case UInt8(ascii: "/"): result += [UInt8(ascii: "~"), UInt8(ascii: "1")]
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `~1` is a slash and `~0` a tilde (RFC 6901, section 4).
    private static func unescaped(_ token: Substring) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return String(token) }
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
        if pending { result.append(UInt8(ascii: "~")) }
        return String(decoding: result, as: UTF8.self)
    }
}

/// How a field's name is written in a dotted path, so that the path can be pasted into a mapping.
enum TypePath {
    /// Words that begin something else where an expression begins.
    private static let words: Set<String> = [
        "and", "between", "else", "every", "external", "false", "for", "function", "if", "in", "instance", "not",
        "null",
        "of", "or", "return", "satisfies", "some", "then", "true",
    ]

    /// A step below `prefix` (which is empty or ends in a dot).
    static func joined(_ prefix: String, _ name: String) -> String {
        prefix + (isPlain(name) && !(prefix.isEmpty && words.contains(name)) ? name : "`\(name)`")
    }

    /// Letters, digits and `_`, not beginning with a digit; an attribute has `@` before that.
    private static func isPlain(_ name: String) -> Bool {
        let bytes = name.utf8.first == UInt8(ascii: "@") ? name.utf8.dropFirst() : name.utf8[...]
        guard let first = bytes.first, !(0x30...0x39).contains(first) else { return false }
        return bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                || byte >= 0x80
        }
    }
}

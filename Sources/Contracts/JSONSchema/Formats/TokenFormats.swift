internal import Patterns

/// Identifiers, pointers and patterns.
enum TokenFormats {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// RFC 4122, section 3.
    static func isUUID(_ text: Text) -> Bool {
        guard text.count == 36 else { return false }
        for i in 0..<36 {
            switch i {
            case 8, 13, 18, 23: if text[i] != 0x2D { return false }
            default: if !ASCII.isHex(text[i]) { return false }
            }
        }
        return true
    }

    /// RFC 6901, section 3.
    static func isPointer(_ text: Text, from start: Int) -> Bool {
        guard start < text.count else { return true }
        guard text[start] == UInt8(ascii: "/") else { return false }
        for i in start..<text.count where text[i] == UInt8(ascii: "~") {
            guard i + 1 < text.count, text[i + 1] == 48 || text[i + 1] == 49 else { return false }
        }
        return true
    }

    static func isRelativePointer(_ text: Text) -> Bool {
        var i = 0
        while i < text.count, ASCII.isDigit(text[i]) { i += 1 }
        guard i > 0, i == 1 || text[0] != 48 else { return false }
        if i < text.count, text[i] == UInt8(ascii: "#") { return i + 1 == text.count }
        return isPointer(text, from: i)
    }

    /// ECMA-262. What is well-formed but no automaton decides counts as a pattern, too.
    static func isPattern(_ text: Text) -> Bool {
        guard text.count <= 4096 else { return false }
        do throws(PatternError) {
            _ = try Pattern(String(decoding: text, as: UTF8.self), dialect: .ecmaScript)
            return true
        } catch {
            return error.kind != .syntax
        }
    }
}

/// Reads the value of an `Idempotency-Key` field.
public enum IdempotencyKey {
    /// Bytes that a key may have at most.
    public static let longest = 255
    /// The field's name as it is compared.
    static let name: StaticString = "idempotency-key"

    /// The key: a quoted string (RFC 9651, section 3.3.3), as the draft asks for, or a bare token, as most clients send it.
    /// Both spellings of a key are the same key.
    /// - Returns: nil when the value is neither, is empty or too long.
    public static func read(_ value: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard value.first == 0x22 else { return isSound(value) ? Array(value) : nil }
        var key: [UInt8] = []
        var i = 1
        while i < value.count {
            var byte = value[i]
            if byte == 0x22 { return i == value.count - 1 && isLengthSound(key.count) ? key : nil }
            if byte == 0x5C {
                i += 1
                guard i < value.count, value[i] == 0x22 || value[i] == 0x5C else { return nil }
                byte = value[i]
            } else if byte < 0x20 || byte > 0x7E {
                return nil
            }
            guard key.count < longest else { return nil }
            key.append(byte)
            i += 1
        }
        return nil
    }

    /// A key that an expression has made; any text will do that is not empty or too long.
    static func read(_ text: String) -> [UInt8]? {
        isLengthSound(text.utf8.count) ? Array(text.utf8) : nil
    }

    private static func isLengthSound(_ count: Int) -> Bool { count > 0 && count <= longest }

    /// Visible characters but those that would make a list or a quoted string of it.
    private static func isSound(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        isLengthSound(value.count)
            && value.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x2C && $0 != 0x3B && $0 != 0x5C }
    }
}

/// Reads scalars out of bytes that may be anything.
enum UTF8Reader {
    /// The scalar that begins at `index`, which is moved past it; nil when the bytes there are not valid UTF-8
    /// (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above 10FFFF).
    @inline(__always)
    static func next(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt32? {
        guard index < text.count else { return nil }
        let first = text[index]
        if first < 0x80 {
            index += 1
            return UInt32(first)
        }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first <= 0xF4, text.count - index >= length else { return nil }
        let second = text[index + 1]
        switch first {
        case 0xE0: if second < 0xA0 { return nil }
        case 0xED: if second > 0x9F { return nil }
        case 0xF0: if second < 0x90 { return nil }
        case 0xF4: if second > 0x8F { return nil }
        default: break
        }
        guard second & 0xC0 == 0x80 else { return nil }
        var scalar = (UInt32(first) & (0x7F >> UInt32(length))) << 6 | UInt32(second & 0x3F)
        for offset in 2..<max(length, 2) {
            let byte = text[index + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        index += length
        return scalar
    }

    /// Whether the rest of some bytes is valid UTF-8.
    static func isValid(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var index = start
        while index < text.count {
            if text[index] < 0x80 {
                index += 1
            } else if next(text, &index) == nil {
                return false
            }
        }
        return true
    }
}

/// What must hold before libyaml sees a file: UTF-8, and only characters that YAML allows (YAML 1.2.2 section 5.1).
enum TextCheck {
    enum Problem: Equatable {
        case encoding(String)
        case invalidUTF8
        case control(UInt32)
    }

    struct Result {
        /// Bytes of a leading byte-order mark.
        var start = 0
        var isASCII = true
        var problem: (Problem, range: Range<Int>)?
    }

    static func check(_ bytes: UnsafeBufferPointer<UInt8>) -> Result {
        var result = Result()
        if let name = foreignEncoding(bytes) {
            result.problem = (.encoding(name), 0..<min(2, bytes.count))
            return result
        }
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { result.start = 3 }
        var i = result.start
        let count = bytes.count
        while i < count {
            let byte = bytes[i]
            if byte >= 0x20, byte < 0x7F {
                i += 1
            } else if byte < 0x80 {
                guard byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                    result.problem = (.control(UInt32(byte)), i..<i + 1)
                    return result
                }
                i += 1
            } else {
                result.isASCII = false
                guard let (scalar, length) = decode(bytes, i) else {
                    result.problem = (.invalidUTF8, i..<i + 1)
                    return result
                }
                if (scalar < 0xA0 && scalar != 0x85) || scalar == 0xFFFE || scalar == 0xFFFF {
                    result.problem = (.control(scalar), i..<i + length)
                    return result
                }
                i += length
            }
        }
        return result
    }

    /// Strict decoding: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629 section 4).
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> (UInt32, Int)? {
        let lead = UInt32(bytes[at])
        let length: Int
        var scalar: UInt32
        switch lead {
        case 0xC2...0xDF: (length, scalar) = (2, lead & 0x1F)
        case 0xE0...0xEF: (length, scalar) = (3, lead & 0x0F)
        case 0xF0...0xF4: (length, scalar) = (4, lead & 0x07)
        default: return nil
        }
        guard at + length <= bytes.count else { return nil }
        for i in at + 1..<at + length {
            guard bytes[i] & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(bytes[i] & 0x3F)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard scalar >= least, scalar <= 0x10FFFF, !(0xD800...0xDFFF).contains(scalar) else { return nil }
        return (scalar, length)
    }

    /// UTF-16 and UTF-32 by their marks or by the zeros that their ASCII has (YAML 1.2.2 section 5.2).
    private static func foreignEncoding(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count >= 2 else { return nil }
        if bytes[0] == 0xFF, bytes[1] == 0xFE { return "UTF-16" }
        if bytes[0] == 0xFE, bytes[1] == 0xFF { return "UTF-16" }
        if bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 { return "UTF-32" }
        if bytes[0] == 0, bytes[1] != 0 { return "UTF-16" }
        if bytes[0] != 0, bytes[1] == 0 { return "UTF-16" }
        return nil
    }
}

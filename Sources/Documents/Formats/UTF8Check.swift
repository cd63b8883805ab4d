/// Strict UTF-8 (RFC 3629 §4): no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    /// The length of the well-formed sequence that starts with a byte of 0x80 or more; 0 when there is none. Four bytes
    /// are readable.
    @inline(__always)
    static func length(_ p: UnsafeMutablePointer<UInt8>) -> Int {
        let a = p[0], b = p[1]
        if a < 0xC2 { return 0 }
        if a < 0xE0 { return b & 0xC0 == 0x80 ? 2 : 0 }
        if b & 0xC0 != 0x80 || p[2] & 0xC0 != 0x80 { return 0 }
        if a < 0xF0 {
            if a == 0xE0 && b < 0xA0 || a == 0xED && b > 0x9F { return 0 }
            return 3
        }
        if a > 0xF4 || a == 0xF0 && b < 0x90 || a == 0xF4 && b > 0x8F || p[3] & 0xC0 != 0x80 { return 0 }
        return 4
    }

    /// The scalar of a well-formed sequence of two bytes or more.
    static func scalar(_ p: UnsafeMutablePointer<UInt8>, length: Int) -> UInt32 {
        let a = UInt32(p[0]), b = UInt32(p[1] & 0x3F)
        if length == 2 { return (a & 0x1F) << 6 | b }
        let c = UInt32(p[2] & 0x3F)
        if length == 3 { return (a & 0x0F) << 12 | b << 6 | c }
        return (a & 0x07) << 18 | b << 12 | c << 6 | UInt32(p[3] & 0x3F)
    }

    /// Writes a scalar and returns its length.
    static func encode(_ scalar: UInt32, to p: UnsafeMutablePointer<UInt8>) -> Int {
        if scalar < 0x80 {
            p[0] = UInt8(scalar)
            return 1
        }
        if scalar < 0x800 {
            p[0] = UInt8(0xC0 | scalar >> 6)
            p[1] = UInt8(0x80 | scalar & 0x3F)
            return 2
        }
        if scalar < 0x10000 {
            p[0] = UInt8(0xE0 | scalar >> 12)
            p[1] = UInt8(0x80 | scalar >> 6 & 0x3F)
            p[2] = UInt8(0x80 | scalar & 0x3F)
            return 3
        }
        p[0] = UInt8(0xF0 | scalar >> 18)
        p[1] = UInt8(0x80 | scalar >> 12 & 0x3F)
        p[2] = UInt8(0x80 | scalar >> 6 & 0x3F)
        p[3] = UInt8(0x80 | scalar & 0x3F)
        return 4
    }

    /// The value of a hexadecimal digit, or 255.
    @inline(__always)
    static func hexadecimal(_ c: UInt8) -> UInt8 {
        if c &- 0x30 < 10 { return c &- 0x30 }
        let letter = (c | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : 255
    }
}

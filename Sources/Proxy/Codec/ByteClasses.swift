import Glibc

/// The byte classes of HTTP's grammar, as bit masks: no tables, no globals, no branches on the way of a call.
enum ByteClasses {
    /// `tchar` (RFC 9110, section 5.6.2).
    @inline(__always)
    static func isToken(_ c: UInt8) -> Bool {
        contains(c, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Where the token that begins at `from` ends. Letters and hyphens, of which field names consist, go eight at a time.
    @inline(__always)
    static func tokenEnd(_ p: UnsafePointer<UInt8>, from: Int, to: Int) -> Int {
        let high: UInt64 = 0x8080_8080_8080_8080
        let rest: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        var i = from
        while i &+ 8 <= to {
            let word = UInt64(littleEndian: UnsafeRawPointer(p + i).loadUnaligned(as: UInt64.self))
            let lower = (word | 0x2020_2020_2020_2020) & rest
            let letters = (lower &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(lower &+ 0x0505_0505_0505_0505)
            let difference = word ^ 0x2D2D_2D2D_2D2D_2D2D
            let hyphens = ~(((difference & rest) &+ rest) | difference)
            let good = (letters | hyphens) & ~word & high
            if good == high {
                i &+= 8
                continue
            }
            i &+= (good ^ high).trailingZeroBitCount &>> 3
            guard isToken(p[i]) else { return i }
            i &+= 1
        }
        while i < to, isToken(p[i]) { i &+= 1 }
        return i
    }

    /// What a request target may consist of: RFC 3986 without fragments, with `[` and `]` let pass in queries.
    @inline(__always)
    static func isTarget(_ c: UInt8) -> Bool {
        contains(c, low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF)
    }

    /// `reg-name` (RFC 3986, section 3.2.2).
    @inline(__always)
    static func isRegisteredName(_ c: UInt8) -> Bool {
        contains(c, low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    @inline(__always)
    private static func contains(_ c: UInt8, low: UInt64, high: UInt64) -> Bool {
        let mask = c < 64 ? low : high
        return c < 128 && (mask &>> UInt64(c & 63)) & 1 == 1
    }

    @inline(__always)
    static func isDigit(_ c: UInt8) -> Bool { c &- 0x30 < 10 }

    /// The value of a hexadecimal digit, or -1.
    @inline(__always)
    static func hexValue(_ c: UInt8) -> Int {
        switch c {
        case 0x30...0x39: Int(c &- 0x30)
        case 0x41...0x46: Int(c &- 0x37)
        case 0x61...0x66: Int(c &- 0x57)
        default: -1
        }
    }

    /// `field-content` (RFC 9110, section 5.5): visible characters, space, tab and obs-text. Eight bytes at a time.
    @inline(__always)
    static func isFieldContent(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var i = 0
        while i &+ 8 <= count {
            let word = UnsafeRawPointer(p + i).loadUnaligned(as: UInt64.self)
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let zero = (delete &- 0x0101_0101_0101_0101) & ~delete
            if (below | zero) & 0x8080_8080_8080_8080 != 0 {
                for k in i..<i &+ 8 where isControl(p[k]) { return false }
            }
            i &+= 8
        }
        while i < count {
            if isControl(p[i]) { return false }
            i &+= 1
        }
        return true
    }

    @inline(__always)
    private static func isControl(_ c: UInt8) -> Bool { (c < 0x20 && c != 0x09) || c == 0x7F }

    /// Compares bytes with a lower-case word, ignoring ASCII case.
    @inline(__always)
    static func equals(_ p: UnsafePointer<UInt8>, _ count: Int, _ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let q = word.utf8Start
        for i in 0..<count {
            var c = p[i]
            if c &- 0x41 < 26 { c |= 0x20 }
            if c != q[i] { return false }
        }
        return true
    }

    /// Position of a byte, or -1.
    @inline(__always)
    static func find(_ c: UInt8, _ p: UnsafePointer<UInt8>, from: Int, to: Int) -> Int {
        guard from < to, let hit = memchr(p + from, Int32(c), to - from) else { return -1 }
        return UnsafeRawPointer(hit) - UnsafeRawPointer(p)
    }
}

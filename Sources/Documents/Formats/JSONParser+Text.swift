import Glibc

/// Strings with escapes or other scripts, decoded in place.
extension JSONParser {
    /// Reads a string whose plain beginning was looked at already, up to `end`; leaves its length in `stringCount`.
    @inline(never)
    mutating func string(from start: Int, scanned end: Int) -> Bool {
        var k = end
        stringFlags = 0
        while true {
            let c = p[k]
            if c == 0x22 {
                stringCount = k &- start
                i = k &+ 1
                return true
            }
            if c >= 0x80 {
                // Other scripts come in runs: stay byte by byte until ASCII returns.
                repeat {
                    let length = UTF8Check.length(p + k)
                    if length == 0 {
                        i = k
                        return fail(.encoding, "The text is not valid UTF-8 here.")
                    }
                    k &+= length
                } while p[k] >= 0x80
                k = JSONParser.endOfPlainText(p, k)
                continue
            }
            i = k
            return c == 0x5C ? escapedString(start) : endOfString()
        }
    }

    private mutating func endOfString() -> Bool {
        fail(
            .syntax,
            i >= n ? "The document ends inside a string." : "A control character in a string has to be escaped.")
    }

    /// Goes on with a string from its first backslash: what follows moves down over what the escapes leave.
    private mutating func escapedString(_ start: Int) -> Bool {
        stringFlags = Document.NodeFlags.escaped
        var w = i
        while true {
            let c = p[i]
            if c == 0x22 {
                stringCount = w &- start
                i &+= 1
                return true
            }
            if c == 0x5C {
                if !escape(&w) { return false }
                continue
            }
            if c < 0x20 { return endOfString() }
            if c >= 0x80 {
                let length = UTF8Check.length(p + i)
                if length == 0 { return fail(.encoding, "The text is not valid UTF-8 here.") }
                memmove(p + w, p + i, length)
                w &+= length
                i &+= length
                continue
            }
            p[w] = c
            w &+= 1
            i &+= 1
        }
    }

    private mutating func escape(_ w: inout Int) -> Bool {
        let decoded: UInt8
        switch p[i &+ 1] {
        case 0x22: decoded = 0x22
        case 0x5C: decoded = 0x5C
        case UInt8(ascii: "/"): decoded = UInt8(ascii: "/")
        case UInt8(ascii: "b"): decoded = 0x08
        case UInt8(ascii: "f"): decoded = 0x0C
        case UInt8(ascii: "n"): decoded = 0x0A
        case UInt8(ascii: "r"): decoded = 0x0D
        case UInt8(ascii: "t"): decoded = 0x09
        case UInt8(ascii: "u"): return unicodeEscape(&w)
        default: return fail(.syntax, "There is no such escape.")
        }
        p[w] = decoded
        w &+= 1
        i &+= 2
        return true
    }

    private mutating func unicodeEscape(_ w: inout Int) -> Bool {
        guard var scalar = fourDigits(i &+ 2) else { return fail(.syntax, "Four hexadecimal digits follow `\\u`.") }
        var length = 6
        if scalar & 0xF800 == 0xD800 {
            guard scalar < 0xDC00, p[i &+ 6] == 0x5C, p[i &+ 7] == UInt8(ascii: "u"), let low = fourDigits(i &+ 8),
                low & 0xFC00 == 0xDC00
            else { return fail(.encoding, "A surrogate needs its other half.") }
            scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
            length = 12
        }
        w &+= UTF8Check.encode(scalar, to: p + w)
        i &+= length
        return true
    }

    private func fourDigits(_ at: Int) -> UInt32? {
        var value: UInt32 = 0
        for k in at..<at &+ 4 {
            let digit = UTF8Check.hexadecimal(p[k])
            if digit == 255 { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

/// Finds segments `.` and `..` in a path, in every spelling that a server behind may undo.
///
/// Servers differ in whether, when and how often they decode a path before they resolve such segments: `%2e` and `%252e` may be
/// dots to one of them, `%2f`, `%5c` and their twice encoded forms may end a segment, and `;` may begin parameters that are cut
/// off first (`/..;/`). A path with such a segment means two things to two hops, so it is refused. Encoded slashes in other
/// places are data, and pass.
public enum DotSegments {
    /// Whether there is one. The path's percent-encodings are whole; that has been checked.
    public static func occur(_ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        // Without a dot, plain or encoded, there is nothing to find: the usual case is one scan.
        var i = start
        while i < end, p[i] != 0x2E, p[i] != 0x25 { i &+= 1 }
        return i < end && search(p, start, end)
    }

    @inline(never)
    private static func search(_ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var dots = 0
        var hasOther = false
        var inParameters = false
        var i = start
        while i < end {
            let c = unit(p, &i, end)
            switch c {
            case 0x2F:
                if !hasOther, dots == 1 || dots == 2 { return true }
                dots = 0
                hasOther = false
                inParameters = false
            case 0x2E: if !inParameters { dots &+= 1 }
            case 0x3B: inParameters = true
            default: if !inParameters { hasOther = true }
            }
        }
        return !hasOther && (dots == 1 || dots == 2)
    }

    /// The next character as the most eager decoder would see it: back slashes are slashes, and so are spellings of UTF-8 that are
    /// longer than they may be (RFC 3629, section 10).
    @inline(__always)
    private static func unit(_ p: UnsafePointer<UInt8>, _ i: inout Int, _ end: Int) -> UInt8 {
        let c = octet(p, &i, end)
        guard c >= 0xC0 else { return c == 0x5C ? 0x2F : c }
        var k = i
        var rest = c
        var value = 0
        if c == 0xE0 || c == 0xF0 {
            // Three and four bytes for an ASCII character begin with bytes that say nothing.
            for _ in 0..<(c == 0xE0 ? 1 : 2) {
                guard k < end else { return c }
                rest = octet(p, &k, end)
                guard rest == 0x80 || rest == 0x81 else { return c }
            }
            value = Int(rest & 1) << 6
        } else {
            guard c <= 0xC1 else { return c }
            value = Int(c & 1) << 6
        }
        guard k < end else { return c }
        let last = octet(p, &k, end)
        guard last & 0xC0 == 0x80 else { return c }
        i = k
        value |= Int(last & 0x3F)
        return value == 0x5C ? 0x2F : UInt8(truncatingIfNeeded: value)
    }

    /// One octet, decoded as often as it is encoded.
    @inline(__always)
    private static func octet(_ p: UnsafePointer<UInt8>, _ i: inout Int, _ end: Int) -> UInt8 {
        let c = p[i]
        i &+= 1
        guard c == 0x25 else { return c }
        var k = i
        while k + 1 < end, p[k] == 0x32, p[k + 1] == 0x35 { k &+= 2 }
        guard k + 1 < end else { return c }
        let high = hexValue(p[k])
        let low = hexValue(p[k + 1])
        guard high >= 0, low >= 0 else { return c }
        i = k &+ 2
        return UInt8(truncatingIfNeeded: high << 4 | low)
    }

    private static func hexValue(_ c: UInt8) -> Int {
        switch c {
        case 0x30...0x39: Int(c &- 0x30)
        case 0x41...0x46: Int(c &- 0x37)
        case 0x61...0x66: Int(c &- 0x57)
        default: -1
        }
    }

    /// Writes the path as the most eager server reads it: decoded as often as it is encoded, without path parameters, with one slash
    /// where there are several.
    /// - Parameter out: room for as many bytes as the path has.
    /// - Returns: bytes written.
    static func resolve(_ path: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>) -> Int {
        guard let p = path.baseAddress else { return 0 }
        var count = 0
        var inParameters = false
        var i = 0
        while i < path.count {
            let c = unit(p, &i, path.count)
            if c == 0x3B { inParameters = true }
            if c == 0x2F { inParameters = false }
            if inParameters || (c == 0x2F && count > 0 && out[count - 1] == 0x2F) { continue }
            out[count] = c
            count &+= 1
        }
        return count
    }
}

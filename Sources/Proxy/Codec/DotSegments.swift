/// Finds segments `.` and `..` in a path, in every spelling that a server behind may undo.
///
/// Servers differ in whether, when and how often they decode a path before they resolve such segments: `%2e` and `%252e` may be
/// dots to one of them, `%2f`, `%5c` and their twice encoded forms may end a segment, and `;` may begin parameters that are cut
/// off first (`/..;/`). A path with such a segment means two things to two hops, so it is refused. Encoded slashes in other
/// places are data, and pass.
enum DotSegments {
    /// The path's percent-encodings are whole; that has been checked.
    static func occur(_ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
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

    /// The next character as the most eager decoder would see it; back slashes are slashes.
    @inline(__always)
    private static func unit(_ p: UnsafePointer<UInt8>, _ i: inout Int, _ end: Int) -> UInt8 {
        let c = p[i]
        i &+= 1
        guard c == 0x25 else { return c }
        while i + 1 < end, p[i] == 0x32, p[i + 1] == 0x35 { i &+= 2 }
        guard i + 1 < end else { return c }
        let high = ByteClasses.hexValue(p[i])
        let low = ByteClasses.hexValue(p[i + 1])
        guard high >= 0, low >= 0 else { return c }
        i &+= 2
        let value = UInt8(truncatingIfNeeded: high << 4 | low)
        return value == 0x5C ? 0x2F : value
    }
}

/// `IPv6address` (RFC 3986, section 3.2.2), without a zone.
enum IPv6Syntax {
    static func isValid(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var groups = 0
        var hasGap = false
        var i = 0
        if count >= 2, p[0] == 0x3A, p[1] == 0x3A {
            hasGap = true
            i = 2
        }
        // Behind a gap, or the colon before it, a group may begin; only behind a gap the address may end.
        while i < count {
            let start = i
            while i < count, i - start <= 4, ByteClasses.hexValue(p[i]) >= 0 { i &+= 1 }
            if i < count, p[i] == 0x2E {
                guard isVersion4(p + start, count - start) else { return false }
                groups &+= 2
                return hasGap ? groups < 8 : groups == 8
            }
            guard i > start, i - start <= 4 else { return false }
            groups &+= 1
            if i == count { break }
            guard groups < 8, p[i] == 0x3A else { return false }
            i &+= 1
            // A single colon has to have a group behind it.
            guard i < count else { return false }
            if p[i] == 0x3A {
                guard !hasGap else { return false }
                hasGap = true
                i &+= 1
            }
        }
        return hasGap ? groups < 8 : groups == 8
    }

    /// Four numbers up to 255, without leading zeros.
    private static func isVersion4(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var i = 0
        for part in 0..<4 {
            let start = i
            var value = 0
            while i < count, i - start < 3, ByteClasses.isDigit(p[i]) {
                value = value &* 10 &+ Int(p[i] &- 0x30)
                i &+= 1
            }
            guard i > start, value <= 255, i - start == 1 || p[start] != 0x30 else { return false }
            if part < 3 {
                guard i < count, p[i] == 0x2E else { return false }
                i &+= 1
            }
        }
        return i == count
    }
}

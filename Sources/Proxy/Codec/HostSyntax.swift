/// `uri-host [ ":" port ]`, not empty (RFC 9110, sections 4.2.1 and 7.2).
enum HostSyntax {
    static func isValid(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var i = 0
        if count > 0, p[0] == 0x5B {
            let close = ByteClasses.find(0x5D, p, from: 1, to: count)
            guard close > 0, IPv6Syntax.isValid(p + 1, close - 1) else { return false }
            i = close
            i &+= 1
        } else {
            while i < count, ByteClasses.isRegisteredName(p[i]) {
                if p[i] == 0x25 {
                    guard i + 2 < count, ByteClasses.hexValue(p[i + 1]) >= 0, ByteClasses.hexValue(p[i + 2]) >= 0
                    else { return false }
                }
                i &+= 1
            }
            guard i > 0 else { return false }
        }
        guard i < count else { return true }
        guard p[i] == 0x3A else { return false }
        i &+= 1
        var port = 0
        while i < count {
            guard ByteClasses.isDigit(p[i]) else { return false }
            port = port &* 10 &+ Int(p[i] &- 0x30)
            guard port <= 65535 else { return false }
            i &+= 1
        }
        return true
    }
}

/// The authority of a request target in absolute form, remembered until `Host` comes. A client has to send the same in both
/// (RFC 9112, section 3.2); a message where they differ is one that two hops may send to two places.
struct TargetAuthority {
    private var count = 0
    private var hash: UInt64 = 0

    init() {}

    init(_ p: UnsafePointer<UInt8>, _ count: Int) {
        self.count = count
        hash = Self.fold(p, count)
    }

    var isEmpty: Bool { count == 0 }

    /// Whether these bytes are the same authority, ignoring ASCII case. Compared by length and a 64-bit FNV-1a value: the bytes
    /// of the start line may have moved since, and a sender gains nothing from a collision but the acceptance of its own Host.
    func matches(_ p: UnsafePointer<UInt8>, _ other: Int) -> Bool {
        other == count && Self.fold(p, other) == hash
    }

    private static func fold(_ p: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for i in 0..<count {
            var c = p[i]
            if c &- 0x41 < 26 { c |= 0x20 }
            hash = (hash ^ UInt64(c)) &* 0x100_0000_01B3
        }
        return hash
    }
}

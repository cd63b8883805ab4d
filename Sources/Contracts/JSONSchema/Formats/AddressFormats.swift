/// E-mail and IP addresses.
enum AddressFormats {
    typealias Text = UnsafeBufferPointer<UInt8>

    // MARK: - IP addresses

    /// Four decimal numbers without leading zeros (RFC 2673, section 3.2).
    static func isIPv4(_ text: Text) -> Bool { isIPv4(text, 0, text.count) }

    static func isIPv4(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 7, end - start <= 15 else { return false }
        var i = start
        for part in 0..<4 {
            if part > 0 {
                guard i < end, text[i] == UInt8(ascii: ".") else { return false }
                i += 1
            }
            let first = i
            var value = 0
            while i < end, i - first < 3, ASCII.isDigit(text[i]) {
                value = value * 10 + Int(text[i] &- 48)
                i += 1
            }
            guard i > first, value <= 255, i - first == 1 || text[first] != 48 else { return false }
        }
        return i == end
    }

    /// RFC 4291, section 2.2, without a zone.
    static func isIPv6(_ text: Text) -> Bool { isIPv6(text, 0, text.count) }

    static func isIPv6(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 2, end - start <= 45 else { return false }
        var groups = 0
        var isCompressed = false
        var i = start
        if text[i] == 0x3A {
            guard text[i + 1] == 0x3A else { return false }
            isCompressed = true
            i += 2
            if i == end { return true }
        }
        while i < end {
            let first = i
            while i < end, i - first < 4, ASCII.isHex(text[i]) { i += 1 }
            if i < end, text[i] == UInt8(ascii: ".") {
                groups += 2
                return isIPv4(text, first, end) && (isCompressed ? groups < 8 : groups == 8)
            }
            guard i > first else { return false }
            groups += 1
            if i == end { break }
            guard text[i] == 0x3A else { return false }
            i += 1
            guard i < end else { return false }
            if text[i] == 0x3A {
                guard !isCompressed else { return false }
                isCompressed = true
                i += 1
                if i == end { break }
            }
        }
        return isCompressed ? groups < 8 : groups == 8
    }

    // MARK: - E-mail

    /// RFC 5321, section 4.1.2; RFC 6531 for international addresses.
    static func isEmail(_ text: Text, international: Bool) -> Bool {
        guard text.count <= 320, let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0, at + 1 < text.count else {
            return false
        }
        let isLocal =
            text[0] == UInt8(ascii: "\"") ? isQuoted(text, 0, at, international) : isAtoms(text, 0, at, international)
        return isLocal && isDomain(text, at + 1, international)
    }

    private static func isDomain(_ text: Text, _ start: Int, _ international: Bool) -> Bool {
        let end = text.count
        if text[start] == UInt8(ascii: "["), text[end - 1] == UInt8(ascii: "]"), end - start > 2 {
            let prefix = "IPv6:".utf8
            let isSix = end - start > 7 && zip(prefix, text[(start + 1)...]).allSatisfy { $0 | 0x20 == $1 | 0x20 }
            return isSix ? isIPv6(text, start + 6, end - 1) : isIPv4(text, start + 1, end - 1)
        }
        let domain = UnsafeBufferPointer(rebasing: text[start...])
        return international ? HostFormats.isInternational(domain) : HostFormats.isHostname(domain)
    }

    private static func isAtoms(_ text: Text, _ start: Int, _ end: Int, _ international: Bool) -> Bool {
        var isStart = true
        for i in start..<end {
            if text[i] == UInt8(ascii: ".") {
                if isStart { return false }
                isStart = true
                continue
            }
            guard isAtom(text[i]) || international && text[i] >= 0x80 else { return false }
            isStart = false
        }
        return !isStart && end - start <= 64
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        if ASCII.isAlphanumeric(byte) { return true }
        switch byte {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E, 0x5F, 0x60, 0x7B...0x7E: return true
        default: return false
        }
    }

    private static func isQuoted(_ text: Text, _ start: Int, _ end: Int, _ international: Bool) -> Bool {
        guard end - start >= 2, text[end - 1] == UInt8(ascii: "\"") else { return false }
        var i = start + 1
        while i < end - 1 {
            if text[i] == UInt8(ascii: "\\") {
                i += 1
                guard i < end - 1, text[i] >= 0x20, text[i] < 0x7F else { return false }
            } else if text[i] < 0x20 || text[i] == 0x7F || text[i] == UInt8(ascii: "\"") {
                return false
            } else if text[i] >= 0x80, !international {
                return false
            }
            i += 1
        }
        return true
    }
}

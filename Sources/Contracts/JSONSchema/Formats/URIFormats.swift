/// URIs (RFC 3986) and IRIs (RFC 3987).
enum URIFormats {
    typealias Text = UnsafeBufferPointer<UInt8>

    static func isReference(_ text: Text, international: Bool, absolute: Bool) -> Bool {
        var i = 0
        let scheme = schemeEnd(text)
        if let scheme { i = scheme + 1 } else if absolute { return false }
        let hasScheme = scheme != nil
        if i + 1 < text.count, text[i] == 0x2F, text[i + 1] == 0x2F {
            i += 2
            let start = i
            while i < text.count, text[i] != 0x2F, text[i] != 0x3F, text[i] != 0x23 { i += 1 }
            guard isAuthority(text, start, i, international) else { return false }
        } else if !hasScheme {
            // The first segment of a relative path has no colon.
            var k = i
            while k < text.count, text[k] != 0x2F, text[k] != 0x3F, text[k] != 0x23 {
                if text[k] == 0x3A { return false }
                k += 1
            }
        }
        var part: UInt8 = 0
        while i < text.count {
            let byte = text[i]
            if byte == 0x3F, part == 0 {
                part = 1
            } else if byte == 0x23 {
                if part == 2 { return false }
                part = 2
            } else if byte != 0x2F, byte != 0x3F, !isPathByte(text, &i, international) {
                return false
            }
            i += 1
        }
        return true
    }

    private static func schemeEnd(_ text: Text) -> Int? {
        guard let first = text.first, ASCII.isLetter(first) else { return nil }
        var i = 1
        while i < text.count {
            if text[i] == 0x3A { return i }
            guard ASCII.isAlphanumeric(text[i]) || text[i] == 0x2B || text[i] == 0x2D || text[i] == 0x2E else {
                return nil
            }
            i += 1
        }
        return nil
    }

    /// A character of a path, or the percent sign of one that is encoded, which is passed over.
    @inline(__always)
    private static func isPathByte(_ text: Text, _ i: inout Int, _ international: Bool) -> Bool {
        let byte = text[i]
        if byte == UInt8(ascii: "%") {
            guard i + 2 < text.count, ASCII.isHex(text[i + 1]), ASCII.isHex(text[i + 2]) else { return false }
            i += 2
            return true
        }
        return byte == 0x3A || byte == 0x40 || isNameByte(byte, international)
    }

    /// Unreserved characters and the sub-delimiters.
    @inline(__always)
    private static func isNameByte(_ byte: UInt8, _ international: Bool) -> Bool {
        if ASCII.isAlphanumeric(byte) { return true }
        if byte >= 0x80 { return international }
        switch byte {
        case 0x21, 0x24, 0x26...0x2E, 0x3B, 0x3D, 0x5F, 0x7E: return true
        default: return false
        }
    }

    private static func isAuthority(_ text: Text, _ start: Int, _ end: Int, _ international: Bool) -> Bool {
        var host = start
        for k in start..<end where text[k] == UInt8(ascii: "@") {
            if host != start { return false }
            host = k + 1
        }
        var i = start
        while i < host - 1 {
            let isColon = text[i] == 0x3A
            guard isColon || isPathByte(text, &i, international), i < host - 1 else { return false }
            i += 1
        }
        var hostEnd = end
        if host < end, text[host] == UInt8(ascii: "[") {
            guard let close = text[host..<end].firstIndex(of: UInt8(ascii: "]")) else { return false }
            guard AddressFormats.isIPv6(text, host + 1, close) || isFuture(text, host + 1, close) else { return false }
            hostEnd = close + 1
            guard hostEnd == end || text[hostEnd] == 0x3A else { return false }
        } else {
            if let colon = text[host..<end].firstIndex(of: 0x3A) { hostEnd = colon }
            i = host
            while i < hostEnd {
                guard text[i] != UInt8(ascii: "@"), isPathByte(text, &i, international), i < hostEnd else {
                    return false
                }
                i += 1
            }
        }
        guard hostEnd < end else { return true }
        return text[(hostEnd + 1)..<end].allSatisfy(ASCII.isDigit)
    }

    /// `v1.name` (RFC 3986, section 3.2.2).
    private static func isFuture(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 4, text[start] | 0x20 == UInt8(ascii: "v") else { return false }
        var i = start + 1
        while i < end, ASCII.isHex(text[i]) { i += 1 }
        guard i > start + 1, i + 1 < end, text[i] == 0x2E else { return false }
        return text[(i + 1)..<end].allSatisfy { $0 == 0x3A || isNameByte($0, false) }
    }
}

/// URI templates (RFC 6570, section 2).
enum URITemplateFormat {
    static func isTemplate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        while i < text.count {
            switch text[i] {
            case UInt8(ascii: "{"):
                i += 1
                guard isExpression(text, &i) else { return false }
            case UInt8(ascii: "%"):
                guard i + 2 < text.count, ASCII.isHex(text[i + 1]), ASCII.isHex(text[i + 2]) else { return false }
                i += 3
            case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D, 0x7F: return false
            default: i += 1
            }
        }
        return true
    }

    private static func isExpression(_ text: UnsafeBufferPointer<UInt8>, _ i: inout Int) -> Bool {
        if i < text.count, "+#./;?&=,!@|".utf8.contains(text[i]) { i += 1 }
        while true {
            guard isVariable(text, &i) else { return false }
            if i < text.count, text[i] == UInt8(ascii: ":") {
                i += 1
                let start = i
                while i < text.count, i - start < 4, ASCII.isDigit(text[i]) { i += 1 }
                guard i > start, text[start] != 48 else { return false }
            } else if i < text.count, text[i] == UInt8(ascii: "*") {
                i += 1
            }
            guard i < text.count else { return false }
            i += 1
            if text[i - 1] == UInt8(ascii: "}") { return true }
            guard text[i - 1] == UInt8(ascii: ",") else { return false }
        }
    }

    private static func isVariable(_ text: UnsafeBufferPointer<UInt8>, _ i: inout Int) -> Bool {
        let start = i
        var isDot = true
        while i < text.count {
            if ASCII.isAlphanumeric(text[i]) || text[i] == UInt8(ascii: "_") {
                isDot = false
                i += 1
            } else if text[i] == UInt8(ascii: "%") {
                guard i + 2 < text.count, ASCII.isHex(text[i + 1]), ASCII.isHex(text[i + 2]) else { return false }
                isDot = false
                i += 3
            } else if text[i] == UInt8(ascii: "."), !isDot {
                isDot = true
                i += 1
            } else {
                break
            }
        }
        return i > start && !isDot
    }
}

import Glibc

/// Reads values of the primitive types from bytes (XML Schema Part 2, section 3.2). White space around them is gone.
enum XSDLexical {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// Reads a value; false when the text is not one of this type.
    static func read(_ text: Text, _ kind: XSDPrimitive, _ value: inout XSDValue) -> Bool {
        value.primitive = kind
        value.text = text
        switch kind {
        case .anySimple, .string: return true
        case .boolean: return boolean(text, &value)
        case .decimal: return decimal(text, mayHaveFraction: true, &value)
        case .integer: return decimal(text, mayHaveFraction: false, &value)
        case .float, .double: return floating(text, kind, &value)
        case .duration: return XSDCalendar.duration(text, &value)
        case .dateTime, .time, .date, .gYearMonth, .gYear, .gMonthDay, .gDay, .gMonth:
            return XSDCalendar.read(text, kind, &value)
        case .hexBinary:
            value.octets = text.count / 2
            return text.count % 2 == 0 && text.allSatisfy(isHexadecimal)
        case .base64Binary: return base64(text, &value)
        case .anyURI: return XSDURI.isReference(text)
        case .qName, .notation: return qualifiedName(text)
        case .language: return language(text)
        case .name: return XSDNames.isName(text, colons: true)
        case .ncName, .id, .idref: return XSDNames.isName(text, colons: false)
        case .nmtoken: return XSDNames.isToken(text)
        }
    }

    @inline(__always)
    static func isHexadecimal(_ c: UInt8) -> Bool { c &- 48 < 10 || (c | 0x20) &- 0x61 < 6 }

    private static func boolean(_ text: Text, _ value: inout XSDValue) -> Bool {
        switch text.count {
        case 1:
            value.flag = text[0] == 0x31
            return text[0] == 0x31 || text[0] == 0x30
        case 4:
            value.flag = true
            return text[0] == 0x74 && text[1] == 0x72 && text[2] == 0x75 && text[3] == 0x65
        case 5:
            value.flag = false
            return text[0] == 0x66 && text[1] == 0x61 && text[2] == 0x6C && text[3] == 0x73 && text[4] == 0x65
        default: return false
        }
    }

    private static func decimal(_ text: Text, mayHaveFraction: Bool, _ value: inout XSDValue) -> Bool {
        var i = 0
        value.isNegative = false
        if i < text.count, text[i] == 0x2D || text[i] == 0x2B {
            value.isNegative = text[i] == 0x2D
            i += 1
        }
        let start = i
        while i < text.count, text[i] &- 48 < 10 { i += 1 }
        var first = start
        while first < i, text[first] == 48 { first += 1 }
        value.whole = Text(rebasing: text[first..<i])
        var digits = i - start
        value.fraction = Text(start: nil, count: 0)
        if i < text.count, text[i] == 0x2E, mayHaveFraction {
            i += 1
            let begin = i
            while i < text.count, text[i] &- 48 < 10 { i += 1 }
            digits += i - begin
            var end = i
            while end > begin, text[end - 1] == 48 { end -= 1 }
            value.fraction = Text(rebasing: text[begin..<end])
        }
        return digits > 0 && i == text.count
    }

    private static func floating(_ text: Text, _ kind: XSDPrimitive, _ value: inout XSDValue) -> Bool {
        var i = 0
        if equal(text, "INF") || equal(text, "-INF") || equal(text, "NaN") {
            value.number = text[0] == 0x49 ? .infinity : text[0] == 0x2D ? -.infinity : .nan
            return true
        }
        if i < text.count, text[i] == 0x2D || text[i] == 0x2B { i += 1 }
        var digits = 0
        while i < text.count, text[i] &- 48 < 10 { (i, digits) = (i + 1, digits + 1) }
        if i < text.count, text[i] == 0x2E {
            i += 1
            while i < text.count, text[i] &- 48 < 10 { (i, digits) = (i + 1, digits + 1) }
        }
        guard digits > 0 else { return false }
        if i < text.count, text[i] | 0x20 == 0x65 {
            i += 1
            if i < text.count, text[i] == 0x2D || text[i] == 0x2B { i += 1 }
            let start = i
            while i < text.count, text[i] &- 48 < 10 { i += 1 }
            guard i > start else { return false }
        }
        return i == text.count
    }

    /// The binary number a floating point text stands for; only asked where a facet compares it.
    static func measure(_ value: inout XSDValue) {
        guard value.primitive == .float || value.primitive == .double, let base = value.text.baseAddress,
            let last = value.text.last, last != 0x46, last != 0x4E
        else { return }
        // `strtod` needs a byte after the number that is no part of it.
        let count = min(value.text.count, 400)
        value.number = withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { copy in
            guard let start = copy.baseAddress else { return 0 }
            memcpy(start, base, count)
            start[count] = 0
            return value.primitive == .float ? Double(strtof(start, nil)) : strtod(start, nil)
        }
    }

    static func equal(_ text: Text, _ other: StaticString) -> Bool {
        guard text.count == other.utf8CodeUnitCount, let base = text.baseAddress else { return false }
        return memcmp(base, other.utf8Start, text.count) == 0
    }

    /// Base64 (Part 2, section 3.2.16): single spaces between characters, padding at the end, no bits left over.
    private static func base64(_ text: Text, _ value: inout XSDValue) -> Bool {
        var characters = 0
        var padding = 0
        var last: UInt8 = 0
        for c in text {
            if c == 0x20 { continue }
            if c == 0x3D {
                padding += 1
                continue
            }
            guard padding == 0 else { return false }
            switch c {
            case 0x41...0x5A: last = c - 0x41
            case 0x61...0x7A: last = c - 0x61 + 26
            case 0x30...0x39: last = c - 0x30 + 52
            case 0x2B: last = 62
            case 0x2F: last = 63
            default: return false
            }
            characters += 1
        }
        guard (characters + padding) % 4 == 0, padding <= 2 else { return false }
        if padding == 1, last & 3 != 0 { return false }
        if padding == 2, last & 15 != 0 { return false }
        value.octets = characters * 3 / 4
        return true
    }

    private static func qualifiedName(_ text: Text) -> Bool {
        guard let colon = text.firstIndex(of: 0x3A) else { return XSDNames.isName(text, colons: false) }
        return XSDNames.isName(Text(rebasing: text[..<colon]), colons: false)
            && XSDNames.isName(Text(rebasing: text[(colon + 1)...]), colons: false)
    }

    /// `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`
    private static func language(_ text: Text) -> Bool {
        var run = 0
        var isFirst = true
        for c in text {
            if c == 0x2D {
                guard run > 0 else { return false }
                run = 0
                isFirst = false
                continue
            }
            guard (c | 0x20) &- 0x61 < 26 || !isFirst && c &- 48 < 10, run < 8 else { return false }
            run += 1
        }
        return run > 0
    }
}

/// Names of XML (XML 1.0, section 2.3).
enum XSDNames {
    static func isName(_ text: UnsafeBufferPointer<UInt8>, colons: Bool) -> Bool {
        guard let first = text.first else { return false }
        if first &- 48 < 10 || first == 0x2D || first == 0x2E { return false }
        return characters(text, colons: colons, isName: true)
    }

    static func isToken(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        !text.isEmpty && characters(text, colons: true, isName: false)
    }

    private static func characters(_ text: UnsafeBufferPointer<UInt8>, colons: Bool, isName: Bool) -> Bool {
        var i = 0
        while i < text.count {
            let c = text[i]
            if c < 0x80 {
                let isOne =
                    (c | 0x20) &- 0x61 < 26 || c &- 48 < 10 || c == 0x2D || c == 0x2E || c == 0x5F
                    || c == 0x3A && colons
                guard isOne else { return false }
                i += 1
                continue
            }
            let length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2
            guard i + length <= text.count else { return false }
            var scalar = UInt32(c) & (length == 4 ? 0x07 : length == 3 ? 0x0F : 0x1F)
            for k in 1..<length { scalar = scalar << 6 | UInt32(text[i + k] & 0x3F) }
            guard isBeyondASCII(scalar, isStart: i == 0 && isName) else { return false }
            i += length
        }
        return true
    }

    private static func isBeyondASCII(_ c: UInt32, isStart: Bool) -> Bool {
        switch c {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
            0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: !isStart
        default: false
        }
    }
}

/// URI references (RFC 3986), with the characters that XML Schema escapes allowed.
enum XSDURI {
    static func isReference(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        var hasFragment = false
        var isInBrackets = false
        while i < text.count {
            let c = text[i]
            switch c {
            case 0x25:
                guard i + 2 < text.count, XSDLexical.isHexadecimal(text[i + 1]), XSDLexical.isHexadecimal(text[i + 2])
                else { return false }
                i += 2
            case 0x23:
                if hasFragment { return false }
                hasFragment = true
            case 0x5B: isInBrackets = true
            case 0x5D: if !isInBrackets { return false }
            default: break
            }
            i += 1
        }
        return schemeIsValid(text)
    }

    /// Text before the first colon is a scheme, unless a slash, a question mark or a number sign comes before.
    private static func schemeIsValid(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let stop = text.firstIndex(where: { $0 == 0x3A || $0 == 0x2F || $0 == 0x3F || $0 == 0x23 }),
            text[stop] == 0x3A
        else { return true }
        guard let first = text.first, (first | 0x20) &- 0x61 < 26 else { return false }
        return text[..<stop].allSatisfy {
            ($0 | 0x20) &- 0x61 < 26 || $0 &- 48 < 10 || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
        }
    }
}

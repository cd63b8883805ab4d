/// Finds the start tags of well-formed XML with the byte positions of their attributes, so that a value can be replaced
/// and all other bytes stay as they are.
///
/// It relies on a parser having accepted the bytes; on anything else it ends early and never traps. Bytes must be in an
/// encoding that is ASCII where XML's own characters are.
struct XMLTagScanner {
    struct Attribute {
        var name: Range<Int>
        /// Without the quotes.
        var value: Range<Int>
    }

    struct Tag {
        /// The local name.
        var name: String
        /// Nil for none.
        var namespace: String?
        /// Attributes without a prefix, by name.
        var attributes: [String: Attribute]
        /// The byte after the tag's name.
        var nameEnd: Int
        /// How many elements are around it.
        var depth: Int
    }

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// What each prefix is bound to, innermost last.
    private var bindings: [String: [String]] = [:]
    /// The prefixes that each open element binds.
    private var open: [[String]] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether the bytes are in an encoding that can be scanned: not UTF-16 or UTF-32.
    static func canScan(_ bytes: [UInt8]) -> Bool {
        let head = bytes.prefix(4)
        return !head.contains(0) && !head.starts(with: [0xFE, 0xFF]) && !head.starts(with: [0xFF, 0xFE])
    }

    /// The next start tag, or nil at the end.
    mutating func next() -> Tag? {
        while let start = bytes[min(position, bytes.count)...].firstIndex(of: UInt8(ascii: "<")) {
            position = start + 1
            guard position < bytes.count else { return nil }
            switch bytes[position] {
            case UInt8(ascii: "!"): skipDeclaration()
            case UInt8(ascii: "?"): skip(past: "?>")
            case UInt8(ascii: "/"): close()
            default:
                if let tag = startTag() { return tag }
                return nil
            }
        }
        return nil
    }

    private mutating func skip(past end: StaticString) {
        let count = end.utf8CodeUnitCount
        while position + count <= bytes.count {
            if matches(end) {
                position += count
                return
            }
            position += 1
        }
        position = bytes.count
    }

    private func matches(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// A comment, a CDATA section or a document type, whose internal subset is passed over.
    private mutating func skipDeclaration() {
        if matches("!--") {
            position += 3
            return skip(past: "-->")
        }
        if matches("![CDATA[") { return skip(past: "]]>") }
        var brackets = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quote = bytes[position]
                position += 1
                while position < bytes.count, bytes[position] != quote { position += 1 }
            case UInt8(ascii: "<") where matches("<!--"):
                skip(past: "-->")
                continue
            case UInt8(ascii: "<") where matches("<?"):
                skip(past: "?>")
                continue
            case UInt8(ascii: "["): brackets += 1
            case UInt8(ascii: "]"): brackets -= 1
            case UInt8(ascii: ">") where brackets <= 0:
                position += 1
                return
            default: break
            }
            position += 1
        }
    }

    private mutating func close() {
        skip(past: ">")
        guard depth > 0 else { return }
        depth -= 1
        for prefix in open.popLast() ?? [] { _ = bindings[prefix]?.popLast() }
    }

    private mutating func startTag() -> Tag? {
        let nameStart = position
        while position < bytes.count, !XMLTagScanner.endsName(bytes[position]) { position += 1 }
        let qualified = nameStart..<position
        var attributes: [String: Attribute] = [:]
        var declared: [String] = []
        var isEmpty = false
        while true {
            while position < bytes.count, XMLTagScanner.isSpace(bytes[position]) { position += 1 }
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: ">") {
                position += 1
                break
            }
            if bytes[position] == UInt8(ascii: "/") {
                isEmpty = true
                position += 1
                continue
            }
            guard let attribute = attribute() else { return nil }
            let name = String(decoding: bytes[attribute.name], as: UTF8.self)
            if name == "xmlns" || name.hasPrefix("xmlns:") {
                let prefix = String(name.dropFirst(6))
                bindings[prefix, default: []].append(XMLTagScanner.decoded(bytes[attribute.value]))
                declared.append(prefix)
            } else if !name.contains(":") {
                attributes[name] = attribute
            }
        }
        let parts = bytes[qualified].split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        let prefix = parts.count == 2 ? String(decoding: parts[0], as: UTF8.self) : ""
        let namespace = bindings[prefix]?.last
        let tag = Tag(
            name: parts.last.map { String(decoding: $0, as: UTF8.self) } ?? "",
            namespace: namespace?.isEmpty == false ? namespace : nil, attributes: attributes,
            nameEnd: qualified.upperBound, depth: depth)
        if isEmpty {
            for prefix in declared { _ = bindings[prefix]?.popLast() }
        } else {
            depth += 1
            open.append(declared)
        }
        return tag
    }

    private mutating func attribute() -> Attribute? {
        let start = position
        while position < bytes.count, !XMLTagScanner.endsName(bytes[position]) { position += 1 }
        let name = start..<position
        while position < bytes.count, XMLTagScanner.isSpace(bytes[position]) { position += 1 }
        guard !name.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else { return nil }
        position += 1
        while position < bytes.count, XMLTagScanner.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let first = position + 1
        guard first <= bytes.count, let end = bytes[first...].firstIndex(of: quote) else { return nil }
        position = end + 1
        return Attribute(name: name, value: first..<end)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: "<")
    }

    /// An attribute's value with its references resolved.
    static func decoded(_ value: ArraySlice<UInt8>) -> String {
        let text = String(decoding: value, as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            let after = rest[rest.index(after: start)...]
            guard let end = after.firstIndex(of: ";"), let scalar = scalar(after[..<end]) else {
                result.append("&")
                rest = after
                continue
            }
            result.unicodeScalars.append(scalar)
            rest = after[after.index(after: end)...]
        }
        return result + rest
    }

    private static func scalar(_ name: Substring) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            if name.hasPrefix("#x") { return UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init) }
            if name.hasPrefix("#") { return UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init) }
            return nil
        }
    }
}

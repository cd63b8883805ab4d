/// The text of a distinguished name (RFC 4514).
enum DistinguishedName {
    /// RFC 4514, section 2.1: the sequence backwards, separated by commas.
    static func text(_ content: ArraySlice<UInt8>) -> String? {
        var sets = DERReader(content)
        var parts: [String] = []
        while let set = sets.next() {
            guard set.tag == 0x31 else { return nil }
            var pairs = DERReader(set.content)
            var values: [String] = []
            while let pair = pairs.next() {
                guard let text = attribute(pair) else { return nil }
                values.append(text)
            }
            parts.append(values.joined(separator: "+"))
        }
        return sets.isAtEnd ? parts.reversed().joined(separator: ",") : nil
    }

    private static func attribute(_ pair: DERReader.Element) -> String? {
        var reader = DERReader(pair.content)
        guard pair.tag == 0x30, let type = reader.next(), type.tag == 0x06, let value = reader.next() else {
            return nil
        }
        let identifier = objectIdentifier(type.content)
        guard let short = shortNames[identifier], let text = string(value) else {
            return "\(identifier)=#" + value.whole.map(hexadecimal).joined()
        }
        return "\(short)=\(escaped(text))"
    }

    /// The short names that RFC 4514, section 3 asks for.
    private static let shortNames = [
        "2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C",
        "2.5.4.9": "STREET", "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
    ]

    /// UTF8String, NumericString, PrintableString, IA5String, VisibleString; nil for other string types.
    private static func string(_ value: DERReader.Element) -> String? {
        switch value.tag {
        case 0x0C: String(validating: value.content, as: UTF8.self)
        case 0x12, 0x13, 0x16, 0x1A: String(validating: value.content, as: Unicode.ASCII.self)
        default: nil
        }
    }

    /// RFC 4514, section 2.4.
    private static func escaped(_ text: String) -> String {
        var out = ""
        let last = text.unicodeScalars.count - 1
        for (i, scalar) in text.unicodeScalars.enumerated() {
            switch scalar {
            case "\"", "+", ",", ";", "<", ">", "\\": out += "\\"
            case "#" where i == 0: out += "\\"
            case " " where i == 0 || i == last: out += "\\"
            case "\0":
                out += "\\00"
                continue
            default: break
            }
            out.unicodeScalars.append(scalar)
        }
        return out
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }

    private static func objectIdentifier(_ content: ArraySlice<UInt8>) -> String {
        var numbers: [UInt64] = []
        var value: UInt64 = 0
        for byte in content {
            value = value &<< 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 {
                if numbers.isEmpty {
                    let first = min(value / 40, 2)
                    numbers = [first, value - first * 40]
                } else {
                    numbers.append(value)
                }
                value = 0
            }
        }
        return numbers.map(String.init).joined(separator: ".")
    }
}

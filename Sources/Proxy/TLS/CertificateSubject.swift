/// Reads the subject of an X.509 certificate (RFC 5280, section 4.1) as a distinguished name's text (RFC 4514).
///
/// The certificate has been verified before: this only walks to the subject, and refuses what it does not understand.
enum CertificateSubject {
    static func read(_ der: [UInt8]) -> String? {
        var outer = DERReader(der[...])
        guard let certificate = outer.next(), certificate.tag == 0x30 else { return nil }
        var fields = DERReader(certificate.content)
        guard let toBeSigned = fields.next(), toBeSigned.tag == 0x30 else { return nil }
        var parts = DERReader(toBeSigned.content)
        guard var part = parts.next() else { return nil }
        if part.tag == 0xA0 {
            guard let serial = parts.next() else { return nil }
            part = serial
        }
        // serialNumber has been read; signature, issuer and validity follow.
        for _ in 0..<3 {
            guard parts.next() != nil else { return nil }
        }
        guard let subject = parts.next(), subject.tag == 0x30 else { return nil }
        return name(subject.content)
    }

    /// RFC 4514, section 2.1: the sequence backwards, separated by commas.
    private static func name(_ content: ArraySlice<UInt8>) -> String? {
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
        guard let short = shortNames[identifier], let text = text(value) else {
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
    private static func text(_ value: DERReader.Element) -> String? {
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

/// Reads elements of the distinguished encoding rules (X.690) one after the other.
struct DERReader {
    struct Element {
        var tag: UInt8
        var content: ArraySlice<UInt8>
        /// With tag and length.
        var whole: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> Element? {
        let start = rest.startIndex
        guard rest.count >= 2 else { return nil }
        let tag = rest[start]
        guard tag & 0x1F != 0x1F else { return nil }
        var at = start + 2
        var length = Int(rest[start + 1])
        if length >= 0x80 {
            let octets = length & 0x7F
            guard octets >= 1, octets <= 4, rest.count >= 2 + octets else { return nil }
            length = 0
            for _ in 0..<octets {
                length = length << 8 | Int(rest[at])
                at += 1
            }
        }
        guard length <= rest.endIndex - at else { return nil }
        let element = Element(tag: tag, content: rest[at..<at + length], whole: rest[start..<at + length])
        rest = rest[(at + length)...]
        return element
    }
}

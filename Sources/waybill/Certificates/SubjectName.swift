import SwiftASN1
import X509

/// Distinguished names as RFC 4514 writes them, to their ASN.1 form.
enum SubjectName {
    /// - Throws: ``CertificateToolError`` for what is not a name, or has an attribute that is not known here.
    static func parse(_ text: String) throws -> DistinguishedName {
        var relative: [RelativeDistinguishedName] = []
        for part in parts(text) {
            guard let equals = part.firstIndex(of: "=") else {
                throw CertificateToolError("`\(text)` is not a subject: write it like `CN=erp,O=Corp`")
            }
            let type = part[..<equals].filter { $0 != " " }.uppercased()
            let value = unescaped(part[part.index(after: equals)...])
            guard let identifier = identifiers[type], !value.isEmpty else {
                throw CertificateToolError("`\(part)` in the subject `\(text)` can't be put into a certificate")
            }
            let attribute =
                type == "DC" || type == "EMAILADDRESS"
                ? try RelativeDistinguishedName.Attribute(
                    type: identifier, value: ASN1Any(erasing: ASN1IA5String(value)))
                : RelativeDistinguishedName.Attribute(type: identifier, utf8String: value)
            relative.append(RelativeDistinguishedName(attribute))
        }
        guard !relative.isEmpty else { throw CertificateToolError("the subject is empty") }
        // The text begins with the last part (RFC 4514, section 2.1).
        return DistinguishedName(relative.reversed())
    }

    private static let identifiers: [String: ASN1ObjectIdentifier] = [
        "CN": [2, 5, 4, 3], "SERIALNUMBER": [2, 5, 4, 5], "C": [2, 5, 4, 6], "L": [2, 5, 4, 7], "ST": [2, 5, 4, 8],
        "STREET": [2, 5, 4, 9], "O": [2, 5, 4, 10], "OU": [2, 5, 4, 11],
        "DC": [0, 9, 2342, 19_200_300, 100, 1, 25], "UID": [0, 9, 2342, 19_200_300, 100, 1, 1],
        "EMAILADDRESS": [1, 2, 840, 113549, 1, 9, 1],
    ]

    /// At commas that no backslash stands before.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var current = ""
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                parts.append(current)
                current = ""
                continue
            }
            isEscaped = character == "\\" && !isEscaped
            current.append(character)
        }
        if !current.isEmpty || !parts.isEmpty { parts.append(current) }
        return parts
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            result.append(character)
        }
        return result
    }
}

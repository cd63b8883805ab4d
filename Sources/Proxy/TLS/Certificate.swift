/// What the gateway reads of an X.509 certificate (RFC 5280, section 4.1) that the handshake has verified.
///
/// It only walks to the parts it needs. What it does not understand is not there.
struct Certificate {
    private let subjectContent: ArraySlice<UInt8>?
    private let extensions: ArraySlice<UInt8>?

    init(der: [UInt8]) {
        var outer = DERReader(der[...])
        var subject: ArraySlice<UInt8>?
        var extensions: ArraySlice<UInt8>?
        if let certificate = outer.next(tag: 0x30) {
            var fields = DERReader(certificate)
            if let toBeSigned = fields.next(tag: 0x30) {
                var parts = DERReader(toBeSigned)
                // version [0], serialNumber, signature, issuer, validity, subject; the version may be missing.
                var names = 0
                while let part = parts.next() {
                    if part.tag == 0xA3 { extensions = part.content }
                    guard part.tag == 0x30 else { continue }
                    names += 1
                    if names == 4 { subject = part.content }
                }
            }
        }
        subjectContent = subject
        self.extensions = extensions
    }

    /// The subject's distinguished name; nil when it can't be read.
    var subject: String? { subjectContent.flatMap(DistinguishedName.text) }

    /// DNS names of the subjectAltName extension (RFC 5280, section 4.2.1.6).
    var dnsNames: [String] {
        guard let extensions else { return [] }
        var outer = DERReader(extensions)
        guard let list = outer.next(tag: 0x30) else { return [] }
        var reader = DERReader(list)
        while let entry = reader.next(tag: 0x30) {
            var fields = DERReader(entry)
            guard let type = fields.next(tag: 0x06), Array(type) == [0x55, 0x1D, 0x11] else { continue }
            while let field = fields.next() {
                guard field.tag == 0x04 else { continue }
                var value = DERReader(field.content)
                guard let names = value.next(tag: 0x30) else { return [] }
                var all = DERReader(names)
                var found: [String] = []
                while let name = all.next() {
                    // dNSName [2]
                    if name.tag == 0x82, let text = String(validating: name.content, as: Unicode.ASCII.self) {
                        found.append(text)
                    }
                }
                return found
            }
        }
        return []
    }

    /// Whether the certificate names this host (RFC 9525, section 6.3): by the whole name, or by a wildcard for its first label.
    /// A common name does not count.
    func isValid(forName name: String) -> Bool {
        let wanted = Self.labels(name)
        guard !wanted.contains("") else { return false }
        return dnsNames.contains { pattern in
            let labels = Self.labels(pattern)
            if labels == wanted { return true }
            return labels.first == "*" && labels.count > 2 && labels.count == wanted.count
                && labels.dropFirst() == wanted.dropFirst()
        }
    }

    private static func labels(_ name: String) -> [String] {
        let absolute = name.hasSuffix(".") ? String(name.dropLast()) : name
        return absolute.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}

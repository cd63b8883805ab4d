import Documents

extension Document {
    /// Local name of a SOAP body's first element, or of another XML document's root; nil when the bytes are no XML.
    func element(of body: [UInt8]) -> String? {
        guard let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "<") || first == 0xEF else {
            return nil
        }
        return body.withUnsafeBytes { bytes -> String? in
            do {
                try parseXML(bytes)
            } catch {
                return nil
            }
            let soap = firstSOAPBodyChild()
            return String(decoding: name(soap >= 0 ? soap : root), as: UTF8.self)
        }
    }
}

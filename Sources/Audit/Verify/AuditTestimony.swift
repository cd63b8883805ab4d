import Glibc

/// What a file of one chain says of another: that this record is in it. Read from the `beside` list of the file's first record, as
/// ``AuditOwnRecord`` writes it.
struct AuditTestimony: Equatable {
    /// The chain that is spoken of.
    var chain: Int
    var link: AuditLink
    /// The file that says so.
    var witness: String

    private static let firstLineBytes = 64 << 10

    static func collect(_ names: [AuditFileName], directory: String) throws(AuditError) -> [AuditTestimony] {
        var found: [AuditTestimony] = []
        for name in names {
            let file = try FileDescriptor(opening: "\(directory)/\(name.text)", O_RDONLY)
            let line = try file.read(0..<firstLineBytes).prefix { $0 != UInt8(ascii: "\n") }
            found += read(line, witness: name)
        }
        return found
    }

    /// Nothing when the line is not a file's first record, or names nobody. That the record itself holds is for the verifier to say.
    static func read(_ line: ArraySlice<UInt8>, witness: AuditFileName) -> [AuditTestimony] {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix(#"{"type":"opened","#) else { return [] }
        var found: [AuditTestimony] = []
        for match in text.matches(
            of: /\{"chain":([0-9]{1,3}),"file":"[-.a-z0-9]{1,80}","seq":([0-9]{1,19}),"hash":"([0-9a-f]{64})"\}/)
        {
            guard let chain = Int(match.1), chain != witness.chain, let sequence = UInt64(match.2),
                let hash = AuditHash(String(match.3))
            else { continue }
            let link = AuditLink(sequence: sequence, hash: hash)
            found.append(AuditTestimony(chain: chain, link: link, witness: witness.text))
        }
        return found
    }
}

/// The schemas that describe schemas, for those that refer to them. Their annotations are left out.
enum Metaschemas {
    /// The text of a standard draft's metaschema; nil for any other address.
    static func text(_ address: String) -> [UInt8]? {
        var bare = address[...]
        for scheme in ["http://", "https://"] where bare.hasPrefix(scheme) { bare = bare.dropFirst(scheme.count) }
        guard bare.count < address.count else { return nil }
        let key = String(bare)
        return (draft4To7[key] ?? draft201909[key] ?? draft202012[key]).map { Array($0.utf8) }
    }
}

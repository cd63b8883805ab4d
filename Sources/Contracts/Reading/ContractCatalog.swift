internal import Documents

/// `catalog.json`: an object from addresses and namespaces to files beside it, for contracts that name their parts by
/// address. It stands in for fetching, which never happens.
enum ContractCatalog {
    static func read(_ path: String, load: (String) -> [UInt8]?) -> [String: String] {
        guard let bytes = load(path) else { return [:] }
        let document = Document()
        let isRead = bytes.withUnsafeBytes { buffer in
            do throws(DocumentError) {
                try document.parseJSON(buffer)
                return true
            } catch {
                return false
            }
        }
        guard isRead else { return [:] }
        var result: [String: String] = [:]
        for member in SchemaNode(document).members {
            if let file = member.value.string { result[member.name] = file }
        }
        return result
    }
}

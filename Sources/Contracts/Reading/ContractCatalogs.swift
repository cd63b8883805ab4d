/// Finds the local files for addresses and namespaces, in `catalog.json` beside a contract or in a folder around it.
final class ContractCatalogs {
    private let load: (String) -> [UInt8]?
    private var known: [String: [String: String]] = [:]

    init(load: @escaping (String) -> [UInt8]?) {
        self.load = load
    }

    /// The file that the nearest catalogue names for the first of these addresses that it knows.
    ///
    /// - Parameters:
    ///   - addresses: An address as written, or a namespace.
    ///   - path: The file that refers to it. Entries are relative to their catalogue.
    func file(for addresses: [String?], from path: String) -> String? {
        var folder = path.split(separator: "/", omittingEmptySubsequences: true).dropLast().map(String.init)
        let root = path.hasPrefix("/") ? "/" : ""
        for _ in 0..<64 {
            let place = root + (folder + ["catalog.json"]).joined(separator: "/")
            let entries = entries(of: place)
            for case let address? in addresses {
                if let local = entries[address], case .file(let target) = ContractPath.resolve(local, from: place) {
                    return target
                }
            }
            guard folder.popLast() != nil else { return nil }
        }
        return nil
    }

    private func entries(of place: String) -> [String: String] {
        if let entries = known[place] { return entries }
        let entries = ContractCatalog.read(place, load: load)
        known[place] = entries
        return entries
    }
}

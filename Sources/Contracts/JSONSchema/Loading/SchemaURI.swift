/// Addresses of schemas: a reference in the place of another (RFC 3986, section 5).
enum SchemaURI {
    /// The base of a file that gives itself no identifier.
    static func workspace(_ path: String) -> String { "workspace:///" + path }

    /// The path of a workspace address.
    static func path(of address: String) -> String? {
        address.hasPrefix("workspace:///") ? String(address.dropFirst("workspace:///".count)) : nil
    }

    /// A reference without and with its fragment.
    static func split(_ reference: String) -> (address: String, fragment: String) {
        guard let hash = reference.utf8.firstIndex(of: UInt8(ascii: "#")) else { return (reference, "") }
        return (String(reference[..<hash]), String(reference[reference.utf8.index(after: hash)...]))
    }

    private struct Parts {
        var scheme: Substring?
        var authority: Substring?
        var path: Substring
        var query: Substring?
    }

    /// `reference` (without a fragment) as seen from `base`.
    static func resolve(_ reference: String, base: String) -> String {
        if reference.isEmpty { return base }
        var target = parts(reference)
        if target.scheme != nil { return reference }
        let root = parts(base)
        target.scheme = root.scheme
        if target.authority == nil {
            target.authority = root.authority
            if target.path.isEmpty {
                target.path = root.path
                if target.query == nil { target.query = root.query }
            } else if target.path.utf8.first == UInt8(ascii: "/") {
                target.path = Substring(withoutDots(target.path))
            } else {
                var folder = ""
                if let slash = root.path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                    folder = String(root.path[...slash])
                } else if root.authority != nil {
                    folder = "/"
                }
                target.path = Substring(withoutDots(Substring(folder + target.path)))
            }
        }
        var result = ""
        if let scheme = target.scheme { result += scheme + ":" }
        if let authority = target.authority { result += "//" + authority }
        result += target.path
        if let query = target.query { result += "?" + query }
        return result
    }

    private static func parts(_ text: String) -> Parts {
        var rest = text[...]
        var result = Parts(path: rest)
        if let scheme = ContractPath.scheme(of: text) {
            result.scheme = rest.prefix(scheme.utf8.count)
            rest = rest[rest.utf8.index(rest.startIndex, offsetBy: scheme.utf8.count + 1)...]
        }
        if let question = rest.utf8.firstIndex(of: UInt8(ascii: "?")) {
            result.query = rest[rest.utf8.index(after: question)...]
            rest = rest[..<question]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            result.authority = rest[..<slash]
            rest = rest[slash...]
        }
        result.path = rest
        return result
    }

    /// RFC 3986, section 5.2.4.
    private static func withoutDots(_ path: Substring) -> String {
        var kept: [Substring] = []
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            switch piece {
            case ".":
                if isLast { kept.append("") }
            case "..":
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(piece)
            }
        }
        return kept.joined(separator: "/")
    }
}

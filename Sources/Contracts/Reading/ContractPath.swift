/// Resolves what contracts write as the place of another file.
enum ContractPath {
    enum Target: Equatable {
        /// A path relative to the workspace.
        case file(String)
        /// An address: nothing is fetched.
        case remote
        /// Outside the workspace.
        case outside
    }

    /// `reference` as written in the file at `base` (both relative to the workspace), without a fragment.
    static func resolve(_ reference: String, from base: String) -> Target {
        let text = String(decoding: percentDecoded(reference), as: UTF8.self)
        if text.hasPrefix("/") || text.hasPrefix("\\") || text.utf8.contains(0) { return .outside }
        if let scheme = scheme(of: text) { return scheme == "file" ? .outside : .remote }
        var parts = base.split(separator: "/", omittingEmptySubsequences: true).dropLast().map(String.init)
        for part in text.split(whereSeparator: { $0 == "/" || $0 == "\\" }) {
            switch part {
            case ".": continue
            case "..":
                guard !parts.isEmpty else { return .outside }
                parts.removeLast()
            default: parts.append(String(part))
            }
        }
        // A base that is absolute (a tool that checks a single file) stays so.
        return .file((base.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/"))
    }

    /// The scheme of a URI (RFC 3986, section 3.1); nil for a relative reference.
    static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = text.utf8[..<colon]
        guard let first = name.first, isLetter(first),
            name.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// The octets of a percent-encoded text (RFC 3986, section 2.1); a stray `%` stays.
    static func percentDecoded(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = digit(source[index + 1]),
                let low = digit(source[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(source[index])
                index += 1
            }
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: return byte - 0x30
        case 0x41...0x46: return byte - 0x37
        case 0x61...0x66: return byte - 0x57
        default: return nil
        }
    }
}

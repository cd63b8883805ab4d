import Glibc

/// `/etc/hosts`: addresses that need no server (`hosts(5)`).
enum HostsFile {
    static let byteLimit = 8 << 20

    /// The addresses of a name, in the order of the lines.
    static func addresses(of name: String, in text: [UInt8]) -> [IPAddress] {
        let wanted = Array(AnswerReader.folded(name).utf8)
        guard !wanted.isEmpty else { return [] }
        var found: [IPAddress] = []
        for line in text.split(separator: 0x0A) {
            let words = line.prefix { $0 != 0x23 }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard words.count > 1, words.dropFirst().contains(where: { isSame($0, wanted) }),
                let address = IPAddress(String(decoding: words[0], as: UTF8.self)), !found.contains(address)
            else { continue }
            found.append(address)
            if found.count == AnswerReader.addressLimit { break }
        }
        return found
    }

    private static func isSame(_ word: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
        let word = word.last == 0x2E ? word.dropLast() : word
        return word.count == wanted.count && zip(word, wanted).allSatisfy { lower($0) == $1 }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// A small file; empty when it can't be read.
    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        while bytes.count < byteLimit {
            let count = part.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return bytes
    }
}

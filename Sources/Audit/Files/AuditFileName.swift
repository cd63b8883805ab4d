import Glibc

/// `audit-YYYYMMDD-NNNNNN.jsonl`: the UTC day on which the file was begun, and its number, which only ever grows. The
/// number orders the files of a chain; the day is for people, and may go back when a clock does.
///
/// Each process that writes to a folder has a chain of its own while it does. The files of all but the first chain name it:
/// `audit-YYYYMMDD-NNNNNN-2.jsonl`.
struct AuditFileName: Hashable, Sendable, Comparable {
    /// How many processes may write to a folder at once.
    static let largestChain = 16

    /// Counted from 1.
    let chain: Int
    let number: UInt64
    let text: String

    init(chain: Int, number: UInt64, nanoseconds: Int64) {
        self.chain = chain
        self.number = number
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.count))
        let suffix = chain > 1 ? "-\(chain)" : ""
        self.text = "audit-\(UTCTime(nanoseconds: nanoseconds).compactDate)-\(padding)\(digits)\(suffix).jsonl"
    }

    init?(_ text: String) {
        let prefix = "audit-", suffix = ".jsonl"
        guard text.hasPrefix(prefix), text.hasSuffix(suffix) else { return nil }
        let parts = text.dropFirst(prefix.count).dropLast(suffix.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[0].utf8.count == 8, parts[1].utf8.count >= 6,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }),
            let number = UInt64(parts[1])
        else { return nil }
        if parts.count == 3 {
            guard let chain = Int(parts[2]), (2...AuditFileName.largestChain).contains(chain), String(chain) == parts[2]
            else { return nil }
            self.chain = chain
        } else {
            chain = 1
        }
        self.number = number
        self.text = text
    }

    static func < (left: AuditFileName, right: AuditFileName) -> Bool {
        (left.chain, left.number, left.text) < (right.chain, right.number, right.text)
    }

    /// The audit files of a folder, chain by chain, the oldest of each first.
    static func list(in directory: String) throws(AuditError) -> [AuditFileName] {
        guard let stream = opendir(directory) else { throw AuditError("read the folder", directory) }
        defer { closedir(stream) }
        var names: [AuditFileName] = []
        while let entry = readdir(stream) {
            let text = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let name = AuditFileName(text) { names.append(name) }
        }
        return names.sorted()
    }
}

import Glibc

/// `audit-YYYYMMDD-NNNNNN.jsonl`: the UTC day on which the file was begun, and its number, which only ever grows. The
/// number orders the files; the day is for people, and may go back when a clock does.
struct AuditFileName: Hashable, Sendable, Comparable {
    let number: UInt64
    let text: String

    init(number: UInt64, nanoseconds: Int64) {
        self.number = number
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.count))
        self.text = "audit-\(UTCTime(nanoseconds: nanoseconds).compactDate)-\(padding)\(digits).jsonl"
    }

    init?(_ text: String) {
        let prefix = "audit-", suffix = ".jsonl"
        guard text.hasPrefix(prefix), text.hasSuffix(suffix) else { return nil }
        let parts = text.dropFirst(prefix.count).dropLast(suffix.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 8, parts[1].utf8.count >= 6,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }),
            let number = UInt64(parts[1])
        else { return nil }
        self.number = number
        self.text = text
    }

    static func < (left: AuditFileName, right: AuditFileName) -> Bool {
        (left.number, left.text) < (right.number, right.text)
    }

    /// The audit files of a folder, oldest first.
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

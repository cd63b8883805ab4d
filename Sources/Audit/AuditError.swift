import Glibc

/// Why a file operation of the audit failed: what was tried, on which path, and the system's reason.
public struct AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried, as a verb phrase: `open`, `write`, `sync to disk`.
    public let operation: String
    public let path: String
    /// The system's error number; 0 when the reason is not the system's.
    public let number: Int32
    public let reason: String

    public init(operation: String, path: String, reason: String) {
        self.operation = operation
        self.path = path
        self.number = 0
        self.reason = reason
    }

    /// Takes the reason from `errno`, or from the number given.
    @inline(never)
    init(_ operation: String, _ path: String, errno number: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.number = number
        var text = [CChar](repeating: 0, count: 256)
        let isKnown = strerror_r(number, &text, text.count) == 0
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.reason = isKnown && !message.isEmpty ? message : "error \(number)"
    }

    public var description: String { "cannot \(operation) \(path): \(reason)" }
}

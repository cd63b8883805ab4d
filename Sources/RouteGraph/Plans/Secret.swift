/// Bytes that must never be shown: keys, passwords, API keys. It prints as a placeholder wherever text is made of it, so that
/// no log line, error or dump can carry it by accident.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself. The name makes each use easy to find.
    public let revealed: [UInt8]

    public init(_ bytes: [UInt8]) {
        revealed = bytes
    }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Secret {
    /// The names, in lower case, of the fields in a secret that consists of header lines.
    var fieldNames: [[UInt8]] {
        revealed.split(separator: 0x0A).map { line in
            line.prefix { $0 != 0x3A }.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        }
    }
}

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

/// Why the store can't be opened or written. The text names the file and never what stands in it.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Another process has it open.
        case inUse
        /// The file is damaged, or is something else.
        case damaged
        /// The file has its full size, or the disk has.
        case full
        case other
    }

    public var kind: Kind
    public var description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

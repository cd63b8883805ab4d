/// How much of a message a parser accepts before it gives up.
public struct DocumentLimits: Sendable, Hashable {
    /// The size of the message in bytes.
    public var bytes: Int
    /// Objects, arrays or elements inside each other.
    public var depth: Int
    /// Values, elements and attributes together.
    public var nodes: Int
    /// The length of a name in bytes.
    public var nameLength: Int

    /// What a JSON object with two members of one name means.
    public var duplicateNames: DuplicateNames

    /// RFC 8259, section 4, leaves open what such an object means: readers differ, and what one checks is then not what
    /// another one uses.
    public enum DuplicateNames: Sendable, Hashable {
        /// The message is refused.
        case refuse
        /// The last member counts, as in most readers; those before it are dropped.
        case lastWins
    }

    /// 16 MiB, 64 levels, 200,000 nodes, names of 4 KiB.
    public static let standard = DocumentLimits()

    /// Offsets are 32 bits wide and mixed content of XML may need each byte twice.
    static let greatestSize = 1 << 30

    public init(
        bytes: Int = 16 << 20, depth: Int = 64, nodes: Int = 200_000, nameLength: Int = 4096,
        duplicateNames: DuplicateNames = .refuse
    ) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
        self.nameLength = nameLength
        self.duplicateNames = duplicateNames
    }
}

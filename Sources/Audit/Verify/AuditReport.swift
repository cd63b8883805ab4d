/// What the verifier found in an audit folder.
public struct AuditReport: Sendable, Equatable {
    /// Where the chain does not hold.
    public struct Break: Sendable, Equatable, CustomStringConvertible {
        public var file: String
        /// 1-based.
        public var line: Int
        public var reason: String

        public var description: String { "\(file):\(line): \(reason)" }
    }

    /// Bytes after the last line feed of the newest file: a record that is being written, or was when the gateway was
    /// killed.
    public struct TornTail: Sendable, Equatable {
        public var file: String
        public var offset: Int
        public var bytes: Int
    }

    /// A record that says that an unfinished line was cut off.
    public struct Recovery: Sendable, Equatable {
        public var file: String
        public var line: Int
        public var cut: Int
    }

    /// The audit files, oldest first.
    public var files: [String] = []
    /// Records that hold; counting ends at the first break.
    public var records: UInt64 = 0
    public var firstSequence: UInt64?
    /// The last record that holds.
    public var last = AuditLink.none
    public var firstBreak: Break?
    public var tornTail: TornTail?
    public var recoveries: [Recovery] = []
    /// Records lost while the disk was failing, by the audit's own account.
    public var dropped: UInt64 = 0

    /// Nothing was changed or removed, as far as the chain can tell.
    public var isIntact: Bool { firstBreak == nil }

    /// The oldest files have been removed: the chain begins at a later record than the first.
    public var beginsLate: Bool { (firstSequence ?? 1) > 1 }
}

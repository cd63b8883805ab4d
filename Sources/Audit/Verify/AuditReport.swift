/// What the verifier found in an audit folder.
public struct AuditReport: Sendable, Equatable {
    /// Where a chain does not hold.
    public struct Break: Sendable, Equatable, CustomStringConvertible {
        public var file: String
        /// 1-based.
        public var line: Int
        public var reason: String

        public var description: String { "\(file):\(line): \(reason)" }
    }

    /// Bytes after the last line feed of a chain's newest file: a record that is being written, or was when the gateway was
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

    /// The records of one process after the other; processes that ran at the same time have one each.
    public struct Chain: Sendable, Equatable {
        /// 1 for the only chain of most folders.
        public var number: Int
        /// Its files, oldest first.
        public var files: [String]
        /// Records that hold; counting ends at the first break.
        public var records: UInt64 = 0
        public var firstSequence: UInt64?
        /// The last record that holds.
        public var last = AuditLink.none
        public var tornTail: TornTail?

        /// The oldest files have been removed: the chain begins at a later record than the first.
        public var beginsLate: Bool { (firstSequence ?? 1) > 1 }
    }

    public var chains: [Chain] = []
    /// Chains that a file of another names, and that have no file here: moved away, or removed.
    public var absentChains: [Int] = []
    public var firstBreak: Break?
    public var recoveries: [Recovery] = []
    /// Records lost while the disk was failing, by the audit's own account.
    public var dropped: UInt64 = 0

    /// The audit files of all chains.
    public var files: [String] { chains.flatMap(\.files) }
    /// Records that hold, of all chains.
    public var records: UInt64 { chains.reduce(0) { $0 + $1.records } }
    /// The first record of the first chain.
    public var firstSequence: UInt64? { chains.first?.firstSequence }
    /// The last record of the first chain.
    public var last: AuditLink { chains.first?.last ?? .none }
    /// The unfinished record of the first chain that has one.
    public var tornTail: TornTail? { chains.lazy.compactMap(\.tornTail).first }
    public var beginsLate: Bool { chains.contains(where: \.beginsLate) }

    /// Nothing was changed or removed, as far as the chains can tell.
    public var isIntact: Bool { firstBreak == nil }
}

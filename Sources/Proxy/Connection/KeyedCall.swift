import RouteGraph

/// A call whose answer is to be kept (`idempotency`): where it stands with its key.
struct KeyedCall {
    enum Phase: UInt8 {
        /// The store was asked, and may let it wait for another call's answer.
        case asking
        /// The key is the call's.
        case holding
        /// Its answer is on its way to the disk.
        case keeping
    }

    let key: Digest256
    let ticket: UInt64
    var phase = Phase.asking
    /// Attempts that were sent and have had no whole answer.
    var unanswered = 0
}

/// What became of calls with keys, as one loop counts it.
public struct KeyCounts: Sendable, Equatable {
    /// Calls that were answered with a kept answer.
    public var replayed: UInt64 = 0
    /// Calls that were refused: the key stands for another request, is under way, or has an unknown outcome.
    public var reused: UInt64 = 0
    public var inProgress: UInt64 = 0
    public var unknown: UInt64 = 0
    /// Calls that were refused since the store could not be written.
    public var unavailable: UInt64 = 0
    /// Answers that could not be kept, and calls that went out and were not answered.
    public var lost: UInt64 = 0

    public init() {}

    mutating func add(_ other: KeyCounts) {
        replayed += other.replayed
        reused += other.reused
        inProgress += other.inProgress
        unknown += other.unknown
        unavailable += other.unavailable
        lost += other.lost
    }
}

/// Calls that were refused because the gateway itself had no room, by what there was too little of.
public struct OverloadRefusals: Sendable, Equatable {
    /// As many calls were under way as `limits: calls` allows.
    public var calls: UInt64 = 0
    /// The process used more memory than `limits: memory` allows.
    public var memory: UInt64 = 0
    /// The call could not have been recorded.
    public var audit: UInt64 = 0

    public init() {}

    mutating func add(_ other: OverloadRefusals) {
        calls += other.calls
        memory += other.memory
        audit += other.audit
    }
}

/// Whether listeners accept, over all loops.
public struct AcceptGauges: Sendable, Equatable {
    /// How often a listener was stopped because there were as many connections as may be.
    public var pauses: UInt64 = 0
    /// Loops whose listeners are stopped now.
    public var paused = 0

    public init() {}

    mutating func add(_ other: AcceptGauges) {
        pauses += other.pauses
        paused += other.paused
    }
}

/// The process's memory against its mark.
public struct MemoryGauges: Sendable, Equatable {
    /// Bytes in memory now.
    public var used = 0
    /// `limits: memory` in bytes; nil when there is none, or when nobody knows how much the machine has.
    public var mark: Int?
    /// Whether mediated calls are being refused.
    public var isHigh = false

    public init() {}
}

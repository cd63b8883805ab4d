/// For how long answers are believed. All times are nanoseconds.
public struct NameTimes: Sendable, Equatable {
    /// What a record's own time to live is raised to, and cut off at.
    public var minimum: Int64
    public var maximum: Int64
    /// How long addresses are used after their time while nobody can be asked (RFC 8767).
    public var stale: Int64

    /// Thirty days: no time is longer, whatever was set.
    private static let longest: Int64 = 2_592_000_000_000_000
    /// What it counts at most that there is no such name (RFC 2308, section 5), and what it counts when nobody says.
    static let absent: Int64 = 300_000_000_000
    static let absentWithoutTime: Int64 = 30_000_000_000
    /// The pauses after failures: doubled each time.
    static let firstPause: Int64 = 1_000_000_000
    static let longestPause: Int64 = 30_000_000_000
    /// How long a call waits for a fresh answer where there is an old one (RFC 8767, section 5).
    public static let patience: Int64 = 1_800_000_000
    /// How long after its last use a name is still kept fresh.
    public static let interest: Int64 = 300_000_000_000

    public init(
        minimum: Int64 = 1_000_000_000, maximum: Int64 = 3_600_000_000_000, stale: Int64 = 3_600_000_000_000
    ) {
        self.minimum = min(Self.longest, max(1_000_000, minimum))
        self.maximum = min(Self.longest, max(self.minimum, maximum))
        self.stale = min(Self.longest, max(0, stale))
    }

    func lifetime(_ seconds: UInt32) -> Int64 { min(maximum, max(minimum, Int64(seconds) * 1_000_000_000)) }

    func absence(_ seconds: UInt32?) -> Int64 {
        let wanted = seconds.map { Int64($0) * 1_000_000_000 } ?? Self.absentWithoutTime
        return min(Self.absent, maximum, max(minimum, wanted))
    }
}

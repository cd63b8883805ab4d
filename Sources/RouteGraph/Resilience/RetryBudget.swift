/// How many calls may be repetitions: a token bucket that every first call fills by the plan's share, and every repetition
/// empties by one. A small income over time lets a partner with few calls have repetitions, too.
///
/// Without it, repetitions multiply the load on a partner just when it fails.
public struct RetryBudget: Sendable {
    /// Hundredths of a repetition.
    private static let one: Int64 = 100
    /// Repetitions that can be saved up.
    private static let most: Int64 = 100 * one
    /// Repetitions a second that every partner may have.
    private static let incomePerSecond: Int64 = 1 * one

    private var tokens: Int64 = 10 * one
    private var refilled: Int64?

    public init() {}

    /// A first call was made.
    @inline(__always)
    public mutating func deposit(percent: Int) {
        tokens = min(Self.most, tokens &+ Int64(truncatingIfNeeded: percent))
    }

    /// Takes the price of one repetition, when it is there.
    public mutating func withdraw(now: Int64) -> Bool {
        let since = min(max(0, now &- (refilled ?? now)), 1_000_000_000_000)
        refilled = now
        tokens = min(Self.most, tokens + since * Self.incomePerSecond / 1_000_000_000)
        guard tokens >= Self.one else { return false }
        tokens -= Self.one
        return true
    }
}

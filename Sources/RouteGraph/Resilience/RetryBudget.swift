import Synchronization

/// How many calls may be repetitions: a token bucket that every first call fills by the plan's share, and every repetition
/// empties by one. A small income over time lets a partner with few calls have repetitions, too.
///
/// Without it, repetitions multiply the load on a partner just when it fails. One budget is shared by all loops; while it is full,
/// which it is as long as the partner works, a call only looks at it.
public final class RetryBudget: Sendable {
    /// Hundredths of a repetition.
    private static let one: Int64 = 100
    /// Repetitions that can be saved up.
    private static let most: Int64 = 100 * one
    /// Repetitions a second that every partner may have.
    private static let incomePerSecond: Int64 = 1 * one

    private let tokens = Atomic<Int64>(10 * one)
    /// When income was last added; `Int64.min` before the first time.
    private let refilled = Atomic<Int64>(.min)

    public init() {}

    /// A first call was made.
    @inline(__always)
    public func deposit(percent: Int) {
        if tokens.load(ordering: .relaxed) < Self.most { add(Int64(clamping: percent)) }
    }

    @inline(never)
    private func add(_ amount: Int64) {
        var seen = tokens.load(ordering: .relaxed)
        while seen < Self.most {
            let desired = min(Self.most, seen &+ max(0, min(amount, Self.most)))
            let result = tokens.compareExchange(expected: seen, desired: desired, ordering: .relaxed)
            if result.exchanged { return }
            seen = result.original
        }
    }

    /// Takes the price of one repetition, when it is there.
    public func withdraw(now: Int64) -> Bool {
        let last = refilled.load(ordering: .relaxed)
        // The loop that moves the time on gets its income.
        if last != now, refilled.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged, last < now
        {
            let since = last == .min ? 0 : min(now &- last, 1_000_000_000_000)
            add(max(0, since) * Self.incomePerSecond / 1_000_000_000)
        }
        var seen = tokens.load(ordering: .relaxed)
        while seen >= Self.one {
            let result = tokens.compareExchange(expected: seen, desired: seen - Self.one, ordering: .relaxed)
            if result.exchanged { return true }
            seen = result.original
        }
        return false
    }
}

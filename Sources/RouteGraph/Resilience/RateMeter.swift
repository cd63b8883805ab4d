import Synchronization

/// A rate limit's only state: the generic cell rate algorithm (GCRA), one number, shared by all loops of the process.
///
/// The number is the theoretical arrival time of the next call. A call takes its slot by moving that time on by one spacing; a slot
/// may lie in the future, then the call waits for it. So the rate is exact over all loops, and waiting costs no throughput.
public final class RateMeter: Sendable {
    public enum Slot: Sendable, Equatable {
        /// The call may go at this time, which may be now.
        case at(Int64)
        /// Nanoseconds until there is a slot that is near enough.
        case tooFar(Int64)
    }

    private let arrival = Atomic<Int64>(.min / 2)

    public init() {}

    /// Takes the next slot unless it is further away than `wait`.
    public func take(_ plan: RateLimitPlan, now: Int64, wait: Int64) -> Slot {
        let spacing = plan.spacing
        let tolerance = plan.tolerance
        var seen = arrival.load(ordering: .relaxed)
        while true {
            let base = max(seen, now)
            let slot = max(now, seen - tolerance)
            guard slot - now <= wait else { return .tooFar(slot - now - wait) }
            let (sum, overflow) = base.addingReportingOverflow(spacing)
            let next = overflow ? Int64.max / 2 : min(sum, .max / 2)
            let result = arrival.compareExchange(expected: seen, desired: next, ordering: .relaxed)
            if result.exchanged { return .at(slot) }
            seen = result.original
        }
    }

    /// Gives back a slot that nobody uses.
    public func giveBack(_ plan: RateLimitPlan) {
        arrival.subtract(plan.spacing, ordering: .relaxed)
    }

    /// Calls that could go at once.
    public func remaining(_ plan: RateLimitPlan, now: Int64) -> Int {
        let ahead = max(0, arrival.load(ordering: .relaxed) - now)
        let room = plan.tolerance - ahead
        return room < 0 ? 0 : Int(clamping: room / plan.spacing + 1)
    }

    /// Nanoseconds until `burst` calls could go at once again.
    public func resetIn(now: Int64) -> Int64 { max(0, arrival.load(ordering: .relaxed) - now) }
}

/// What an answer says about a limit that was met (`RateLimit` and `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers).
public struct RateNotice: Sendable, Equatable {
    /// Whose limit it is.
    public var policy: Scope
    /// Calls in a window, and the window in seconds.
    public var quota: Int
    public var window: Int
    public var remaining: Int
    /// Seconds until there are calls again.
    public var reset: Int

    /// What a rate limit is written below.
    public enum Scope: String, Sendable {
        case partner, operation, consumer
    }

    public init(policy: Scope, plan: RateLimitPlan, remaining: Int, resetIn: Int64) {
        self.policy = policy
        quota = plan.count
        window = max(1, Int(clamping: (plan.interval + 999_999_999) / 1_000_000_000))
        self.remaining = remaining
        reset = Seconds.ceiling(resetIn)
    }
}

/// Whole seconds for header fields.
public enum Seconds {
    /// At least 1: a caller that is told 0 comes back at once.
    public static func ceiling(_ nanoseconds: Int64) -> Int {
        guard nanoseconds > 1_000_000_000 else { return 1 }
        return Int(clamping: nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 == 0 ? 0 : 1))
    }
}

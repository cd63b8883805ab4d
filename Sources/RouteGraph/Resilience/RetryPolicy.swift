/// Decides whether a failed attempt is followed by another, and when. A pure function of what is known at that moment.
public enum RetryPolicy {
    /// What ended an attempt.
    public enum Cause: Sendable, Equatable {
        case transport(TransportFailure)
        /// The partner's status, and the pause that its `Retry-After` asks for, nanoseconds.
        case status(Int, retryAfter: Int64?)
    }

    /// - Parameters:
    ///   - attempts: made so far, the failed one included.
    ///   - isSafe: whether sending the request once more can do no harm: nothing of it was sent, its method is idempotent
    ///     (RFC 9110, section 9.2.2), or the partner knows a repetition by its key.
    ///   - deadline: when the whole call must be over.
    /// - Returns: when the next attempt begins, or nil when there is none.
    public static func next(
        _ plan: RetryPlan, after cause: Cause, attempts: Int, isSafe: Bool, now: Int64, deadline: Int64,
        budget: RetryBudget, jitter: inout Jitter
    ) -> Int64? {
        guard isSafe, attempts < plan.attempts else { return nil }
        var asked: Int64 = 0
        switch cause {
        case .transport(let failure):
            guard plan.causes.contains(failure) else { return nil }
        case .status(let status, let retryAfter):
            guard plan.causes.contains(status: status) else { return nil }
            asked = retryAfter ?? 0
        }
        let pause = max(asked, pause(plan, attempt: attempts, &jitter))
        let (start, overflow) = now.addingReportingOverflow(pause)
        // An attempt that begins when the call must be over is of no use to anybody.
        guard !overflow, start < deadline else { return nil }
        guard budget.withdraw(now: now) else { return nil }
        return start
    }

    /// Exponential with full jitter, between the least and the greatest pause: callers that failed together don't come back together.
    public static func pause(_ plan: RetryPlan, attempt: Int, _ jitter: inout Jitter) -> Int64 {
        let doublings = min(max(attempt, 0), 40)
        let (grown, overflow) = plan.leastPause.multipliedReportingOverflow(by: 1 << Int64(doublings))
        let most = overflow ? plan.greatestPause : min(plan.greatestPause, max(grown, plan.leastPause))
        return plan.leastPause + jitter.below(max(0, most - plan.leastPause) + 1)
    }
}

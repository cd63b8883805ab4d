/// What a policy may take for a reason to make a call again (`retry: for`).
public struct RetryCauses: Sendable, Equatable {
    /// Bits by position in ``TransportFailure/allCases``.
    private var transports: UInt16 = 0
    public private(set) var statuses: [ClosedRange<Int>] = []

    public init(transports: [TransportFailure], statuses: [ClosedRange<Int>]) {
        for (bit, failure) in TransportFailure.allCases.enumerated() where transports.contains(failure) {
            self.transports |= 1 << UInt16(truncatingIfNeeded: bit)
        }
        self.statuses = statuses
    }

    public func contains(_ failure: TransportFailure) -> Bool {
        let bit: UInt16 =
            switch failure {
            case .connect: 0
            case .tls: 1
            case .timeout: 2
            case .reset: 3
            case .invalidResponse: 4
            case .circuitOpen: 5
            case .queueFull: 6
            case .proxy: 7
            }
        return transports >> bit & 1 == 1
    }

    public func contains(status: Int) -> Bool {
        for range in statuses where range.contains(status) { return true }
        return false
    }
}

/// `retry`: which failed calls are made again. All times are nanoseconds.
public struct RetryPlan: Sendable, Equatable {
    /// Calls at most, the first included.
    public var attempts: Int
    public var leastPause: Int64
    public var greatestPause: Int64
    public var causes: RetryCauses
    /// Repetitions for each hundred calls.
    public var budgetPercent: Int
    /// A header, in lower case, by which the partner knows a repetition: a call that has it may be repeated whatever its method.
    public var keyHeader: [UInt8]

    public init(
        attempts: Int = 3, leastPause: Int64 = 100_000_000, greatestPause: Int64 = 2_000_000_000,
        causes: RetryCauses = .init(transports: [.connect, .reset, .timeout], statuses: [502...504]),
        budgetPercent: Int = 20, keyHeader: [UInt8] = []
    ) {
        self.attempts = attempts
        self.leastPause = leastPause
        self.greatestPause = greatestPause
        self.causes = causes
        self.budgetPercent = budgetPercent
        self.keyHeader = keyHeader
    }
}

/// `circuit-breaker`: when a failing partner is left alone. All times are nanoseconds.
public struct CircuitBreakerPlan: Sendable, Equatable {
    /// The share of failed calls, in hundredths, that opens it.
    public var failurePercent: Int
    /// Calls that have to be seen first.
    public var minimum: Int
    /// The time that is looked at.
    public var window: Int64
    /// How long the partner is left alone.
    public var openFor: Int64
    /// A call that takes longer counts as failed; nil never.
    public var slow: Int64?

    public init(
        failurePercent: Int = 50, minimum: Int = 20, window: Int64 = 10_000_000_000, openFor: Int64 = 15_000_000_000,
        slow: Int64? = nil
    ) {
        self.failurePercent = failurePercent
        self.minimum = minimum
        self.window = window
        self.openFor = openFor
        self.slow = slow
    }
}

/// `concurrency`: how many calls at once a partner gets, over all loops.
public struct ConcurrencyPlan: Sendable, Equatable {
    public var limit: Int
    /// Calls that may wait, over all loops.
    public var queue: Int
    /// Whether the limit is found by the partner's latency, up to `limit`.
    public var isAdaptive: Bool

    public init(limit: Int, queue: Int = 0, isAdaptive: Bool = false) {
        self.limit = limit
        self.queue = queue
        self.isAdaptive = isAdaptive
    }
}

/// `rate-limit`: calls in a time, over all loops. All times are nanoseconds.
public struct RateLimitPlan: Sendable, Equatable {
    public var count: Int
    public var interval: Int64
    /// Calls that may come at once.
    public var burst: Int
    /// How long a call waits for its turn before it is refused.
    public var wait: Int64

    public init(count: Int, interval: Int64, burst: Int = 1, wait: Int64 = 0) {
        self.count = count
        self.interval = interval
        self.burst = burst
        self.wait = wait
    }

    /// Time between two calls.
    public var spacing: Int64 { max(1, interval / Int64(max(1, count))) }
    /// How much earlier than its time a call may come.
    public var tolerance: Int64 {
        let (product, overflow) = spacing.multipliedReportingOverflow(by: Int64(max(0, burst - 1)))
        return overflow ? .max / 4 : min(product, .max / 4)
    }
}

/// What stands between a call and its partner. State of these policies is kept by the partner's name, so a change of one of them
/// costs no connection.
public struct ResiliencePlan: Sendable, Equatable {
    @Rare public var retry: RetryPlan?
    @Rare public var breaker: CircuitBreakerPlan?
    @Rare public var rate: RateLimitPlan?
    @Rare public var concurrency: ConcurrencyPlan?
    /// The header, in lower case, in which consumers say how long they wait; empty for none.
    public var deadlineHeader: [UInt8] = []

    public init() {}
}

/// Leaves a failing partner alone for a while, so that it can recover and callers get their answer at once.
///
/// ```
///              failures ≥ share, of enough calls            open-for has passed: one probe
///   closed ─────────────────────────────────────► open ─────────────────────────────────► halfOpen
///     ▲                                             ▲                                      │   │
///     │                                             └──────────── the probe failed ────────┘   │
///     └──────────────────────────────── the probe succeeded ─────────────────────────────────┘
/// ```
/// Calls are counted in a ring of buckets that together span the window. Answers to calls that began before the circuit opened
/// change nothing: only the probe's counts then. One breaker belongs to one loop.
public struct CircuitBreaker: Sendable {
    public enum State: UInt8, Sendable {
        case closed, halfOpen, open
    }

    public enum Admission: Sendable, Equatable {
        case call
        /// The one call that finds out whether the partner is well again. Its end must be reported.
        case probe
        /// Nanoseconds until it is worth to ask again.
        case refused(Int64)
    }

    public enum Result: Sendable {
        case success, failure
        /// Nobody waited for the end.
        case unknown
    }

    private static let bucketCount = 10

    public private(set) var plan: CircuitBreakerPlan
    public private(set) var state = State.closed
    /// How often it opened.
    public private(set) var openings: UInt64 = 0
    private let share: Int
    private var buckets: [(calls: Int32, failures: Int32)]
    private var calls = 0
    private var failures = 0
    /// Number of the newest bucket, counted from time 0.
    private var newest: Int64 = 0
    private var openUntil: Int64 = 0
    private var isProbing = false

    /// - Parameter loops: how many loops have a breaker for the same partner: each sees its part of the calls.
    public init(_ plan: CircuitBreakerPlan, loops: Int = 1) {
        self.plan = plan
        share = max(1, loops)
        buckets = Array(repeating: (0, 0), count: Self.bucketCount)
    }

    /// Takes over another plan; what was seen stays.
    public mutating func update(_ plan: CircuitBreakerPlan) {
        if plan.window != self.plan.window { forget() }
        self.plan = plan
    }

    private var minimum: Int { max(1, (plan.minimum + share - 1) / share) }
    private var bucketTime: Int64 { max(1, plan.window / Int64(Self.bucketCount)) }

    /// Asks before a call.
    @inline(__always)
    public mutating func admit(now: Int64) -> Admission {
        state == .closed ? .call : admitUnlessOpen(now)
    }

    @inline(never)
    private mutating func admitUnlessOpen(_ now: Int64) -> Admission {
        if now < openUntil { return .refused(openUntil &- now) }
        guard !isProbing else { return .refused(1_000_000_000) }
        state = .halfOpen
        isProbing = true
        return .probe
    }

    /// Nanoseconds until it is worth to ask; nil when a call would be admitted. Changes nothing.
    @inline(__always)
    public func refusal(now: Int64) -> Int64? {
        guard state != .closed else { return nil }
        if now < openUntil { return openUntil &- now }
        return isProbing ? 1_000_000_000 : nil
    }

    /// Tells the end of a call that was admitted.
    /// - Parameter took: nanoseconds.
    public mutating func ended(_ result: Result, isProbe: Bool, took: Int64, now: Int64) {
        var result = result
        if result == .success, let slow = plan.slow, took > slow { result = .failure }
        if isProbe {
            isProbing = false
            guard state == .halfOpen else { return }
            switch result {
            case .success:
                state = .closed
                forget()
            case .failure: open(now)
            case .unknown: break
            }
            return
        }
        guard state == .closed, result != .unknown else { return }
        turn(to: now)
        let index = Int(newest % Int64(Self.bucketCount))
        buckets[index].calls &+= 1
        calls &+= 1
        guard result == .failure else { return }
        buckets[index].failures &+= 1
        failures &+= 1
        if calls >= minimum, failures * 100 >= calls * plan.failurePercent { open(now) }
    }

    private mutating func open(_ now: Int64) {
        state = .open
        openings &+= 1
        openUntil = now &+ plan.openFor
        forget()
    }

    /// Empties the buckets that have left the window.
    private mutating func turn(to now: Int64) {
        let current = max(0, now) / bucketTime
        guard current > newest else { return }
        if current - newest >= Int64(Self.bucketCount) {
            forget()
        } else {
            while newest < current {
                newest += 1
                let index = Int(newest % Int64(Self.bucketCount))
                calls -= Int(buckets[index].calls)
                failures -= Int(buckets[index].failures)
                buckets[index] = (0, 0)
            }
        }
        newest = current
    }

    private mutating func forget() {
        for i in buckets.indices { buckets[i] = (0, 0) }
        calls = 0
        failures = 0
    }
}

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
/// change nothing: only the probe's counts then. One breaker belongs to one loop and counts its calls; whether the circuit is open it
/// shares with the other loops' (``SharedCircuit``).
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
    /// How often this loop opened it.
    public private(set) var openings: UInt64 = 0
    private let share: Int
    private var buckets: [(calls: Int32, failures: Int32)]
    private var calls = 0
    private var failures = 0
    /// Number of the newest bucket, counted from time 0.
    private var newest: Int64 = 0
    private let circuit: SharedCircuit
    /// The opening after which the buckets were begun.
    private var epoch: UInt64

    /// - Parameter loops: how many loops have a breaker for the same partner: each sees its part of the calls.
    public init(_ plan: CircuitBreakerPlan, loops: Int = 1, circuit: SharedCircuit = SharedCircuit()) {
        self.plan = plan
        self.circuit = circuit
        epoch = circuit.epoch
        share = max(1, loops)
        buckets = Array(repeating: (0, 0), count: Self.bucketCount)
    }

    /// Takes over another plan; what was seen stays.
    public mutating func update(_ plan: CircuitBreakerPlan) {
        if plan.window != self.plan.window { forget() }
        self.plan = plan
    }

    public var state: State {
        if circuit.isClosed { return .closed }
        return circuit.openUntil == nil ? .halfOpen : .open
    }

    private var minimum: Int { max(1, (plan.minimum + share - 1) / share) }
    private var bucketTime: Int64 { max(1, plan.window / Int64(Self.bucketCount)) }

    /// Asks before a call.
    @inline(__always)
    public func admit(now: Int64) -> Admission {
        circuit.isClosed ? .call : admitUnlessOpen(now)
    }

    @inline(never)
    private func admitUnlessOpen(_ now: Int64) -> Admission {
        guard let openUntil = circuit.openUntil else { return circuit.isClosed ? .call : .refused(1_000_000_000) }
        if now < openUntil { return .refused(openUntil &- now) }
        return circuit.beginProbe(openUntil: openUntil) ? .probe : .refused(1_000_000_000)
    }

    /// Nanoseconds until it is worth to ask; nil when a call would be admitted. Changes nothing.
    @inline(__always)
    public func refusal(now: Int64) -> Int64? {
        circuit.isClosed ? nil : refusalUnlessClosed(now)
    }

    @inline(never)
    private func refusalUnlessClosed(_ now: Int64) -> Int64? {
        guard let openUntil = circuit.openUntil else { return circuit.isClosed ? nil : 1_000_000_000 }
        return now < openUntil ? openUntil &- now : nil
    }

    /// Tells the end of a call that was admitted.
    /// - Parameter took: nanoseconds.
    public mutating func ended(_ result: Result, isProbe: Bool, took: Int64, now: Int64) {
        var result = result
        if result == .success, let slow = plan.slow, took > slow { result = .failure }
        if isProbe {
            forget()
            switch result {
            case .success: _ = circuit.endProbe(openUntil: nil, fails: false)
            case .failure: if circuit.endProbe(openUntil: now &+ plan.openFor, fails: true) { openings &+= 1 }
            // The next call is the probe.
            case .unknown: _ = circuit.endProbe(openUntil: now, fails: false)
            }
            return
        }
        guard circuit.isClosed, result != .unknown else { return }
        if circuit.epoch != epoch {
            epoch = circuit.epoch
            forget()
        }
        turn(to: now)
        let index = Int(newest % Int64(Self.bucketCount))
        buckets[index].calls &+= 1
        calls &+= 1
        guard result == .failure else { return }
        buckets[index].failures &+= 1
        failures &+= 1
        if calls >= minimum, failures * 100 >= calls * plan.failurePercent { open(now) }
    }

    /// Opens it for another reason than the ratio.
    public mutating func trip(now: Int64) {
        if state != .open { open(now) }
    }

    private mutating func open(_ now: Int64) {
        forget()
        if circuit.open(until: now &+ plan.openFor) { openings &+= 1 }
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

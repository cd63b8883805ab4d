import Synchronization

/// Whether one partner's circuit is open: a word that all loops share, and that each of them reads before a call.
///
/// Each loop counts its own calls; which of them opens the circuit, opens it for all, one call of the process finds out whether the
/// partner is well, and its success closes it for all.
public final class SharedCircuit: Sendable {
    private static let closed: Int64 = 0
    private static let probing: Int64 = -1

    /// 0: closed. Positive: open until then, on the monotonic clock. -1: the probe is under way.
    private let word = Atomic<Int64>(closed)
    private let openings = Atomic<UInt64>(0)

    public init() {}

    /// How often it was opened: what a loop has counted before the last time says nothing any more.
    var epoch: UInt64 { openings.load(ordering: .relaxed) }

    @inline(__always)
    var isClosed: Bool { word.load(ordering: .relaxed) == Self.closed }

    /// When the next call may be made: nil while the probe is under way or when the circuit is closed.
    var openUntil: Int64? {
        let seen = word.load(ordering: .relaxed)
        return seen > 0 ? seen : nil
    }

    /// Opens a closed circuit.
    /// - Returns: false when another loop was first.
    func open(until end: Int64) -> Bool {
        let result = word.compareExchange(expected: Self.closed, desired: max(1, end), ordering: .relaxed)
        if result.exchanged { openings.wrappingAdd(1, ordering: .relaxed) }
        return result.exchanged
    }

    /// Makes the caller's the one call that finds out. `openUntil` is what it has seen.
    func beginProbe(openUntil: Int64) -> Bool {
        word.compareExchange(expected: openUntil, desired: Self.probing, ordering: .relaxed).exchanged
    }

    /// The probe's call has ended: the circuit is closed, or open until then.
    /// - Parameter fails: whether this counts as an opening.
    /// - Returns: false when no probe is known of: the breaker was taken away meanwhile, and another one came.
    func endProbe(openUntil: Int64?, fails: Bool) -> Bool {
        let end = openUntil.map { max(1, $0) } ?? Self.closed
        let result = word.compareExchange(expected: Self.probing, desired: end, ordering: .relaxed)
        if result.exchanged, fails { openings.wrappingAdd(1, ordering: .relaxed) }
        return result.exchanged
    }
}

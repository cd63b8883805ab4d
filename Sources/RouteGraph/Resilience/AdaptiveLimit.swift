import Synchronization

/// Finds how many calls at once a partner bears, by the gradient of its latency: as long as answers come about as fast as they
/// usually do the limit grows by its square root, when they slow down it shrinks in proportion, when they fail it drops.
///
/// One for the process: every loop tells the ends of its calls, and no loop waits for another. Calls are gathered in one word; the loop
/// whose call makes a sample whole takes it, and moves the limit. Times are whole microseconds; the usual time follows slowly, the recent
/// one quickly.
public final class AdaptiveLimit: Sendable {
    private static let least = 1.0
    private static let sampleCount: UInt64 = 16
    /// How much slower than usual is still as usual.
    private static let tolerance = 1.5
    /// Where the limit comes to rest when answers stay slow.
    private static let floor = 5.0
    /// Calls of a sample are counted in the word's lowest bits; above them is the sum of their times.
    private static let countBits: UInt64 = 16
    /// A call that takes longer than this, half an hour, is no slower than slow.
    private static let longest: Int64 = 1 << 31

    private let most: Atomic<Int>
    /// Bits of a `Double`, as is the usual time.
    private let estimate: Atomic<UInt64>
    private let usual = Atomic<UInt64>(0)
    private let sample = Atomic<UInt64>(0)
    /// Calls under way at the busiest moment of the sample.
    private let peak = Atomic(0)

    /// - Parameter most: the declared limit.
    public init(most: Int) {
        self.most = Atomic(max(1, most))
        estimate = Atomic(min(Double(max(1, most)), 8).bitPattern)
    }

    public func update(most: Int) {
        self.most.store(max(1, most), ordering: .relaxed)
        move { min($0, Double(max(1, most))) }
    }

    /// Calls at once that are let through now, over all loops.
    public var limit: Int { max(1, Int(Double(bitPattern: estimate.load(ordering: .relaxed)))) }

    /// Tells the end of a call.
    /// - Parameter inFlight: calls under way when it ended, over all loops, itself included.
    public func ended(took: Int64, failed: Bool, inFlight: Int) {
        if failed { return move { max(Self.least, $0 * 0.9) } }
        noteBusiest(inFlight)
        let time = UInt64(min(max(1, took / 1000), Self.longest))
        let gathered = sample.wrappingAdd(time << Self.countBits | 1, ordering: .relaxed).newValue
        let count = gathered & (1 << Self.countBits - 1)
        // When another loop's call came in between, that one takes the sample.
        guard count >= Self.sampleCount,
            sample.compareExchange(expected: gathered, desired: 0, ordering: .relaxed).exchanged
        else { return }
        judge(Double(gathered >> Self.countBits) / Double(count), peak: peak.exchange(0, ordering: .relaxed))
    }

    private func noteBusiest(_ inFlight: Int) {
        var seen = peak.load(ordering: .relaxed)
        while inFlight > seen {
            let result = peak.compareExchange(expected: seen, desired: inFlight, ordering: .relaxed)
            if result.exchanged { return }
            seen = result.original
        }
    }

    /// Moves the limit by the mean time of a sample. Two loops may do so at one moment: of the usual time then one step is lost, which
    /// is one of many.
    private func judge(_ recent: Double, peak: Int) {
        var usual = Double(bitPattern: usual.load(ordering: .relaxed))
        let present = Double(bitPattern: estimate.load(ordering: .relaxed))
        if usual == 0 {
            usual = recent
        } else if recent < usual {
            usual = usual * 0.7 + recent * 0.3
        } else if recent <= Self.tolerance * usual || present <= Self.floor {
            // A partner that queues is not taken for one that has become slow, unless it is slow with few calls, too.
            usual = usual * 0.98 + recent * 0.02
        }
        self.usual.store(usual.bitPattern, ordering: .relaxed)
        // A limit that nobody comes near says nothing about the partner.
        guard Double(peak) * 2 >= present else { return }
        let gradient = min(1, max(0.5, Self.tolerance * usual / recent))
        let most = Double(most.load(ordering: .relaxed))
        move { estimate in
            let target = estimate * gradient + estimate.squareRoot()
            return min(most, max(Self.least, estimate * 0.8 + target * 0.2))
        }
    }

    private func move(_ change: (Double) -> Double) {
        var seen = estimate.load(ordering: .relaxed)
        while true {
            let desired = change(Double(bitPattern: seen)).bitPattern
            let result = estimate.compareExchange(expected: seen, desired: desired, ordering: .relaxed)
            if result.exchanged { return }
            seen = result.original
        }
    }
}

/// Finds how many calls at once a partner bears, by the gradient of its latency: as long as answers come about as fast as they
/// usually do the limit grows by its square root, when they slow down it shrinks in proportion, when they fail it drops.
///
/// Times are whole microseconds; the usual time follows slowly, the recent one quickly.
public struct AdaptiveLimit: Sendable {
    private static let least = 1.0
    private static let sampleCount = 16
    /// How much slower than usual is still as usual.
    private static let tolerance = 1.5
    /// Where the limit comes to rest when answers stay slow.
    private static let floor = 5.0

    private var most: Double
    private var estimate: Double
    private var usual = 0.0
    private var sum = 0.0
    private var samples = 0
    private var peak = 0

    /// - Parameter most: the declared limit, or this loop's share of it.
    public init(most: Int) {
        self.most = Double(max(1, most))
        estimate = min(self.most, 8)
    }

    public mutating func update(most: Int) {
        self.most = Double(max(1, most))
        estimate = min(estimate, self.most)
    }

    /// Calls at once that are let through now.
    public var limit: Int { max(1, Int(estimate)) }

    /// Tells the end of a call.
    /// - Parameter inFlight: calls under way when it ended, itself included.
    public mutating func ended(took: Int64, failed: Bool, inFlight: Int) {
        if failed {
            estimate = max(Self.least, estimate * 0.9)
            return
        }
        sum += Double(max(1, took / 1000))
        samples += 1
        peak = max(peak, inFlight)
        guard samples >= Self.sampleCount else { return }
        let recent = sum / Double(samples)
        sum = 0
        samples = 0
        let wasUsed = Double(peak) * 2 >= estimate
        peak = 0
        if usual == 0 {
            usual = recent
        } else if recent < usual {
            usual = usual * 0.7 + recent * 0.3
        } else if recent <= Self.tolerance * usual || estimate <= Self.floor {
            // A partner that queues is not taken for one that has become slow, unless it is slow with few calls, too.
            usual = usual * 0.98 + recent * 0.02
        }
        // A limit that nobody comes near says nothing about the partner.
        guard wasUsed else { return }
        let gradient = min(1, max(0.5, Self.tolerance * usual / recent))
        let target = estimate * gradient + estimate.squareRoot()
        estimate = min(most, max(Self.least, estimate * 0.8 + target * 0.2))
    }
}

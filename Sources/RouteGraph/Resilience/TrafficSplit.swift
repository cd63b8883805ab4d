/// Chooses calls, so many of ten thousand.
///
/// Call by call it walks round a circle in steps of the golden ratio, and takes the calls that land in the share's part of it. So
/// any run of calls has its share to within a few calls, and so has every second or every third call of it: calls that alternate
/// don't all land on one side.
public struct TrafficSplit: Sendable {
    /// The golden ratio's fraction, of 2^64.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var position: UInt64

    /// - Parameter loop: where to begin: loops that begin at one point would all choose their first calls.
    public init(loop: Int = 0) {
        position = UInt64(truncatingIfNeeded: loop) &* 0xD1B5_4A32_D192_ED03
    }

    /// Whether the next call is one of the share.
    /// - Parameter share: of ``NextVersionPlan/whole`` calls.
    public mutating func takes(share: Int) -> Bool {
        position &+= Self.step
        return Self.isInShare(position, share)
    }

    /// Whether calls with this hash belong to the share. Those of a share belong to every greater one too.
    public static func isInShare(_ hash: UInt64, _ share: Int) -> Bool {
        let place = hash.multipliedFullWidth(by: UInt64(NextVersionPlan.whole)).high
        return place < UInt64(max(0, share))
    }

    /// A hash of a text, evenly spread; the same in every process and version.
    public static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}

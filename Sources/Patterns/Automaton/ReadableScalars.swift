/// Which characters read best in an example.
enum ReadableScalars {
    /// The best first; equal ranks keep the order of the code points.
    private static let order: [ClosedRange<UInt32>] = [
        0x61...0x7A, 0x30...0x39, 0x41...0x5A, 0x2D...0x2F, 0x5F...0x5F, 0x3A...0x40, 0x21...0x2C, 0x5B...0x5E,
        0x7B...0x7E, 0x60...0x60, 0x20...0x20, 0xC0...0x24F, 0x370...0x3FF, 0x400...0x4FF, 0x4E00...0x9FFF,
        0x1F300...0x1F6FF, 0xA1...0xAC, 0xAE...0xBF, 0x250...0x1FFF, 0x2010...0x2027, 0x2030...0x205E, 0x20A0...0xD7FF,
        0xF900...0xFDCF, 0xFDF0...0xFEFE, 0xFF01...0xFFFD, 0x10000...0x1FFFD, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
        0x09...0x0A, 0x0D...0x0D, 0xE000...0xF8FF,
    ]

    static func rank(_ scalar: UInt32) -> Int {
        order.firstIndex { $0.contains(scalar) } ?? order.count
    }

    /// The most readable character of a range; nil when the range holds surrogates only.
    static func best(in range: ClosedRange<UInt32>) -> UInt32? {
        for preferred in order where preferred.overlaps(range) {
            return max(preferred.lowerBound, range.lowerBound)
        }
        if range.lowerBound < 0xD800 || range.lowerBound > 0xDFFF { return range.lowerBound }
        return range.upperBound > 0xDFFF ? 0xE000 : nil
    }

    /// Whether one character is to be preferred to another.
    static func comes(_ scalar: UInt32, before other: UInt32) -> Bool {
        let ranks = (rank(scalar), rank(other))
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : scalar < other
    }

    /// The parts of some ranges that read well, or the ranges themselves when no part does; never surrogates.
    static func readable(in ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for preferred in order.dropLast(3) {
            for range in ranges where range.overlaps(preferred) { result.append(range.clamped(to: preferred)) }
        }
        return result.isEmpty ? ScalarSet(ranges).ranges : result
    }
}

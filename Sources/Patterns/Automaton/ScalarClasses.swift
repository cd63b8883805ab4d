/// The characters divided into classes that a pattern cannot tell apart, so that an automaton's table has one column
/// for each class. Every scalar belongs to exactly one class.
struct ScalarClasses: Sendable {
    /// The first scalar of each segment, ascending from 0.
    private(set) var starts: [UInt32] = [0]
    /// The class of each segment.
    private(set) var classes: [UInt16] = [0]
    private(set) var count = 1
    /// The class of each ASCII character, for the run.
    private(set) var ascii: [UInt16] = []

    /// Divides the characters by membership in some sets; nil when there would be more classes than the limit.
    init?(dividing sets: [ScalarSet]) {
        var boundaries: [(scalar: UInt32, set: Int)] = []
        for (index, set) in sets.enumerated() {
            for range in set.ranges {
                boundaries.append((range.lowerBound, index))
                boundaries.append((range.upperBound + 1, index))
            }
        }
        guard boundaries.count * sets.count <= PatternLimits.division else { return nil }
        boundaries.sort { $0.scalar < $1.scalar }
        // A class is the list of the sets that its characters are in. Membership changes by one set at a time, so the
        // running sum of a random-looking mark per set names the list; equal sums are checked by the members below.
        var members = [Bool](repeating: false, count: sets.count)
        var known: [UInt64: [(members: [Int], number: UInt16)]] = [:]
        var mark: UInt64 = 0
        var inside = 0
        starts = []
        classes = []
        var index = 0
        var segment: UInt32 = 0
        count = 0
        while segment <= 0x10FFFF {
            while index < boundaries.count, boundaries[index].scalar == segment {
                let set = boundaries[index].set
                members[set].toggle()
                inside += members[set] ? 1 : -1
                mark ^= (UInt64(set) + 1) &* 0x9E37_79B9_7F4A_7C15
                index += 1
            }
            let list = inside == 0 ? [] : members.indices.filter { members[$0] }
            let number: UInt16
            if let found = known[mark]?.first(where: { $0.members == list }) {
                number = found.number
            } else {
                guard count < PatternLimits.classes else { return nil }
                number = UInt16(count)
                known[mark, default: []].append((list, number))
                count += 1
            }
            if classes.last != number || starts.isEmpty {
                starts.append(segment)
                classes.append(number)
            }
            guard index < boundaries.count else { break }
            segment = boundaries[index].scalar
        }
        ascii = (0..<128).map { self[UInt32($0)] }
    }

    /// The class of a scalar.
    subscript(scalar: UInt32) -> UInt16 {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return classes[low]
    }

    /// The segments, each a range of scalars with its class; surrogates may lie inside a segment.
    var segments: [(range: ClosedRange<UInt32>, number: UInt16)] {
        starts.indices.map { index in
            let end = index + 1 < starts.count ? starts[index + 1] - 1 : 0x10FFFF
            return (starts[index]...end, classes[index])
        }
    }
}

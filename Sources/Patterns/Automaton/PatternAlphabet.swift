/// The classes of a pattern with what the program asks of them.
struct PatternAlphabet: Sendable {
    let classes: ScalarClasses
    /// What a character of each class is to the assertions beside it.
    let contexts: [PlaceContext]
    /// For each set, which classes are in it: one bit per class.
    private let members: [UInt64]
    private let words: Int

    /// Nil when there would be more classes than the limit. The last two sets are empty when no assertion asks for them.
    init?(sets: [ScalarSet], wordCharacters: ScalarSet, lineEnds: ScalarSet) {
        guard let classes = ScalarClasses(dividing: sets + [wordCharacters, lineEnds]) else { return nil }
        self.classes = classes
        words = (classes.count + 63) / 64
        var members = [UInt64](repeating: 0, count: words * sets.count)
        var contexts = [PlaceContext](repeating: [], count: classes.count)
        for (range, number) in classes.segments {
            let index = Int(number)
            if wordCharacters.contains(range.lowerBound) { contexts[index].insert(.word) }
            if lineEnds.contains(range.lowerBound) { contexts[index].insert(.lineEnd) }
        }
        for (index, set) in sets.enumerated() {
            for range in set.ranges {
                Self.mark(range, classes) {
                    members[index * ((classes.count + 63) / 64) + $0 / 64] |= 1 << UInt64($0 % 64)
                }
            }
        }
        self.members = members
        self.contexts = contexts
    }

    /// Names the classes of the segments in a range, which begins and ends at segment bounds.
    private static func mark(_ range: ClosedRange<UInt32>, _ classes: ScalarClasses, _ body: (Int) -> Void) {
        var low = 0
        var high = classes.starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if classes.starts[middle] <= range.lowerBound { low = middle } else { high = middle }
        }
        while low < classes.starts.count, classes.starts[low] <= range.upperBound {
            body(Int(classes.classes[low]))
            low += 1
        }
    }

    var count: Int { classes.count }

    /// Whether the characters of a class are in a set.
    func contains(_ number: Int, in set: Int32) -> Bool {
        members[Int(set) * words + number / 64] & (1 << UInt64(number % 64)) != 0
    }
}

/// How long the texts of a set are at least and at most, as far as its form shows without looking at states.
struct LengthBounds {
    private var low: Int
    /// Nil when no bound is known.
    private var high: Int?

    init(of form: TextLanguage.Form) {
        (low, high) = (0, nil)
        switch form {
        case .pattern, .not: break
        case .lengths(let least, let most): (low, high) = (least, most)
        case .literals(let trie): (low, high) = (trie.lengths.lowerBound, trie.lengths.upperBound)
        case .every(let parts):
            for part in parts {
                let bounds = LengthBounds(of: part)
                low = max(low, bounds.low)
                high = [high, bounds.high].compactMap { $0 }.min()
            }
        case .some(let parts):
            let bounds = parts.map { LengthBounds(of: $0) }
            low = bounds.map(\.low).min() ?? 0
            let tops = bounds.compactMap(\.high)
            high = tops.count == bounds.count ? tops.max() ?? 0 : nil
        }
    }

    /// Whether every length between the bounds is in a range.
    func lie(within least: Int, _ most: Int?) -> Bool {
        if low < least { return false }
        guard let most else { return true }
        return high.map { $0 <= most } ?? false
    }
}

/// Finds what somebody probably meant.
public enum Spelling {
    /// The nearest of the known names: one that differs in case only, else the one with the smallest edit distance, if
    /// that is at most a third of the name's length (and at least 1). `nil` if nothing is near.
    public static func nearest(_ name: String, in names: some Sequence<String>) -> String? {
        let wanted = folded(name)
        guard !wanted.isEmpty else { return nil }
        let limit = max(1, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in names where candidate != name {
            let bytes = folded(candidate)
            if bytes == wanted { return candidate }
            guard abs(bytes.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, bytes)
            // A distance as long as the name itself is no likeness at all.
            guard distance <= limit, distance < wanted.count, distance < bytes.count else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }

    private static func folded(_ name: String) -> [Unicode.Scalar] {
        name.unicodeScalars.map { scalar in
            guard scalar.isASCII, scalar.properties.isUppercase else { return scalar }
            return Unicode.Scalar(UInt8(scalar.value) | 0x20)
        }
    }

    /// Optimal string alignment: insertions, deletions, replacements and exchanges of neighbours.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        if a.isEmpty || b.isEmpty { return a.count + b.count }
        var older = [Int](repeating: 0, count: b.count + 1)
        var old = Array(0...b.count)
        var new = older
        for i in 1...a.count {
            new[0] = i
            for j in 1...b.count {
                let same = a[i - 1] == b[j - 1]
                var cost = min(old[j] + 1, new[j - 1] + 1, old[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, older[j - 2] + 1) }
                new[j] = cost
            }
            (older, old, new) = (old, new, older)
        }
        return old[b.count]
    }
}

/// Characters that differ only in case: simple, one-to-one mappings, from the standard library's tables.
enum CaseFolding {
    /// Each cased character with the other members of its group, sorted by character. Made once.
    private static let table: [(scalar: UInt32, others: [UInt32])] = {
        var groups: [UInt32: [UInt32]] = [:]
        for value in UInt32(0x41)...0x1E943 {
            // Cased scripts end at U+ABBF apart from the wide forms and the supplementary alphabets.
            if value == 0xABC0 || (value > 0xABC0 && value < 0xFB00) || (value > 0xFF5A && value < 0x10400) { continue }
            // Unicode folds the dotless i to nothing but itself.
            if value == 0x131 { continue }
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            let key = single(upper: scalar).map { single(lower: $0)?.value ?? $0.value } ?? value
            groups[key, default: []].append(value)
        }
        var table: [(scalar: UInt32, others: [UInt32])] = []
        for (key, found) in groups {
            let members = found.contains(key) ? found : found + [key]
            guard members.count > 1 else { continue }
            for member in members { table.append((member, members.filter { $0 != member })) }
        }
        return table.sorted { $0.scalar < $1.scalar }
    }()

    private static func single(upper scalar: Unicode.Scalar) -> Unicode.Scalar? {
        let mapped = scalar.properties.uppercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first : nil
    }

    private static func single(lower scalar: Unicode.Scalar) -> Unicode.Scalar? {
        let mapped = scalar.properties.lowercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first : nil
    }

    /// The set with every character that differs from a member only in case.
    static func close(_ set: ScalarSet) -> ScalarSet {
        if let single = set.single { return set.union(ScalarSet(others(of: single).map { $0...$0 })) }
        var added: [ClosedRange<UInt32>] = []
        for entry in table where set.contains(entry.scalar) {
            added += entry.others.map { $0...$0 }
        }
        return set.union(ScalarSet(added))
    }

    /// The other members of a character's group.
    private static func others(of scalar: UInt32) -> [UInt32] {
        var low = 0
        var high = table.count
        while low < high {
            let middle = (low + high) / 2
            if table[middle].scalar < scalar { low = middle + 1 } else { high = middle }
        }
        return low < table.count && table[low].scalar == scalar ? table[low].others : []
    }
}

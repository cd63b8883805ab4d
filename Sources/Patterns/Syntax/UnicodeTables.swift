/// General categories as sets, read once from the standard library's own tables.
enum UnicodeTables {
    /// The sets by two-letter name; one pass over the planes in use. Planes 4 to 13 hold no character, and planes 15
    /// and 16 are for private use but for the two noncharacters at the end of each.
    private static let byCategory: [String: ScalarSet] = {
        var ranges: [String: [ClosedRange<UInt32>]] = [
            "Cn": [0x40000...0xDFFFF, 0xFFFFE...0xFFFFF, 0x10FFFE...0x10FFFF],
            "Co": [0xF0000...0xFFFFD, 0x100000...0x10FFFD],
        ]
        for segment in [UInt32(0)...0xD7FF, 0xE000...0x3FFFF, 0xE0000...0xEFFFF] {
            var start = segment.lowerBound
            var current: Unicode.GeneralCategory?
            for value in segment {
                let category = Unicode.Scalar(value)?.properties.generalCategory
                if category != current {
                    if let current, value > start { ranges[name(of: current), default: []].append(start...(value - 1)) }
                    start = value
                    current = category
                }
            }
            if let current { ranges[name(of: current), default: []].append(start...segment.upperBound) }
        }
        return ranges.mapValues { ScalarSet($0) }
    }()

    /// The characters of a category (`Lu`) or a group of categories (`L`); nil when there is no such name.
    static func category(_ name: String) -> ScalarSet? {
        switch name {
        case "Cs": return .empty
        case "LC": return ["Lu", "Ll", "Lt"].reduce(ScalarSet.empty) { $0.union(byCategory[$1] ?? .empty) }
        case "L", "M", "N", "P", "S", "Z", "C":
            return ScalarSet(byCategory.filter { $0.key.hasPrefix(name) }.flatMap { $0.value.ranges })
        default: return byCategory[name]
        }
    }

    /// The characters in the planes in use that have a property.
    static func scan(_ test: (Unicode.Scalar.Properties) -> Bool) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        for segment in [UInt32(0)...0xD7FF, 0xE000...0x3FFFF, 0xE0000...0xE0FFF] {
            var start: UInt32?
            for value in segment {
                let holds = Unicode.Scalar(value).map { test($0.properties) } ?? false
                if holds, start == nil { start = value }
                if !holds, let from = start {
                    ranges.append(from...(value - 1))
                    start = nil
                }
            }
            if let start { ranges.append(start...segment.upperBound) }
        }
        return ScalarSet(ranges)
    }

    private static func name(of category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}

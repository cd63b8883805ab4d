/// The sets of characters that the dialects name with a letter.
enum CharacterSets {
    static let asciiDigits = ScalarSet([0x30...0x39])
    static let asciiWord = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// ECMA-262 LineTerminator.
    static let lineEnds = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
    /// ECMA-262 WhiteSpace and LineTerminator.
    static let ecmaSpaces = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    static let xmlLineEnds = ScalarSet([0x0A...0x0A, 0x0D...0x0D])
    static let xmlSpaces = ScalarSet([0x09...0x0A, 0x0D...0x0D, 0x20...0x20])
    /// XSD part 2, appendix F: everything but punctuation, separators and others.
    static let xmlWord = ["P", "Z", "C"].reduce(ScalarSet.empty) {
        $0.union(UnicodeTables.category($1) ?? .empty)
    }.complement
}

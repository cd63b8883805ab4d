extension PatternParser {
    /// What a `\…` stands for; `single` when it is one character and so may bound a range.
    struct Escape {
        var set: ScalarSet
        var single: UInt32?

        init(_ set: ScalarSet) {
            self.set = set
            single = nil
        }

        init(_ scalar: UInt32) {
            set = ScalarSet(scalar)
            single = scalar
        }
    }

    /// Reads an escape that stands for characters; the position is at the backslash.
    mutating func escape(inClass: Bool) throws(PatternError) -> Escape {
        let start = position
        guard let next = peek(1) else {
            throw error("a pattern cannot end with `\\`", from: start, to: start + 1, help: "write `\\\\`")
        }
        position += 2
        switch next {
        case "n": return Escape(0x0A)
        case "r": return Escape(0x0D)
        case "t": return Escape(0x09)
        case "d": return Escape(digits)
        case "D": return Escape(digits.complement)
        case "s": return Escape(spaces)
        case "S": return Escape(spaces.complement)
        case "w": return Escape(wordCharacters)
        case "W": return Escape(wordCharacters.complement)
        case "p", "P":
            let set = try property(from: start)
            return Escape(next == "P" ? set.complement : set)
        default: break
        }
        if dialect == .ecmaScript {
            if let escape = try ecmaEscape(next, from: start, inClass: inClass) { return escape }
        } else {
            if let escape = xmlEscape(next) { return escape }
        }
        throw error(
            "`\\\(next)` is not an escape that this dialect knows", from: start, to: position,
            help: next.isASCII && next.properties.isAlphabetic ? "for the letter itself write `\(next)`" : nil)
    }

    private func xmlEscape(_ next: Unicode.Scalar) -> Escape? {
        switch next {
        case "\\", "|", ".", "?", "*", "+", "(", ")", "{", "}", "-", "[", "]", "^": Escape(next.value)
        case "$" where dialect == .xpath: Escape(next.value)
        case "i": Escape(XMLNameCharacters.start)
        case "I": Escape(XMLNameCharacters.start.complement)
        case "c": Escape(XMLNameCharacters.all)
        case "C": Escape(XMLNameCharacters.all.complement)
        default: nil
        }
    }

    private mutating func ecmaEscape(
        _ next: Unicode.Scalar, from start: Int, inClass: Bool
    ) throws(PatternError) -> Escape? {
        switch next {
        case "v": return Escape(0x0B)
        case "f": return Escape(0x0C)
        case "b" where inClass: return Escape(0x08)
        case "0":
            if let digit = peek, digit.value >= 0x30, digit.value <= 0x39 { return nil }
            return Escape(0)
        case "c":
            guard let letter = peek, letter.isASCII, letter.properties.isAlphabetic else {
                throw error("`\\c` needs a letter, as in `\\cA`", from: start, to: position)
            }
            position += 1
            return Escape(letter.value & 0x1F)
        case "x":
            guard let value = hexadecimal(digits: 2) else {
                throw error("`\\x` needs two hexadecimal digits", from: start, to: position)
            }
            return Escape(value)
        case "u": return try unicodeEscape(from: start)
        default:
            // Punctuation may be escaped whether or not it has a meaning of its own: contracts do so freely.
            guard next.isASCII, next.value > 0x20, next.value != 0x7F else { return nil }
            let isWord = next.properties.isAlphabetic || (next.value >= 0x30 && next.value <= 0x39)
            return isWord ? nil : Escape(next.value)
        }
    }

    /// `\uXXXX`, a pair of them, or `\u{…}`. Half of a pair alone stands for no character of a well-formed text.
    private mutating func unicodeEscape(from start: Int) throws(PatternError) -> Escape {
        if take("{") {
            var value: UInt32 = 0
            var digits = 0
            while let digit = peek.flatMap(hexadecimalValue) {
                value = min(value * 16 + digit, 0x110000)
                digits += 1
                position += 1
            }
            guard digits > 0, value <= 0x10FFFF, take("}") else {
                throw error("`\\u{…}` needs a code point up to 10FFFF", from: start, to: position)
            }
            return Escape(value)
        }
        guard let first = hexadecimal(digits: 4) else {
            throw error("`\\u` needs four hexadecimal digits", from: start, to: position)
        }
        if first >= 0xD800, first < 0xDC00, peek == "\\", peek(1) == "u" {
            let place = position
            position += 2
            if let second = hexadecimal(digits: 4), second >= 0xDC00, second < 0xE000 {
                return Escape(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            }
            position = place
        }
        return Escape(first)
    }

    private mutating func hexadecimal(digits: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek.flatMap(hexadecimalValue) else { return nil }
            value = value * 16 + digit
            position += 1
        }
        return value
    }

    private func hexadecimalValue(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar.value {
        case 0x30...0x39: scalar.value - 0x30
        case 0x41...0x46: scalar.value - 0x37
        case 0x61...0x66: scalar.value - 0x57
        default: nil
        }
    }

    private var digits: ScalarSet {
        dialect == .ecmaScript ? CharacterSets.asciiDigits : UnicodeTables.category("Nd") ?? .empty
    }

    private var spaces: ScalarSet {
        dialect == .ecmaScript ? CharacterSets.ecmaSpaces : CharacterSets.xmlSpaces
    }

    private var wordCharacters: ScalarSet {
        dialect == .ecmaScript ? caseClosed(CharacterSets.asciiWord) : CharacterSets.xmlWord
    }

    /// The `{Name}` after `\p`.
    private mutating func property(from start: Int) throws(PatternError) -> ScalarSet {
        guard take("{") else {
            throw error("`\\p` needs a property in braces, as in `\\p{L}`", from: start, to: position)
        }
        var name = ""
        while let next = peek, next != "}" {
            guard next.isASCII, next.properties.isIDContinue || next == "=" || next == "-" else { break }
            name.unicodeScalars.append(next)
            position += 1
        }
        guard take("}") else {
            throw error("this property is not closed", from: start, to: position, help: "add `}`")
        }
        let set: ScalarSet? =
            switch dialect {
            case .ecmaScript: UnicodeProperties.named(name)
            case .xmlSchema, .xpath:
                name.hasPrefix("Is")
                    ? XMLBlocks.named(String(name.dropFirst(2)))
                    : name.utf8.count <= 2 ? UnicodeTables.category(name) : nil
            }
        guard let set else {
            throw error("`\(name)` is not a Unicode property that this dialect knows", from: start, to: position)
        }
        return set
    }
}

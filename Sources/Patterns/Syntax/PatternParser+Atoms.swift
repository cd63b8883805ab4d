extension PatternParser {
    /// One atom, and whether a repetition may follow it.
    mutating func atom() throws(PatternError) -> (PatternNode, Bool) {
        guard let next = peek else { return (.empty, false) }
        let start = position
        switch next {
        case "(": return try group()
        case "[":
            position += 1
            return (.set(try characterClass(from: start)), true)
        case "\\": return try escapedAtom()
        case ".":
            position += 1
            return (.set(dot), true)
        case "^" where dialect != .xmlSchema:
            position += 1
            return (.assertion(flags.multiline ? .lineStart : .textStart), false)
        case "$" where dialect != .xmlSchema:
            position += 1
            return (.assertion(flags.multiline ? .lineEnd : .textEnd), false)
        case "*", "+", "?":
            throw error("there is nothing before `\(next)` to repeat", from: start, to: start + 1)
        case "{":
            if dialect != .ecmaScript || looksCounted {
                throw error(
                    "there is nothing before `{` to repeat", from: start, to: start + 1, help: "escape it: `\\{`")
            }
        case "]" where dialect != .ecmaScript, "}" where dialect == .xpath:
            throw error("`\(next)` stands alone here", from: start, to: start + 1, help: "escape it: `\\\(next)`")
        default: break
        }
        position += 1
        return (.set(caseClosed(ScalarSet(next.value))), true)
    }

    /// Whether the `{` here begins a well-formed repetition.
    private var looksCounted: Bool {
        var index = position + 1
        var digits = 0
        var commas = 0
        while index < scalars.count {
            switch scalars[index] {
            case 0x30...0x39: digits += commas == 0 ? 1 : 0
            case 0x2C: commas += 1
            case 0x7D: return digits > 0 && commas < 2
            default: return false
            }
            index += 1
        }
        return false
    }

    private var dot: ScalarSet {
        if flags.dotMatchesAll { return .all }
        return dialect == .ecmaScript ? CharacterSets.lineEnds.complement : CharacterSets.xmlLineEnds.complement
    }

    private mutating func escapedAtom() throws(PatternError) -> (PatternNode, Bool) {
        let start = position
        guard let next = peek(1) else {
            throw error("a pattern cannot end with `\\`", from: start, to: start + 1, help: "write `\\\\`")
        }
        if dialect == .ecmaScript, next == "b" || next == "B" {
            position += 2
            return (.assertion(next == "b" ? .wordBoundary : .notWordBoundary), false)
        }
        if dialect == .ecmaScript, next == "k" {
            position += 2
            guard take("<") else { throw error("`\\k` needs a name: `\\k<name>`", from: start, to: position) }
            let name = try groupName(from: start)
            backreferences.append(.init(name: name, number: 0, range: offsets[start]..<offsets[position]))
            return (.empty, true)
        }
        if dialect != .xmlSchema, next.value >= 0x31, next.value <= 0x39 {
            position += 1
            var number = 0
            while let digit = peek, digit.value >= 0x30, digit.value <= 0x39 {
                number = min(number * 10 + Int(digit.value - 0x30), 1_000_000)
                position += 1
            }
            backreferences.append(.init(name: nil, number: number, range: offsets[start]..<offsets[position]))
            return (.empty, true)
        }
        let escape = try escape(inClass: false)
        return (.set(escape.single == nil ? escape.set : caseClosed(escape.set)), true)
    }

    /// The set with every character that differs from a member only in case, when case is ignored.
    func caseClosed(_ set: ScalarSet) -> ScalarSet {
        flags.ignoresCase ? CaseFolding.close(set) : set
    }
}

extension PatternParser {
    /// The rest of `[…]`, whose bracket is read; `start` is where it stood.
    mutating func characterClass(from start: Int) throws(PatternError) -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth <= PatternLimits.depth else {
            throw PatternError(
                .tooLarge, "classes are nested deeper than \(PatternLimits.depth) levels",
                range: offsets[start]..<offsets[position])
        }
        let isNegative = take("^")
        var set = [ClosedRange<UInt32>]()
        var subtracted = ScalarSet.empty
        var count = 0
        while true {
            guard let next = peek else {
                throw error("this class is not closed", from: start, to: start + 1, help: "add `]`")
            }
            if next == "]", dialect == .ecmaScript || count > 0 {
                position += 1
                break
            }
            if next == "-", dialect != .ecmaScript, count > 0, peek(1) == "[" {
                position += 2
                subtracted = try characterClass(from: position - 1)
                guard take("]") else {
                    throw error("a subtraction is the last part of a class", from: start, to: position)
                }
                break
            }
            set += try classItem().ranges
            count += 1
            if set.count > 65_536 { set = ScalarSet(set).ranges }
        }
        var result = caseClosed(ScalarSet(set))
        if isNegative { result = result.complement }
        return result.subtracting(subtracted)
    }

    /// A character, an escape or a range.
    private mutating func classItem() throws(PatternError) -> ScalarSet {
        let start = position
        let low = try classAtom()
        guard peek == "-", let after = peek(1), after != "]", !(after == "[" && dialect != .ecmaScript) else {
            return low.set
        }
        if dialect != .ecmaScript, low.single == 0x2D, scalars[start] == 0x2D {
            // A hyphen at the start of a class is a character.
            return low.set
        }
        guard let first = low.single else {
            if dialect == .xmlSchema { return low.set }
            throw error("a range needs single characters on both sides", from: start, to: position + 1)
        }
        position += 1
        let high = try classAtom()
        guard let last = high.single else {
            throw error("a range needs single characters on both sides", from: start, to: position)
        }
        guard first <= last else {
            throw error("the ends of this range are the wrong way round", from: start, to: position)
        }
        return ScalarSet([first...last])
    }

    private mutating func classAtom() throws(PatternError) -> Escape {
        guard let next = peek else { return Escape(.empty) }
        if next == "\\" { return try escape(inClass: true) }
        if dialect != .ecmaScript, next == "[" || next == "]" {
            throw error(
                "`\(next)` must be escaped in a class", from: position, to: position + 1, help: "write `\\\(next)`")
        }
        position += 1
        return Escape(next.value)
    }
}

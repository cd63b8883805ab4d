/// Reads the source of a pattern. One grammar with differences by dialect; every choice is made on the next
/// characters, so reading is linear, and groups nest only as deep as the limit allows.
struct PatternParser {
    let scalars: [UInt32]
    /// The UTF-8 offset of each scalar, and of the end.
    let offsets: [Int]
    let dialect: Pattern.Dialect
    let flags: PatternFlags
    var position = 0
    var depth = 0
    var captureCount = 0
    /// The names of groups, by number.
    var groupNames: [(name: [UInt32], index: Int)] = []
    /// The first backreference: reported only when the rest is well formed.
    var backreferences: [Backreference] = []

    struct Backreference {
        var name: [UInt32]?
        var number: Int
        var range: Range<Int>
    }

    init(_ source: String, dialect: Pattern.Dialect, flags: PatternFlags) throws(PatternError) {
        var scalars: [UInt32] = []
        var offsets: [Int] = []
        var offset = 0
        for scalar in source.unicodeScalars {
            scalars.append(scalar.value)
            offsets.append(offset)
            offset += UTF8.width(scalar)
            if scalars.count > PatternLimits.sourceLength {
                throw PatternError(
                    .tooLarge, "the pattern has more than \(PatternLimits.sourceLength) characters", range: 0..<offset)
            }
        }
        offsets.append(offset)
        self.scalars = scalars
        self.offsets = offsets
        self.dialect = dialect
        self.flags = flags
    }

    /// Reads all of the source.
    mutating func parse() throws(PatternError) -> PatternNode {
        if flags.literal {
            return .sequence(scalars.map { .set(caseClosed(ScalarSet($0))) })
        }
        let node = try choice()
        if position < scalars.count {
            throw error("this `)` closes nothing", from: position, to: position + 1, help: "escape it: `\\)`")
        }
        for reference in backreferences {
            let known =
                if let name = reference.name {
                    groupNames.contains { $0.name == name }
                } else {
                    reference.number <= captureCount
                }
            guard known else {
                throw PatternError(.syntax, "there is no such group to refer back to", range: reference.range)
            }
        }
        if let reference = backreferences.first {
            throw PatternError(
                .notRegular, "a backreference cannot be decided in linear time",
                help: "write the alternatives out, or check the repetition in a rule", range: reference.range)
        }
        return node
    }

    // MARK: Structure

    private mutating func choice() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= PatternLimits.depth else {
            throw PatternError(
                .tooLarge, "groups are nested deeper than \(PatternLimits.depth) levels",
                range: offsets[position]..<offsets[position])
        }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var items: [PatternNode] = []
        skipIgnored()
        while let next = peek, next != "|", next != ")" {
            let start = position
            let (node, repeatable) = try atom()
            skipIgnored()
            items.append(try quantified(node, repeatable: repeatable, from: start))
            skipIgnored()
        }
        return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
    }

    private mutating func quantified(
        _ node: PatternNode, repeatable: Bool, from start: Int
    ) throws(PatternError) -> PatternNode {
        let place = position
        guard let bounds = try quantifier() else { return node }
        guard repeatable else {
            throw error("nothing here can be repeated", from: place, to: position)
        }
        var lazy = false
        if dialect != .xmlSchema {
            skipIgnored()
            lazy = take("?")
        }
        skipIgnored()
        let again = position
        if try quantifier() != nil {
            throw error(
                "a repetition follows a repetition", from: again, to: position,
                help: "put the first one in a group: `(?:…)`")
        }
        return .repeated(node, min: bounds.min, max: bounds.max, lazy: lazy)
    }

    private mutating func quantifier() throws(PatternError) -> (min: Int, max: Int?)? {
        switch peek {
        case "*":
            position += 1
            return (0, nil)
        case "+":
            position += 1
            return (1, nil)
        case "?":
            position += 1
            return (0, 1)
        case "{": return try counted()
        default: return nil
        }
    }

    private mutating func counted() throws(PatternError) -> (min: Int, max: Int?)? {
        let start = position
        position += 1
        let low = number()
        var high = low
        if low != nil, take(",") { high = number() }
        let open = low != nil && position > start && scalars[position - 1] == 0x2C
        guard let low, take("}") else {
            position = start
            if dialect == .ecmaScript { return nil }
            throw error(
                "`{` does not begin a repetition", from: start, to: start + 1,
                help: "write `{2}`, `{2,}` or `{2,5}`, or escape it: `\\{`")
        }
        if let high, !open, high < low {
            throw error("the repetition's bounds are the wrong way round", from: start, to: position)
        }
        return (low, open ? nil : high)
    }

    /// A decimal number, held down to a bound that no limit reaches.
    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while let digit = peek, digit.isASCII, let weight = Int(String(digit)) {
            value = min(value * 10 + weight, 1_000_000_000)
            position += 1
        }
        return position > start ? value : nil
    }

    // MARK: Groups

    mutating func group() throws(PatternError) -> (PatternNode, Bool) {
        let start = position
        position += 1
        guard take("?") else {
            captureCount += 1
            let index = captureCount
            return (.capture(try body(of: start), index), true)
        }
        guard dialect != .xmlSchema else { throw unknownGroup(start) }
        if take(":") { return (try body(of: start), true) }
        guard dialect == .ecmaScript else { throw unknownGroup(start) }
        if take("=") { return (try look(start, behind: false, negative: false), false) }
        if take("!") { return (try look(start, behind: false, negative: true), false) }
        guard take("<") else { throw unknownGroup(start) }
        if take("=") { return (try look(start, behind: true, negative: false), false) }
        if take("!") { return (try look(start, behind: true, negative: true), false) }
        let name = try groupName(from: start)
        if groupNames.contains(where: { $0.name == name }) {
            throw error("two groups have this name", from: start, to: position)
        }
        captureCount += 1
        let index = captureCount
        groupNames.append((name, index))
        return (.capture(try body(of: start), index), true)
    }

    private func unknownGroup(_ start: Int) -> PatternError {
        error(
            dialect == .xmlSchema
                ? "a group of this dialect cannot begin with `(?`" : "this kind of group is unknown",
            from: start, to: min(position + 1, scalars.count),
            help: dialect == .xmlSchema ? "write `(…)`" : "write `(?:…)` for a group that captures nothing")
    }

    private mutating func look(_ start: Int, behind: Bool, negative: Bool) throws(PatternError) -> PatternNode {
        let node = try body(of: start)
        return .look(
            PatternLook(
                body: node, isBehind: behind, isNegative: negative, range: offsets[start]..<offsets[position]))
    }

    private mutating func body(of start: Int) throws(PatternError) -> PatternNode {
        let node = try choice()
        guard take(")") else {
            throw error("this group is not closed", from: start, to: start + 1, help: "add `)`, or escape it: `\\(`")
        }
        return node
    }

    /// The rest of `<name>`.
    mutating func groupName(from start: Int) throws(PatternError) -> [UInt32] {
        var name: [UInt32] = []
        while let next = peek, next != ">" {
            let properties = next.properties
            guard next == "_" || next == "$" || (name.isEmpty ? properties.isIDStart : properties.isIDContinue) else {
                throw error("this is not a name for a group", from: start, to: position + 1)
            }
            name.append(next.value)
            position += 1
        }
        guard !name.isEmpty, take(">") else {
            throw error("a group's name is `<name>`", from: start, to: position)
        }
        return name
    }

    // MARK: Characters of the source

    var peek: Unicode.Scalar? { peek(0) }

    func peek(_ ahead: Int) -> Unicode.Scalar? {
        position + ahead < scalars.count ? Unicode.Scalar(scalars[position + ahead]) : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    /// Skips whitespace that the flag `x` makes meaningless.
    mutating func skipIgnored() {
        guard flags.ignoresWhitespace else { return }
        while let next = peek, next == " " || next == "\t" || next == "\n" || next == "\r" { position += 1 }
    }

    func error(_ message: String, from: Int, to: Int, help: String? = nil) -> PatternError {
        let end = min(to, scalars.count)
        return PatternError(.syntax, message, help: help, range: offsets[min(from, end)]..<offsets[end])
    }
}

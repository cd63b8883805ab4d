/// Turns syntax into instructions. Repetitions with bounds are written out, so the size is counted before each step and
/// a hostile pattern ends in an error long before memory is used.
struct ProgramBuilder {
    /// The sets of the pattern and all its looks, numbered in the order of their first use.
    private(set) var sets: [ScalarSet] = []
    /// Whether an assertion asks for word characters, and for line ends.
    private(set) var usesWords = false
    private(set) var usesLines = false
    private var lookCount = 0
    private var numbers: [ScalarSet: Int32] = [:]
    private var remaining = PatternLimits.instructions

    /// The program for a whole pattern.
    mutating func build(
        _ node: PatternNode, captureCount: Int, source: Range<Int>
    ) throws(PatternError) -> PatternProgram {
        guard Self.size(of: node) < PatternLimits.instructions else { throw Self.tooLarge(source) }
        var program = PatternProgram()
        program.captureCount = captureCount
        try emit(node, into: &program, source: source)
        try append(.match, to: &program, source: source)
        return program
    }

    private mutating func append(
        _ instruction: PatternInstruction, to program: inout PatternProgram, source: Range<Int>
    ) throws(PatternError) {
        remaining -= 1
        guard remaining > 0 else { throw Self.tooLarge(source) }
        program.instructions.append(instruction)
    }

    static func tooLarge(_ source: Range<Int>) -> PatternError {
        PatternError(
            .tooLarge,
            "the pattern needs more than \(PatternLimits.instructions) steps when its repetitions are written out",
            help: "use smaller bounds, or limit the length beside the pattern", range: source)
    }

    /// How many instructions a node needs, held down to a bound that no limit reaches.
    private static func size(of node: PatternNode) -> Int {
        let bound = PatternLimits.instructions + 1
        switch node {
        case .empty: return 0
        case .set, .assertion, .look: return 1
        case .sequence(let parts): return parts.reduce(0) { min(bound, $0 + size(of: $1)) }
        case .choice(let parts): return parts.reduce(0) { min(bound, $0 + size(of: $1) + 2) }
        case .capture(let body, _): return min(bound, size(of: body) + 2)
        case .repeated(let body, let low, let high, _):
            let copies = min(bound, max(high ?? (low + 1), 1))
            return min(bound, (size(of: body) + 1).multipliedReportingOverflow(by: copies).partialValue + 2)
        }
    }

    private mutating func emit(
        _ node: PatternNode, into program: inout PatternProgram, source: Range<Int>
    ) throws(PatternError) {
        switch node {
        case .empty: break
        case .set(let set):
            try append(.set(try number(of: set, source: source)), to: &program, source: source)
        case .sequence(let parts):
            for part in parts { try emit(part, into: &program, source: source) }
        case .choice(let parts):
            try emit(choice: parts, into: &program, source: source)
        case .capture(let body, let index):
            try append(.save(Int32(2 * index)), to: &program, source: source)
            try emit(body, into: &program, source: source)
            try append(.save(Int32(2 * index + 1)), to: &program, source: source)
        case .assertion(let assertion):
            if assertion == .wordBoundary || assertion == .notWordBoundary { usesWords = true }
            if assertion == .lineStart || assertion == .lineEnd { usesLines = true }
            try append(.assertion(assertion), to: &program, source: source)
        case .look(let look):
            // A repetition writes the same look out many times; one automaton serves them all.
            if let known = program.looks.firstIndex(where: { $0.range == look.range }) {
                try append(.look(Int32(known)), to: &program, source: source)
                return
            }
            lookCount += 1
            guard lookCount <= PatternLimits.looks else {
                throw PatternError(
                    .tooLarge, "the pattern has more than \(PatternLimits.looks) lookarounds", range: look.range)
            }
            let body = try build(look.body, captureCount: 0, source: look.range)
            program.looks.append(
                .init(program: body, isBehind: look.isBehind, isNegative: look.isNegative, range: look.range))
            try append(.look(Int32(program.looks.count - 1)), to: &program, source: source)
        case .repeated(let body, let low, let high, let lazy):
            try emit(body, low, high, lazy, into: &program, source: source)
        }
    }

    private mutating func emit(
        choice parts: [PatternNode], into program: inout PatternProgram, source: Range<Int>
    ) throws(PatternError) {
        var jumps: [Int] = []
        for (index, part) in parts.enumerated() {
            guard index < parts.count - 1 else {
                try emit(part, into: &program, source: source)
                break
            }
            let split = program.instructions.count
            try append(.split(Int32(split + 1), 0), to: &program, source: source)
            try emit(part, into: &program, source: source)
            jumps.append(program.instructions.count)
            try append(.jump(0), to: &program, source: source)
            program.instructions[split] = .split(Int32(split + 1), Int32(program.instructions.count))
        }
        for jump in jumps { program.instructions[jump] = .jump(Int32(program.instructions.count)) }
    }

    private mutating func emit(
        _ body: PatternNode, _ low: Int, _ high: Int?, _ lazy: Bool, into program: inout PatternProgram,
        source: Range<Int>
    ) throws(PatternError) {
        if Self.size(of: body) == 0 { return }
        var last = program.instructions.count
        for _ in 0..<low {
            last = program.instructions.count
            try emit(body, into: &program, source: source)
        }
        guard let high else {
            if low > 0 {
                // x{2,} is x x+, and x+ goes back to its last copy.
                let split = program.instructions.count
                try append(fork(last, split + 1, lazy), to: &program, source: source)
            } else {
                let split = program.instructions.count
                try append(fork(split + 1, 0, lazy), to: &program, source: source)
                try emit(body, into: &program, source: source)
                try append(.jump(Int32(split)), to: &program, source: source)
                program.instructions[split] = fork(split + 1, program.instructions.count, lazy)
            }
            return
        }
        var splits: [Int] = []
        for _ in 0..<max(0, high - low) {
            splits.append(program.instructions.count)
            try append(.jump(0), to: &program, source: source)
            try emit(body, into: &program, source: source)
        }
        for split in splits { program.instructions[split] = fork(split + 1, program.instructions.count, lazy) }
    }

    /// A split that prefers going on with the body, or leaving it.
    private func fork(_ body: Int, _ end: Int, _ lazy: Bool) -> PatternInstruction {
        lazy ? .split(Int32(end), Int32(body)) : .split(Int32(body), Int32(end))
    }

    private mutating func number(of set: ScalarSet, source: Range<Int>) throws(PatternError) -> Int32 {
        if let known = numbers[set] { return known }
        guard sets.count < PatternLimits.sets else {
            throw PatternError(
                .tooLarge, "the pattern uses more than \(PatternLimits.sets) sets of characters", range: source)
        }
        let number = Int32(sets.count)
        sets.append(set)
        numbers[set] = number
        return number
    }
}

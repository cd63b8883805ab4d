/// The automata of a question side by side: a state is one state of each, and a formula says which are accepted.
struct LanguageProduct {
    /// A formula over leaves, smallest parts first, so that it is worked out without recursion.
    private enum Step {
        case leaf(Int)
        case every(Int)
        case some(Int)
        case not
    }

    /// One class of characters that no leaf tells apart.
    struct Letter {
        /// The most readable member.
        var scalar: UInt32
        var ranges: [ClosedRange<UInt32>]
        /// What each leaf calls it.
        var numbers: [UInt32]
    }

    private(set) var leaves: [LanguageLeaf] = []
    private var formula: [Step] = []
    /// The most readable first.
    private(set) var letters: [Letter] = []

    init(_ form: TextLanguage.Form) {
        add(form)
        divide()
    }

    private mutating func add(_ form: TextLanguage.Form) {
        switch form {
        case .pattern(let compiled): add(leaf: LanguageLeaf(pattern: compiled))
        case .literals(let trie): add(leaf: .literals(trie))
        case .lengths(let low, let high): add(leaf: .lengths(low, high))
        case .every(let parts):
            for part in parts { add(part) }
            formula.append(.every(parts.count))
        case .some(let parts):
            for part in parts { add(part) }
            formula.append(.some(parts.count))
        case .not(let inner):
            add(inner)
            formula.append(.not)
        }
    }

    private mutating func add(leaf: LanguageLeaf) {
        formula.append(.leaf(leaves.count))
        leaves.append(leaf)
    }

    private mutating func divide() {
        let starts = Set(leaves.flatMap(\.boundaries) + [0, 0xD800, 0xE000]).filter { $0 <= 0x10FFFF }.sorted()
        var places: [[UInt32]: Int] = [:]
        for (index, start) in starts.enumerated() where start != 0xD800 {
            let end = index + 1 < starts.count ? starts[index + 1] - 1 : 0x10FFFF
            guard !(0xD800...0xDFFF).contains(start) else { continue }
            let numbers = leaves.map { $0.number(of: start) }
            let best = ReadableScalars.best(in: start...end) ?? start
            if let place = places[numbers] {
                letters[place].ranges.append(start...end)
                if ReadableScalars.comes(best, before: letters[place].scalar) { letters[place].scalar = best }
            } else {
                places[numbers] = letters.count
                letters.append(Letter(scalar: best, ranges: [start...end], numbers: numbers))
            }
        }
        letters.sort { ReadableScalars.comes($0.scalar, before: $1.scalar) }
    }

    /// The state before the first character; nil when a limit is reached.
    mutating func start() -> [Int32]? {
        var state: [Int32] = []
        for index in leaves.indices {
            guard let start = leaves[index].start() else { return nil }
            state.append(start)
        }
        return state
    }

    /// The state after a letter; nil when a limit is reached.
    mutating func step(_ state: [Int32], _ letter: Int) -> [Int32]? {
        var next = state
        for index in leaves.indices {
            guard let moved = leaves[index].step(state[index], letters[letter].numbers[index]) else { return nil }
            next[index] = moved
        }
        return next
    }

    /// Whether a text that ends in a state is a member.
    mutating func accepts(_ state: [Int32]) -> Bool {
        var values: [Bool] = []
        for step in formula {
            switch step {
            case .leaf(let index): values.append(leaves[index].accepts(state[index]))
            case .every(let count): Self.fold(&values, count) { $0.allSatisfy { $0 } }
            case .some(let count): Self.fold(&values, count) { $0.contains(true) }
            case .not: Self.fold(&values, 1) { !($0.first ?? false) }
            }
        }
        return values.last ?? false
    }

    /// Whether no text that goes on from a state can be a member.
    func isHopeless(_ state: [Int32]) -> Bool {
        var values: [LanguageLeaf.Certainty] = []
        for step in formula {
            switch step {
            case .leaf(let index): values.append(leaves[index].certainty(state[index]))
            case .every(let count):
                Self.fold(&values, count) {
                    $0.contains(.never) ? .never : $0.allSatisfy { $0 == .always } ? .always : .open
                }
            case .some(let count):
                Self.fold(&values, count) {
                    $0.contains(.always) ? .always : $0.allSatisfy { $0 == .never } ? .never : .open
                }
            case .not:
                Self.fold(&values, 1) { $0.first == .never ? .always : $0.first == .always ? .never : .open }
            }
        }
        return values.last == .never
    }

    private static func fold<Value>(_ values: inout [Value], _ count: Int, _ body: (ArraySlice<Value>) -> Value) {
        let result = body(values.suffix(count))
        values.removeLast(min(count, values.count))
        values.append(result)
    }
}

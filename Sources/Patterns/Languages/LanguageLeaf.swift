/// One elementary set inside a question about languages, as an automaton whose states are numbers.
enum LanguageLeaf {
    case automaton(Automaton, ScalarClasses)
    /// A pattern whose automaton is made as far as the question needs it.
    case growing(GrowingAutomaton)
    case literals(LiteralTrie)
    case lengths(Int, Int?)

    /// What is already certain in a state.
    enum Certainty {
        case never, always, open
    }

    init(pattern compiled: CompiledPattern) {
        if let automaton = compiled.automaton {
            self = .automaton(automaton, compiled.alphabet.classes)
        } else {
            self = .growing(GrowingAutomaton(compiled))
        }
    }

    /// Where the characters that the leaf tells apart begin: the first scalars of its segments.
    var boundaries: [UInt32] {
        switch self {
        case .automaton(_, let classes): classes.starts
        case .growing(let growing): growing.alphabet.classes.starts
        case .literals(let trie): trie.scalars.ranges.flatMap { range in range.flatMap { [$0, $0 + 1] } }
        case .lengths: []
        }
    }

    /// A number for a scalar such that scalars with the same number are treated alike.
    func number(of scalar: UInt32) -> UInt32 {
        switch self {
        case .automaton(_, let classes): UInt32(classes[scalar])
        case .growing(let growing): UInt32(growing.alphabet.classes[scalar])
        case .literals(let trie): trie.scalars.contains(scalar) ? scalar : .max
        case .lengths: 0
        }
    }

    /// The state before the first character; nil when a limit is reached.
    mutating func start() -> Int32? {
        switch self {
        case .automaton(let automaton, _): return Int32(automaton.start)
        case .growing(var growing):
            self = .lengths(0, nil)
            defer { self = .growing(growing) }
            return growing.start()
        case .literals, .lengths: return 0
        }
    }

    /// The state after a character with some number; nil when a limit is reached.
    mutating func step(_ state: Int32, _ number: UInt32) -> Int32? {
        switch self {
        case .automaton(let automaton, _): return Int32(automaton.step(Int(state), Int(number)))
        case .growing(var growing):
            // The copy in `self` is given up first, so that growing happens in place.
            self = .lengths(0, nil)
            defer { self = .growing(growing) }
            return growing.step(state, Int(number))
        case .literals(let trie): return trie.step(state, number)
        case .lengths(let low, let high):
            // Counting stops where nothing can change any more.
            let last = high.map { $0 < Int(Int32.max) - 1 ? $0 + 1 : Int(Int32.max) } ?? low
            return Int(state) < last ? state + 1 : state
        }
    }

    mutating func accepts(_ state: Int32) -> Bool {
        switch self {
        case .automaton(let automaton, _): return automaton.accepts(Int(state))
        case .growing(var growing):
            self = .lengths(0, nil)
            defer { self = .growing(growing) }
            return growing.accepts(state)
        case .literals(let trie): return trie.accepts(state)
        case .lengths(let low, let high): return Int(state) >= low && high.map { Int(state) <= $0 } ?? true
        }
    }

    func certainty(_ state: Int32) -> Certainty {
        switch self {
        case .automaton, .growing: state == 0 ? .never : state == 1 ? .always : .open
        case .literals: state < 0 ? .never : .open
        case .lengths(let low, let high):
            if let high { Int(state) > high ? .never : .open } else { Int(state) >= low ? .always : .open }
        }
    }
}

/// An automaton that is made one state at a time, and remembers what it made.
struct GrowingAutomaton {
    private var maker: Determinizer
    private var known: [UInt64: Int32] = [:]

    init(_ compiled: CompiledPattern) {
        maker = Determinizer(
            program: compiled.program, alphabet: compiled.alphabet, anchoring: compiled.anchoring, looks: [])
    }

    var alphabet: PatternAlphabet { maker.alphabet }

    mutating func start() -> Int32? { maker.start().map { Int32($0) } }

    mutating func step(_ state: Int32, _ number: Int) -> Int32? {
        let key = UInt64(UInt32(bitPattern: state)) << 32 | UInt64(number)
        if let next = known[key] { return next }
        guard let next = maker.step(Int(state), number) else { return nil }
        known[key] = Int32(next)
        return Int32(next)
    }

    mutating func accepts(_ state: Int32) -> Bool { maker.accepts(Int(state)) }
}

/// Makes the states of a deterministic automaton one at a time, each the set of places where a thread of the program
/// may stand. Conditions on what follows run as automata of their own beside the threads that need them; conditions on
/// what came before run beside the whole. So lookaround needs no backtracking here.
struct Determinizer {
    /// Where a match may begin and end.
    struct Anchoring: OptionSet, Hashable {
        let rawValue: UInt8
        /// A match begins where the text begins.
        static let start = Anchoring(rawValue: 1)
        /// A match ends where the text ends.
        static let end = Anchoring(rawValue: 2)
    }

    /// A look's automaton with what its answer means.
    struct Look {
        var automaton: Automaton
        var isBehind: Bool
        var isNegative: Bool
    }

    static let dead = 0
    static let universal = 1

    let program: PatternProgram
    let alphabet: PatternAlphabet
    let anchoring: Anchoring
    let looks: [Look]
    /// The numbers of the looks behind, in the order in which a state keeps their automata's states.
    let behind: [Int]

    /// The states' keys: context, then the states of the looks behind, then the threads.
    private(set) var keys: [[UInt64]] = [[], []]
    private var numbers: [[UInt64]: Int] = [:]
    /// Sets of conditions that a thread still waits for: `look << 32 | state`, sorted.
    private var duties: [[UInt64]] = [[]]
    private var dutyNumbers: [[UInt64]: Int] = [[]: 0]
    private(set) var work = 0

    init(
        program: PatternProgram, alphabet: PatternAlphabet, anchoring: Anchoring, looks: [Look]
    ) {
        self.program = program
        self.alphabet = alphabet
        self.anchoring = anchoring
        self.looks = looks
        behind = looks.indices.filter { looks[$0].isBehind }
    }

    /// The state before the first character; nil when a limit is reached.
    mutating func start(before: PlaceContext = .edge) -> Int? {
        let places = behind.map { looks[$0].automaton.start }
        return state(from: [], before: before, places: places, isStart: true)
    }

    /// The state after one more character of a class; nil when a limit is reached.
    mutating func step(_ state: Int, _ number: Int) -> Int? {
        if state <= Self.universal { return state }
        let key = keys[state]
        let before = PlaceContext(rawValue: UInt8(truncatingIfNeeded: key[0]))
        let context = alphabet.contexts[number]
        var moved: [UInt64] = []
        for thread in resolved(key, before: before, after: context) {
            let place = Int(thread & 0xFFFF_FFFF)
            switch program.instructions[place] {
            case .set(let set):
                guard alphabet.contains(number, in: set), let duty = stepped(Int(thread >> 32), number) else {
                    continue
                }
                moved.append(UInt64(place + 1) | UInt64(duty) << 32)
            case .match:
                guard !anchoring.contains(.end), let duty = stepped(Int(thread >> 32), number) else { continue }
                moved.append(UInt64(place) | UInt64(duty) << 32)
            default: continue
            }
        }
        var places: [Int] = []
        for (index, look) in behind.enumerated() {
            places.append(looks[look].automaton.step(Int(key[1 + index]), number))
        }
        return self.state(from: moved, before: context, places: places, isStart: false)
    }

    /// Whether a text that ends in this state is matched.
    mutating func accepts(_ state: Int) -> Bool {
        if state <= Self.universal { return state == Self.universal }
        let key = keys[state]
        let before = PlaceContext(rawValue: UInt8(truncatingIfNeeded: key[0]))
        for thread in resolved(key, before: before, after: .edge) {
            guard case .match = program.instructions[Int(thread & 0xFFFF_FFFF)] else { continue }
            let met = duties[Int(thread >> 32)].allSatisfy { duty in
                let look = looks[Int(duty >> 32)]
                return look.automaton.accepts(Int(duty & 0xFFFF_FFFF)) != look.isNegative
            }
            if met { return true }
        }
        return false
    }

    // MARK: Threads

    /// The threads of a state once what follows is known: assertions that wait for it have gone on or ended.
    private mutating func resolved(_ key: [UInt64], before: PlaceContext, after: PlaceContext) -> [UInt64] {
        let threads = key[(1 + behind.count)...]
        work += threads.count
        guard threads.contains(where: { isWaiting(Int($0 & 0xFFFF_FFFF)) }) else { return Array(threads) }
        var closure = Closure(before: before, after: after, places: key[1..<(1 + behind.count)].map { Int($0) })
        for thread in threads { closure.pending.append(thread) }
        run(&closure)
        return closure.found
    }

    private func isWaiting(_ place: Int) -> Bool {
        if case .assertion = program.instructions[place] { return true }
        return false
    }

    private struct Closure {
        var before: PlaceContext
        /// Nil while what follows is unknown.
        var after: PlaceContext?
        var places: [Int]
        var pending: [UInt64] = []
        var seen: Set<UInt64> = []
        var found: [UInt64] = []
    }

    /// Follows every step that takes no character.
    private mutating func run(_ closure: inout Closure) {
        while let thread = closure.pending.popLast() {
            guard closure.seen.insert(thread).inserted else { continue }
            work += 1
            let place = Int(thread & 0xFFFF_FFFF)
            let duty = thread & ~0xFFFF_FFFF
            switch program.instructions[place] {
            case .set, .match: closure.found.append(thread)
            case .jump(let target): closure.pending.append(UInt64(target) | duty)
            case .save: closure.pending.append(UInt64(place + 1) | duty)
            case .split(let first, let second):
                closure.pending.append(UInt64(first) | duty)
                closure.pending.append(UInt64(second) | duty)
            case .assertion(let assertion):
                if let after = closure.after {
                    if assertion.holds(before: closure.before, after: after) {
                        closure.pending.append(UInt64(place + 1) | duty)
                    }
                } else if assertion.readsNext {
                    closure.found.append(thread)
                } else if assertion.holds(before: closure.before, after: []) {
                    closure.pending.append(UInt64(place + 1) | duty)
                }
            case .look(let number):
                if let duty = looking(Int(number), Int(thread >> 32), closure) {
                    closure.pending.append(UInt64(place + 1) | UInt64(duty) << 32)
                }
            }
        }
    }

    /// The conditions of a thread after it meets a look; nil when it fails there.
    private mutating func looking(_ number: Int, _ duty: Int, _ closure: Closure) -> Int? {
        let look = looks[number]
        if look.isBehind {
            guard let index = behind.firstIndex(of: number) else { return nil }
            return look.automaton.accepts(closure.places[index]) != look.isNegative ? duty : nil
        }
        let start = look.automaton.start(before: closure.before)
        return adding(UInt64(number) << 32 | UInt64(start), to: duties[duty])
    }

    /// The conditions after one more character; nil when one of them has failed.
    private mutating func stepped(_ duty: Int, _ number: Int) -> Int? {
        if duty == 0 { return 0 }
        var result = 0
        for item in duties[duty] {
            let look = Int(item >> 32)
            let next = looks[look].automaton.step(Int(item & 0xFFFF_FFFF), number)
            guard let with = adding(UInt64(look) << 32 | UInt64(next), to: duties[result]) else { return nil }
            result = with
        }
        return result
    }

    /// The number of some conditions and one more; nil when that one can no longer be met.
    private mutating func adding(_ item: UInt64, to list: [UInt64]) -> Int? {
        let look = looks[Int(item >> 32)]
        let state = Int(item & 0xFFFF_FFFF)
        var list = list
        work += 1 + list.count
        if state == (look.isNegative ? Self.universal : Self.dead) { return nil }
        if state != (look.isNegative ? Self.dead : Self.universal), !list.contains(item) {
            list.append(item)
            list.sort()
        }
        if let known = dutyNumbers[list] { return known }
        duties.append(list)
        dutyNumbers[list] = duties.count - 1
        return duties.count - 1
    }

    // MARK: States

    private mutating func state(from moved: [UInt64], before: PlaceContext, places: [Int], isStart: Bool) -> Int? {
        var closure = Closure(before: before, after: nil, places: places)
        closure.pending = moved
        if isStart || !anchoring.contains(.start) { closure.pending.append(0) }
        run(&closure)
        var threads = closure.found
        var waits = false
        for thread in threads {
            let place = Int(thread & 0xFFFF_FFFF)
            if case .match = program.instructions[place], thread >> 32 == 0, !anchoring.contains(.end) {
                return Self.universal
            }
            if isWaiting(place) { waits = true }
        }
        if threads.isEmpty, anchoring.contains(.start) { return Self.dead }
        threads.sort()
        let key = [UInt64(waits ? before.rawValue : 0)] + places.map { UInt64($0) } + threads
        guard work < PatternLimits.work else { return nil }
        if let known = numbers[key] { return known }
        guard keys.count < PatternLimits.states else { return nil }
        numbers[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }
}

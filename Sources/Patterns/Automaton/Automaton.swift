/// A complete deterministic automaton over the classes of an alphabet. State 0 matches nothing any more; state 1
/// matches whatever follows.
struct Automaton: Sendable {
    let classCount: Int
    /// The next state for each state and class: `state * classCount + class`.
    let table: [UInt32]
    let accepting: [Bool]
    let start: Int
    /// The start for each context before the first place; all are `start` in an automaton for whole texts.
    private let starts: [Int]

    func step(_ state: Int, _ number: Int) -> Int { Int(table[state * classCount + number]) }
    func accepts(_ state: Int) -> Bool { accepting[state] }
    func start(before: PlaceContext) -> Int { starts[Int(before.rawValue) & 7] }
    var stateCount: Int { accepting.count }

    /// Runs a determinizer to its end; nil when a limit is reached. With `everyStart` the automaton may begin inside a
    /// text, as a look ahead does.
    init?(_ determinizer: consuming Determinizer, everyStart: Bool = false) {
        var maker = determinizer
        let classes = maker.alphabet.count
        var starts: [Int] = []
        for raw in UInt8(0)..<8 {
            let context = everyStart ? PlaceContext(rawValue: raw) : .edge
            guard let start = maker.start(before: context) else { return nil }
            starts.append(start)
        }
        var table: [UInt32] = []
        var state = 0
        while state < maker.keys.count {
            guard (state + 1) * classes <= PatternLimits.cells else { return nil }
            for number in 0..<classes {
                guard let next = maker.step(state, number) else { return nil }
                table.append(UInt32(next))
            }
            state += 1
        }
        let accepting = (0..<state).map { maker.accepts($0) }
        self.init(classCount: classes, table: table, accepting: accepting, starts: starts)
    }

    /// Numbers the states that can reach nothing else 0 and 1, and keeps the ones in use.
    private init(classCount: Int, table: [UInt32], accepting: [Bool], starts: [Int]) {
        let count = accepting.count
        let alive = Self.reaching(true, classCount: classCount, table: table, accepting: accepting)
        let fallible = Self.reaching(false, classCount: classCount, table: table, accepting: accepting)
        var numbers = [UInt32](repeating: 0, count: count)
        var kept: [Int] = []
        for state in 0..<count {
            if !alive[state] {
                numbers[state] = 0
            } else if !fallible[state] {
                numbers[state] = 1
            } else {
                numbers[state] = UInt32(kept.count + 2)
                kept.append(state)
            }
        }
        var renumbered = [UInt32](repeating: 0, count: classCount) + [UInt32](repeating: 1, count: classCount)
        renumbered.reserveCapacity((kept.count + 2) * classCount)
        for state in kept {
            for number in 0..<classCount { renumbered.append(numbers[Int(table[state * classCount + number])]) }
        }
        self.classCount = classCount
        self.table = renumbered
        self.accepting = [false, true] + kept.map { accepting[$0] }
        self.starts = starts.map { Int(numbers[$0]) }
        self.start = self.starts[Int(PlaceContext.edge.rawValue)]
    }

    /// Which states lead to a state that accepts, or to one that does not.
    private static func reaching(_ goal: Bool, classCount: Int, table: [UInt32], accepting: [Bool]) -> [Bool] {
        // The arrows backwards, as one list with an index, so that this takes time linear in the table.
        let count = accepting.count
        var first = [Int](repeating: 0, count: count + 1)
        for next in table { first[Int(next) + 1] += 1 }
        for state in 0..<count { first[state + 1] += first[state] }
        var sources = [UInt32](repeating: 0, count: table.count)
        var filled = first
        for (cell, next) in table.enumerated() {
            sources[filled[Int(next)]] = UInt32(cell / classCount)
            filled[Int(next)] += 1
        }
        var reached = accepting.map { $0 == goal }
        var queue = (0..<count).filter { reached[$0] }
        while let state = queue.popLast() {
            for source in sources[first[state]..<first[state + 1]] where !reached[Int(source)] {
                reached[Int(source)] = true
                queue.append(Int(source))
            }
        }
        return reached
    }
}

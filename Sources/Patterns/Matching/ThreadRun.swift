/// Decides a text with the program itself, all threads side by side: for patterns whose automaton would be too large.
/// Takes time proportional to the text times the program, which is bounded, and memory proportional to the program.
enum ThreadRun {
    static func matches(_ text: UnsafeBufferPointer<UInt8>, _ compiled: CompiledPattern) -> Bool {
        let size = compiled.program.instructions.count
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: size * 5) { memory in
            guard let base = memory.baseAddress else { return false }
            base.initialize(repeating: 0, count: size * 5)
            var run = Run(
                compiled: compiled, arrived: ThreadSet(memory: base, capacity: size),
                current: ThreadSet(memory: base + 2 * size, capacity: size), stack: base + 4 * size)
            return run.matches(text)
        }
    }

    private struct Run {
        let compiled: CompiledPattern
        /// The places reached before the next character is known.
        var arrived: ThreadSet
        /// The places from which steps without a character have been followed.
        var current: ThreadSet
        /// Places still to follow: each instruction is here at most once for one place in the text.
        let stack: UnsafeMutablePointer<Int32>
        var pending = 0

        mutating func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
            let whole = compiled.anchoring.contains(.end)
            var index = 0
            var before = PlaceContext.edge
            while true {
                let isStart = index == 0
                var number = 0
                var after = PlaceContext.edge
                if index < text.count {
                    guard let scalar = UTF8Reader.next(text, &index) else { return false }
                    number = Int(compiled.alphabet.classes[scalar])
                    after = compiled.alphabet.contexts[number]
                }
                let atEnd = after.contains(.edge)
                current.removeAll()
                for member in 0..<arrived.count { push(arrived[member]) }
                if isStart || !compiled.anchoring.contains(.start) { push(0) }
                follow(before, after)
                arrived.removeAll()
                for member in 0..<current.count {
                    let place = current[member]
                    switch compiled.program.instructions[place] {
                    case .match where atEnd || !whole: return UTF8Reader.isValid(text, from: index)
                    case .set(let set) where !atEnd && compiled.alphabet.contains(number, in: set):
                        _ = arrived.insert(place + 1)
                    default: break
                    }
                }
                if atEnd { return false }
                before = after
            }
        }

        private mutating func push(_ place: Int) {
            guard current.insert(place) else { return }
            stack[pending] = Int32(place)
            pending += 1
        }

        private mutating func follow(_ before: PlaceContext, _ after: PlaceContext) {
            while pending > 0 {
                pending -= 1
                let place = Int(stack[pending])
                switch compiled.program.instructions[place] {
                case .jump(let target): push(Int(target))
                case .split(let first, let second):
                    push(Int(first))
                    push(Int(second))
                case .save: push(place + 1)
                case .assertion(let assertion):
                    if assertion.holds(before: before, after: after) { push(place + 1) }
                case .set, .look, .match: break
                }
            }
        }
    }
}

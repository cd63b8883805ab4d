/// Some texts as a tree of their characters. State 0 is the root; a text that leaves the tree is in state -1.
struct LiteralTrie: Sendable {
    private struct Edge: Hashable {
        var state: Int32
        var scalar: UInt32
    }

    private var edges: [Edge: Int32] = [:]
    private(set) var ends: [Bool] = [false]
    /// The lengths of the shortest and the longest text, in scalars.
    let lengths: ClosedRange<Int>
    /// The characters that occur.
    let scalars: ScalarSet

    init(_ texts: [String]) {
        var seen: Set<UInt32> = []
        for text in texts {
            var state: Int32 = 0
            for scalar in text.unicodeScalars {
                seen.insert(scalar.value)
                let edge = Edge(state: state, scalar: scalar.value)
                if let next = edges[edge] {
                    state = next
                } else {
                    state = Int32(ends.count)
                    edges[edge] = state
                    ends.append(false)
                }
            }
            ends[Int(state)] = true
        }
        let counts = texts.map(\.unicodeScalars.count)
        lengths = (counts.min() ?? 0)...(counts.max() ?? 0)
        scalars = ScalarSet(seen.map { $0...$0 })
    }

    func step(_ state: Int32, _ scalar: UInt32) -> Int32 {
        state < 0 ? -1 : edges[Edge(state: state, scalar: scalar)] ?? -1
    }

    func accepts(_ state: Int32) -> Bool { state >= 0 && ends[Int(state)] }

    func contains(_ text: String) -> Bool {
        var state: Int32 = 0
        for scalar in text.unicodeScalars { state = step(state, scalar.value) }
        return accepts(state)
    }
}

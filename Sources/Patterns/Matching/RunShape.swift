/// The shape of a pattern whose texts have no choices but their length: runs of ASCII characters, each run from one
/// set, like `[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}`. Whether a character fits depends on its place alone, so that looking
/// at one need not wait for the one before, as steps of an automaton do.
struct RunShape {
    /// For each byte, a bit for each set that it is not in. Bytes that are not ASCII are in none.
    var strange = [UInt8](repeating: 0xFF, count: 256)
    /// For each place, the bit of its set; the last one stands for all places after it when `isEndless`.
    var places: [UInt8] = []
    /// Whether a text of so many characters may end there; the last one stands for all longer texts when `isEndless`.
    var lengths: [Bool] = []
    var isEndless = false

    /// Longer texts are left to the automaton.
    private static let greatestLength = 4_096

    /// Nil for an automaton with choices.
    init?(_ automaton: Automaton, ascii: [UInt16]) {
        var state = automaton.start
        var known: [[Bool]] = []
        while state > Determinizer.universal, lengths.count < RunShape.greatestLength {
            lengths.append(automaton.accepts(state))
            var next = Determinizer.dead
            var set = [Bool](repeating: false, count: 128)
            for byte in 0..<128 {
                let target = automaton.step(state, Int(ascii[byte]))
                if target == Determinizer.dead { continue }
                if next != Determinizer.dead, next != target { return nil }
                next = target
                set[byte] = true
            }
            if next == Determinizer.dead { return }
            let number = known.firstIndex(of: set) ?? known.count
            guard number < 8 else { return nil }
            let bit = UInt8(1) << UInt8(number)
            if number == known.count {
                known.append(set)
                for byte in 0..<128 where set[byte] { strange[byte] &= ~bit }
            }
            places.append(bit)
            if next == state {
                isEndless = true
                return
            }
            state = next
        }
        return nil
    }
}

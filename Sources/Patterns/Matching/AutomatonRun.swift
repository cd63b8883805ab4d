/// Runs an automaton over bytes: one look-up of the class and one of the next state for each character.
enum AutomatonRun {
    static func matches(
        _ text: UnsafeBufferPointer<UInt8>, _ automaton: Automaton, _ classes: ScalarClasses
    ) -> Bool {
        let classCount = automaton.classCount
        var state = automaton.start
        var index = 0
        let end = automaton.table.withUnsafeBufferPointer { table in
            classes.ascii.withUnsafeBufferPointer { ascii in
                while index < text.count, state > Determinizer.universal {
                    let byte = text[index]
                    let number: Int
                    if byte < 0x80 {
                        number = Int(ascii[Int(byte)])
                        index += 1
                    } else {
                        guard let scalar = UTF8Reader.next(text, &index) else { return Determinizer.dead }
                        number = Int(classes[scalar])
                    }
                    state = Int(table[state &* classCount &+ number])
                }
                return state
            }
        }
        if end == Determinizer.universal { return UTF8Reader.isValid(text, from: index) }
        return automaton.accepts(end)
    }
}

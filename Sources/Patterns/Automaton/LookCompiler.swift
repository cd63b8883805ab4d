/// Makes the automata of lookarounds, innermost first.
enum LookCompiler {
    /// One automaton for each look of a program.
    static func looks(of program: PatternProgram, alphabet: PatternAlphabet) throws(PatternError) -> [Determinizer.Look]
    {
        var result: [Determinizer.Look] = []
        for look in program.looks {
            let inner = try looks(of: look.program, alphabet: alphabet)
            // A look ahead begins in the middle of a text, where nothing remembers what a look behind would need; a look
            // behind ends there, where what follows is not known.
            if look.isBehind
                ? (look.program.readsNext || inner.contains { !$0.isBehind }) : inner.contains(where: \.isBehind)
            {
                throw PatternError(
                    .notRegular, "this lookaround depends on text on its other side",
                    help: "write it outside the group",
                    range: look.range)
            }
            let maker = Determinizer(
                program: look.program, alphabet: alphabet, anchoring: look.isBehind ? .end : .start, looks: inner)
            guard let automaton = Automaton(maker, everyStart: !look.isBehind) else {
                throw PatternError(.tooLarge, "the automaton for this lookaround would be too large", range: look.range)
            }
            result.append(.init(automaton: automaton, isBehind: look.isBehind, isNegative: look.isNegative))
        }
        return result
    }
}

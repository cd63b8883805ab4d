/// What a pattern becomes: a program, and if it is small enough the automaton that decides texts.
final class CompiledPattern: @unchecked Sendable {
    // Nothing in it changes, nor what its pointer leads to.
    let program: PatternProgram
    let alphabet: PatternAlphabet
    let anchoring: Determinizer.Anchoring
    /// Nil when the automaton would be too large: then the program's threads decide.
    let automaton: Automaton?
    /// The automaton again, as it runs.
    let machine: UnsafePointer<PatternMachine>

    init(_ source: String, dialect: Pattern.Dialect, flags: String) throws(PatternError) {
        let flags = try PatternFlags(flags, dialect: dialect)
        var parser = try PatternParser(source, dialect: dialect, flags: flags)
        let node = try parser.parse()
        let whole = 0..<source.utf8.count
        var builder = ProgramBuilder()
        program = try builder.build(node, captureCount: parser.captureCount, source: whole)
        let lineEnds = dialect == .ecmaScript ? CharacterSets.lineEnds : ScalarSet(0x0A)
        let alphabet = PatternAlphabet(
            sets: builder.sets, wordCharacters: builder.usesWords ? CharacterSets.asciiWord : .empty,
            lineEnds: builder.usesLines ? lineEnds : .empty)
        guard let alphabet else {
            throw PatternError(.tooLarge, "the pattern tells too many sets of characters apart", range: whole)
        }
        self.alphabet = alphabet
        anchoring = dialect == .xmlSchema ? [.start, .end] : []
        let looks = try LookCompiler.looks(of: program, alphabet: alphabet)
        let automaton = Automaton(
            Determinizer(program: program, alphabet: alphabet, anchoring: anchoring, looks: looks))
        guard
            automaton != nil || (!program.hasLooks && program.instructions.count <= PatternLimits.threadedInstructions)
        else {
            throw PatternError(
                .tooLarge, "the automaton for this pattern would be too large",
                help: "use smaller bounds, or split the pattern in two", range: whole)
        }
        self.automaton = automaton
        let machine = UnsafeMutablePointer<PatternMachine>.allocate(capacity: 1)
        machine.initialize(to: PatternMachine(automaton, ascii: alphabet.classes.ascii))
        self.machine = UnsafePointer(machine)
    }

    deinit {
        machine.pointee.deallocate()
        machine.deallocate()
    }

    /// Whether a text in UTF-8 matches.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch machine.pointee.answer(text) {
        case .yes: true
        case .no: false
        case .unknown: decides(text)
        }
    }

    /// `matches` for texts and patterns that the machine doesn't know.
    @inline(never)
    func decides(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if let automaton { return AutomatonRun.matches(text, automaton, alphabet.classes) }
        return ThreadRun.matches(text, self)
    }
}

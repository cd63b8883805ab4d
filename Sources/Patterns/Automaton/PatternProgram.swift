/// One step of a program. Steps without a target go on with the next instruction.
enum PatternInstruction: Sendable {
    /// Takes one character of a set, named by its number.
    case set(Int32)
    /// Goes on at two places, the first preferred.
    case split(Int32, Int32)
    case jump(Int32)
    /// Notes the place in a slot: 2n where group n begins, 2n + 1 where it ends.
    case save(Int32)
    case assertion(PatternAssertion)
    /// A condition that another program decides, named by its number.
    case look(Int32)
    case match
}

/// A pattern as instructions for a machine with threads: what automata are made of, and what finds groups.
struct PatternProgram: Sendable {
    var instructions: [PatternInstruction] = []
    /// The sets of this program and of its looks, without repetition.
    var looks: [Look] = []
    var captureCount = 0

    struct Look: Sendable {
        var program: PatternProgram
        var isBehind: Bool
        var isNegative: Bool
        var range: Range<Int>
    }

    var hasLooks: Bool { !looks.isEmpty }

    /// Whether deciding a place needs the character after it.
    var readsNext: Bool {
        instructions.contains {
            if case .assertion(let assertion) = $0 { return assertion.readsNext }
            return false
        }
    }
}

/// The bounds that keep compilation short and memory small, whatever the source.
enum PatternLimits {
    /// Unicode scalars in a source.
    static let sourceLength = 32_768
    /// Groups inside groups.
    static let depth = 128
    /// Instructions of a program, after repetitions are written out.
    static let instructions = 16_384
    /// Instructions of a program that runs as a set of threads because its automaton would be too large.
    static let threadedInstructions = 4_096
    /// Distinct sets of characters.
    static let sets = 2_048
    /// Lookarounds in a pattern; each has an automaton of its own.
    static let looks = 32
    /// Sets times the ends of their ranges, when the characters are divided into classes.
    static let division = 20_000_000
    /// Classes of characters that a program cannot tell apart.
    static let classes = 4_096
    /// States of an automaton.
    static let states = 8_192
    /// Cells of an automaton's table.
    static let cells = 1_048_576
    /// Threads looked at while an automaton is made.
    static let work = 1_500_000
    /// States that a question about languages may visit.
    static let productStates = 50_000
    /// Steps that a question about languages may take.
    static let productSteps = 1_000_000
}

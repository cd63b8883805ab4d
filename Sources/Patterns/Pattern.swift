/// A regular expression, compiled to an automaton: matching takes time proportional to the text, whatever the pattern.
public struct Pattern: Sendable {
}

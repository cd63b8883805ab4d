import Testing

@testable import Patterns

@Suite struct HostilePatternTests {
    @Test(arguments: [
        "((a{100}){100}){100}", "(?:(?:(?:a{1000}){1000}){1000}){1000}", "a{999999999}",
        "(a|b){0,99999999999999999999}",
        String(repeating: "(", count: 100_000), String(repeating: "[a", count: 100_000),
        String(repeating: "(", count: 1_000) + String(repeating: ")", count: 1_000),
        String(repeating: "a", count: 50_000),
        String(repeating: "(?:a?){50}", count: 1_000), "(?=(?:a|b)*a(?:a|b){30}c)d",
        "^(?:(?=.{0,3000}b)a)*$", (0..<40).map { "(?=a{\($0)})" }.joined(),
        (0..<600).map { "[\\p{L}\\u{\(String(0x2190 + $0, radix: 16))}]" }.joined(),
    ])
    func endsInAnError(source: String) {
        do throws(PatternError) {
            _ = try Pattern(source, dialect: .ecmaScript)
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .tooLarge || error.kind == .syntax)
        }
    }

    @Test(arguments: [
        "(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*(.*)*(.*)*x",
        "a{1,1000}", "^a{1,1000}$", "(?:a|b)*a(?:a|b){20}", "^.{0,5000}$", "(?:.*a){12}", "[\\p{L}\\p{N}]{1,200}",
        "(?:a?){30}a{30}", "(((((((((a?)*)*)*)*)*)*)*)*)*", "^(?:(?!a{3})[ab])*$",
        "(?:(?=(?:a|b)*a(?:a|b){5})a){100}",
    ])
    func staysWithinItsBounds(source: String) throws {
        let pattern = try Pattern(source, dialect: .ecmaScript)
        let compiled = pattern.compiled
        #expect(compiled.program.instructions.count <= PatternLimits.instructions)
        if let automaton = compiled.automaton {
            #expect(automaton.stateCount <= PatternLimits.states)
            #expect(automaton.table.count <= PatternLimits.cells)
        } else {
            #expect(compiled.program.instructions.count <= PatternLimits.threadedInstructions)
        }
        let long = String(repeating: "a", count: 2_000) + "!"
        _ = pattern.matches(long)
    }

    @Test func largeAutomataRunAsThreads() throws {
        let pattern = try Pattern("^(?:a|b)*a(?:a|b){20}$", dialect: .ecmaScript)
        #expect(pattern.compiled.automaton == nil)
        #expect(pattern.matches("ba" + String(repeating: "b", count: 20)))
        #expect(!pattern.matches("bb" + String(repeating: "b", count: 20)))
        #expect(!pattern.matches("ba" + String(repeating: "b", count: 19) + "c"))
    }

    /// Any text may be a pattern, and any pattern that is accepted may be run.
    @Test func anyTextMayBeAPattern() {
        var generator = SeededGenerator.announced("hostile patterns")
        let alphabet = Array("ab(){}[]|*+?.\\^$-,0129dwspPLuxk<>=!:é😀\u{0}")
        var accepted = 0
        for _ in 0..<1_500 {
            let source = String(
                (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
                    alphabet.randomElement(using: &generator)
                })
            for dialect in [Pattern.Dialect.ecmaScript, .xmlSchema, .xpath] {
                do throws(PatternError) {
                    let pattern = try Pattern(source, dialect: dialect)
                    accepted += 1
                    let bytes = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    bytes.withUnsafeBufferPointer { _ = pattern.matches($0) }
                } catch {
                    #expect(error.range.upperBound <= source.utf8.count, "\(source)")
                }
            }
        }
        #expect(accepted > 100)
    }
}

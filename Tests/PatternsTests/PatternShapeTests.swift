import Testing

@testable import Patterns

/// Patterns that are runs of characters are decided by their shape: with the verdicts of the machine with threads.
struct PatternShapeTests {
    private static let sources = [
        "^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$", "^[A-Z0-9]{8}([A-Z0-9]{3})?$", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "^[a-z]+$", "^[^a]*$", "^a[0-9]*$", "^a{0,3}$", "^x?y?$", "^(ab){1,4}$", "^.{1,40}$", "^[0-9]+(\\.[0-9]{2})?$",
        "^(a|b)c{2,}$", "^$", "^[ab]{70}$", "^a.b$", "^0[1-9]1[2-8]2[3-7]3[4-6]4[5-9]$", "^a", "b$", "^[A-Z]{3}",
    ]

    private static let hasShape = Set(sources.prefix(7)).union(["^$", "^[ab]{70}$"])

    /// A text that often fits, and may have a character of another script.
    private static func text(_ generator: inout SeededGenerator) -> [UInt8] {
        let alphabet = Array("AZab01239-xyc.é€")
        let samples = [
            "DE44500105175407324931", "COBADEFF", "COBADEFFXXX", "2026-03-31", "abc", "a012", "", "xy", "aaa", "abab",
            "12.50", "accc", "0112233445", String(repeating: "ab", count: 35),
        ]
        var characters = Array(samples.randomElement(using: &generator) ?? "")
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let character = alphabet.randomElement(using: &generator) ?? "a"
            let place = Int.random(in: 0...characters.count, using: &generator)
            if Bool.random(using: &generator) || place == characters.count {
                characters.insert(character, at: place)
            } else {
                characters[place] = character
            }
        }
        return Array(String(characters).utf8)
    }

    @Test func verdictsAreThoseOfTheThreads() throws {
        var generator = SeededGenerator.announced("shapes of patterns")
        var matched = 0
        for source in Self.sources {
            let pattern = try Pattern(source, dialect: .ecmaScript)
            let matcher = PatternMatcher(pattern)
            for _ in 0..<600 {
                Self.text(&generator).withUnsafeBufferPointer { bytes in
                    let expected = ThreadRun.matches(bytes, pattern.compiled)
                    #expect(
                        matcher.matches(bytes) == expected && pattern.matches(bytes) == expected,
                        "/\(source)/ on \(String(decoding: bytes, as: UTF8.self))")
                    if expected { matched += 1 }
                }
            }
        }
        #expect(matched > 500)
    }

    @Test func runsOfCharactersHaveAShape() throws {
        for source in Self.sources {
            let compiled = try Pattern(source, dialect: .ecmaScript).compiled
            let automaton = try #require(compiled.automaton)
            let shape = RunShape(automaton, ascii: compiled.alphabet.classes.ascii)
            if Self.hasShape.contains(source) { #expect(shape != nil, "\(source)") }
            if source == "^[0-9]+(\\.[0-9]{2})?$" || source == "b$" { #expect(shape == nil, "\(source)") }
        }
    }

    @Test func lengthsEndWhereTheyShould() throws {
        let pattern = try Pattern("^[ab]{2,70}$", dialect: .ecmaScript)
        for count in 0...80 {
            #expect(pattern.matches(String(repeating: "a", count: count)) == (2...70).contains(count))
        }
        let endless = try Pattern("^x[ab]{2,}$", dialect: .ecmaScript)
        for count in 0...80 {
            let text = "x" + String(repeating: "b", count: count)
            #expect(endless.matches(text) == (count >= 2))
            #expect(!endless.matches(text + "c"))
        }
    }
}

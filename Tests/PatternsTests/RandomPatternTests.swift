import Testing

@testable import Patterns

@Suite struct RandomPatternTests {
    /// Random small patterns on every short text, beside a matcher that tries everything.
    @Test(arguments: [false, true]) func agreesWithTryingEverything(looks: Bool) throws {
        var generator = SeededGenerator.announced("random patterns")
        let texts = SmallPattern.texts(["a", "b", "é"], upTo: 4)
        var compared = 0
        for _ in 0..<250 {
            let small = SmallPattern.random(3, looks: looks, &generator)
            guard Self.isWritable(small) else { continue }
            let pattern = try Pattern(small.source, dialect: .ecmaScript, flags: "s")
            for text in texts {
                compared += 1
                let expected = small.matches(text)
                guard pattern.matches(String(text)) == expected else {
                    Issue.record("/\(small.source)/ on \(String(text).debugDescription): not \(expected)")
                    return
                }
            }
        }
        #expect(compared > 10_000)
    }

    /// Inclusion is held against the verdicts on every short text: a witness is a shortest one, and an inclusion has no
    /// exception among them.
    @Test func inclusionAgreesWithEnumeration() throws {
        var generator = SeededGenerator.announced("random inclusion")
        let texts = SmallPattern.texts(["a", "b", "é"], upTo: 4)
        var included = 0
        var excluded = 0
        for _ in 0..<250 {
            let patterns = try (0..<2).map { _ in
                let source = SmallPattern.random(2, looks: true, &generator).source
                return try Pattern("^(?:\(source))$", dialect: .ecmaScript, flags: "s")
            }
            let length = Int.random(in: 0...4, using: &generator)
            let left = TextLanguage(pattern: patterns[0]).union(TextLanguage(literals: ["ab"]))
                .intersection(TextLanguage(lengths: 0...length))
            let right = TextLanguage(pattern: patterns[1])
            let exceptions = texts.filter { text in
                let text = String(text)
                return text.unicodeScalars.count <= length && (patterns[0].matches(text) || text == "ab")
                    && !patterns[1].matches(text)
            }
            let question = "/\(patterns[0].source)/ up to \(length) in /\(patterns[1].source)/"
            switch left.inclusion(in: right) {
            case .included:
                included += 1
                #expect(exceptions.isEmpty, "\(question): \(exceptions.first.map { String($0) } ?? "")")
            case .notIncluded(let witness):
                excluded += 1
                #expect(left.contains(witness) && !right.contains(witness), "\(question): \(witness)")
                if let shortest = exceptions.first {
                    // A witness may have characters that these texts have not.
                    #expect(witness.unicodeScalars.count <= shortest.count, "\(question): \(witness)")
                }
            case .unknown(let reason): Issue.record("\(question): \(reason)")
            }
        }
        print("inclusion: \(included) included, \(excluded) not")
        #expect(excluded > 0)
    }

    /// Repetitions of assertions are not written in the dialect.
    private static func isWritable(_ pattern: SmallPattern) -> Bool {
        (try? Pattern(pattern.source, dialect: .ecmaScript, flags: "s")) != nil
    }

    @Test func samplesAreMembers() throws {
        var generator = SeededGenerator.announced("samples")
        let sources = [
            "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", "^\\p{Lu}\\p{Ll}+$", "(?=.*\\d)(?=.*[a-z])^.{8,12}$", "\\d+",
            "^(a|bc)*$", "",
            "^(?!foo)[a-z]+$", "^[^\\x20-\\x7e]{3}$",
        ]
        for source in sources {
            let pattern = try Pattern(source, dialect: .ecmaScript)
            let sampler = try #require(TextSampler(TextLanguage(pattern: pattern), maximumLength: 34))
            for _ in 0..<50 {
                let text = sampler.sample(using: &generator)
                #expect(
                    pattern.matches(text) && text.unicodeScalars.count <= 34, "/\(source)/: \(text.debugDescription)")
            }
        }
        let short = try Pattern("^a{5}$", dialect: .ecmaScript)
        #expect(short.sample(using: &generator, maxLength: 4) == nil)
        #expect(short.sample(using: &generator, maxLength: 5) == "aaaaa")
    }
}

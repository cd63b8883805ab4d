import Patterns
import Testing

@Suite struct TextLanguageTests {
    private func language(_ source: String, _ dialect: Pattern.Dialect = .ecmaScript) throws -> TextLanguage {
        TextLanguage(pattern: try Pattern(source, dialect: dialect))
    }

    @Test func inclusions() throws {
        let iban = try language("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", .xmlSchema)
        let max34 = TextLanguage(lengths: 0...34)
        #expect(iban.inclusion(in: max34) == .included)
        #expect(
            iban.inclusion(in: TextLanguage(lengths: 0...20))
                == .notIncluded(witness: "AA00" + String(repeating: "0", count: 17)))
        #expect(iban.inclusion(in: try language("^[A-Z0-9]+$")) == .included)
        #expect(TextLanguage.all.inclusion(in: .all) == .included)
        #expect(TextLanguage.none.inclusion(in: iban) == .included)
        #expect(TextLanguage.all.inclusion(in: .none) == .notIncluded(witness: ""))
        #expect(TextLanguage(literals: ["EUR", "USD"]).inclusion(in: try language("^[A-Z]{3}$")) == .included)
        #expect(
            TextLanguage(literals: ["EUR", "Usd"]).inclusion(in: try language("^[A-Z]{3}$"))
                == .notIncluded(witness: "Usd"))
        #expect(
            try language("^(EUR|USD)$").inclusion(in: TextLanguage(literals: ["EUR"])) == .notIncluded(witness: "USD"))
        #expect(try language("^\\d+$").inclusion(in: try language("\\d+", .xmlSchema)) == .included)
        #expect(try language("\\d+", .xmlSchema).inclusion(in: try language("^\\d+$")) == .notIncluded(witness: "٠"))
    }

    @Test func witnessesAreShortAndReadable() throws {
        #expect(TextLanguage.all.inclusion(in: TextLanguage(lengths: 0...3)) == .notIncluded(witness: "aaaa"))
        #expect(try language("^.*$").complement.shortest() == "\n")
        #expect(try language("^[^a-z]{2}$").shortest() == "00")
        #expect(try language("^\\s$").shortest() == " ")
        #expect(TextLanguage.none.shortest() == nil)
        #expect(TextLanguage.all.shortest() == "")
        #expect(try language("^(?=.*\\d)(?=.*[A-Z]).{4,}$").shortest() == "aa0A")
    }

    @Test func lengthsCountScalars() throws {
        let two = TextLanguage(lengths: 2...2)
        #expect(two.contains("😀é"))
        #expect(try language("^😀{2}$").inclusion(in: two) == .included)
        #expect(two.inclusion(in: TextLanguage(minimumLength: 2)) == .included)
        #expect(TextLanguage(minimumLength: 2).inclusion(in: two) == .notIncluded(witness: "aaa"))
    }

    @Test func questionsEnd() throws {
        let wide = TextLanguage(lengths: 0...1_000_000_000)
        let letters = try language("^a*$").intersection(wide)
        guard case .unknown = letters.inclusion(in: try language("^(?:aa)*a?$")) else {
            Issue.record("a question about a thousand million states was answered")
            return
        }
        #expect(letters.inclusion(in: TextLanguage(lengths: 0...2_000_000_000)) == .included)
        #expect(
            wide.inclusion(in: TextLanguage(lengths: 0...140))
                == .notIncluded(witness: String(repeating: "a", count: 141)))
        let exponential = try language("^(?:a|b)*a(?:a|b){24}$")
        switch exponential.inclusion(in: exponential.complement.complement.intersection(try language("^[ab]*$"))) {
        case .included, .unknown: break
        case .notIncluded(let witness): Issue.record("\(witness) is no exception")
        }
        var chain = TextLanguage.none
        for number in 0..<200 { chain = chain.union(TextLanguage(literals: ["n\(number)"])) }
        #expect(chain.inclusion(in: try language("^n\\d{1,3}$")) == .included)
    }
}

import Testing

@testable import Patterns

@Suite struct PatternTests {
    @Test func firstSteps() throws {
        let iban = try Pattern("^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", dialect: .ecmaScript)
        #expect(iban.matches("DE89370400440532013000"))
        #expect(!iban.matches("DE8937040044053201300" + "0é"))
        let cole = try Pattern("\\p{Letter}cole", dialect: .ecmaScript)
        #expect(cole.matches("l'école"))
        #expect(!cole.matches("L'ÉCOLE"))
    }
}

import Contracts
import Testing

/// Every required test of the official suite passes; of the optional ones the exceptions are named.
@Suite struct SchemaSuiteTests {
    static let drafts: [(folder: String, dialect: JSONSchemaDialect)] = [
        ("draft4", .draft4), ("draft6", .draft6), ("draft7", .draft7), ("draft2019-09", .draft201909),
        ("draft2020-12", .draft202012),
    ]

    /// Optional tests that fail, by a part of their name, and why.
    static let exceptions: [(part: String, reason: String)] = [
        ("content | validation of string-encoded content based on media type | an invalid JSON document", annotation),
        ("content | validation of binary string-encoding | an invalid base64 string", annotation),
        ("content | validation of binary-encoded media type documents | a validly-encoded invalid JSON", annotation),
        ("content | validation of binary-encoded media type documents | an invalid base64 string", annotation),
    ]

    private static let annotation = "contentMediaType and contentEncoding are annotations, as from 2019-09 on"

    @Test(arguments: drafts.indices)
    func required(index: Int) {
        guard let root = conformanceFolder() else { return }
        let draft = Self.drafts[index]
        let outcome = SchemaSuite(root).run(draft.folder, dialect: draft.dialect, formats: .byVocabulary)
        if outcome.total == 0 {
            print("skipped: the suite has no \(draft.folder)")
            return
        }
        print("json-schema \(draft.folder) required: \(outcome.passed)/\(outcome.total)")
        #expect(outcome.failures == [])
    }

    /// The exceptions of all drafts, so that one that begins to pass is noticed.
    @Test func exceptionsStillFail() {
        guard let root = conformanceFolder() else { return }
        let suite = SchemaSuite(root)
        var failures: [String] = []
        for draft in Self.drafts {
            failures += suite.run(draft.folder + "/optional", dialect: draft.dialect, formats: .byVocabulary).failures
            failures +=
                suite.run(draft.folder + "/optional/format", dialect: draft.dialect, formats: .asserted).failures
        }
        for exception in Self.exceptions {
            #expect(failures.contains { $0.contains(exception.part) }, "passes now: \(exception.part)")
        }
    }

    @Test(arguments: drafts.indices)
    func optional(index: Int) {
        guard let root = conformanceFolder() else { return }
        let draft = Self.drafts[index]
        let suite = SchemaSuite(root)
        let plain = suite.run(draft.folder + "/optional", dialect: draft.dialect, formats: .byVocabulary)
        let formats = suite.run(draft.folder + "/optional/format", dialect: draft.dialect, formats: .asserted)
        let total = plain.total + formats.total
        guard total > 0 else {
            print("skipped: the suite has no \(draft.folder)/optional")
            return
        }
        let failures = plain.failures + formats.failures
        print("json-schema \(draft.folder) optional and format: \(total - failures.count)/\(total)")
        let unnamed = failures.filter { name in !Self.exceptions.contains { name.contains($0.part) } }
        #expect(unnamed == [])
        #expect(Double(total - failures.count) >= 0.97 * Double(total))
    }
}

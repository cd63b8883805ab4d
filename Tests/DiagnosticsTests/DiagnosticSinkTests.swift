import Diagnostics
import Testing

@Suite struct DiagnosticSinkTests {
    @Test func `sorts by file and place, and says everything once`() {
        var store = SourceStore()
        let b = store.add(path: "b.yaml", bytes: Array("0123456789".utf8))
        let a = store.add(path: "a.yaml", bytes: Array("0123456789".utf8))
        func at(_ file: FileID, _ start: Int) -> SourceSpan { SourceSpan(file: file, start: start, end: start + 1) }
        var sink = DiagnosticSink()
        sink.add(Diagnostic("WB1001", "4", at: at(b, 5)))
        sink.add(Diagnostic("WB1001", "3", at: at(b, 1)))
        sink.add(Diagnostic("WB1001", .warning, "2", at: at(a, 7)))
        var other = DiagnosticSink()
        other.add(Diagnostic("WB1001", "1", at: at(a, 7)))
        other.add(Diagnostic("WB1001", "0", at: nil))
        other.add(Diagnostic("WB1001", "4", at: at(b, 5)))
        sink.merge(other)
        #expect(sink.sorted(in: store).map(\.title) == ["0", "1", "2", "3", "4"])
        #expect(sink.errorCount == 5)
        #expect(sink.warningCount == 1)
        #expect(sink.hasErrors)
        #expect(!DiagnosticSink().hasErrors)
    }

    @Test func `severities are ordered`() {
        #expect(Severity.error > .warning)
        #expect(Severity.warning > .note)
    }

    @Test func `codes are unique and well formed`() {
        let codes = DiagnosticCode.all.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /WB[1-6][0-9]{3}/) != nil })
        #expect(DiagnosticCode.find("wb1004")?.title == "duplicate key")
        #expect(DiagnosticCode.find("WB9999") == nil)
    }

    @Test(arguments: [
        ("biling", "billing"), ("Billing", "billing"), ("amuont", "amount"), ("endpiont", "endpoint"), ("x", nil),
        ("timeuot", "timeout"), ("", nil), ("something-else", nil), ("ab", "abc"),
    ])
    func `nearest spelling`(_ name: String, _ expected: String?) {
        #expect(Spelling.nearest(name, in: ["billing", "amount", "endpoint", "timeout", "abc", "q"]) == expected)
    }

    @Test func `a name isn't near to itself`() {
        #expect(Spelling.nearest("amount", in: ["amount"]) == nil)
    }
}

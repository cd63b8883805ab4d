import Diagnostics
import Testing

@Suite struct TerminalRendererTests {
    @Test func `a primary and a secondary label in two files`() {
        let sample = Sample()
        #expect(
            TerminalRenderer().render([sample.unknownUpstream], sample.store) == """
                error[WB2104]: unknown upstream `biling`
                  --> routes/invoices.yaml:12:13
                   |
                12 |   upstream: biling
                   |             ^^^^^^ no upstream has this name
                   ::: routes/upstreams.yaml:3:3
                 3 |   billing:
                   |   ------- a similar name is declared here
                help: write `billing`                                   (fix-it available; `waybill explain WB2104`)

                """)
    }

    @Test func `labels in one file go by line`() {
        let sample = Sample()
        let diagnostic = Diagnostic(
            "WB1004", .warning, "duplicate", at: sample.span("  b: 1"), "second",
            secondary: [Label(sample.span("# line 3"), "first"), Label(sample.span("b: 1"), "the key")],
            notes: ["a note"])
        #expect(
            TerminalRenderer().render([diagnostic], sample.store) == """
                warning[WB1004]: duplicate
                  --> routes/invoices.yaml:5:1
                   |
                 3 | # line 3
                   | -------- first
                ...
                 5 |   b: 1
                   | ^^^^^^ second
                   |   ---- the key
                note: a note
                help: `waybill explain WB1004` says more

                """)
    }

    @Test func `without a place`() {
        #expect(
            TerminalRenderer().render(
                [Diagnostic("WB2001", "empty workspace", at: nil, help: "create one")], SourceStore())
                    == """
                    error[WB2001]: empty workspace
                    help: create one                                        (`waybill explain WB2001`)

                    """)
    }

    @Test func `tabs, wide and combining characters keep the caret in its place`() {
        var store = SourceStore()
        let text = "\t名e\u{301}x: v"
        let file = store.add(path: "a.yaml", bytes: Array(text.utf8))
        let start = text.utf8.count - 1
        let span = SourceSpan(file: file, start: start, end: start + 1)
        let lines = TerminalRenderer().render([Diagnostic("WB1001", "x", at: span)], store).split(separator: "\n")
        #expect(lines[3] == " 1 |     名e\u{301}x: v")
        #expect(lines[4] == "   |           ^")
    }

    @Test func `control characters don't reach the terminal`() {
        var store = SourceStore()
        let file = store.add(path: "a\u{1B}[2J.yaml", bytes: Array("a: \u{1B}[31m\u{202E}b".utf8))
        let diagnostic = Diagnostic(
            "WB1001", "bad \u{1B}]0;x\u{07}", at: SourceSpan(file: file, start: 0, end: 1), help: "two\nlines")
        let text = TerminalRenderer().render([diagnostic], store)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        #expect(text.contains("help: two lines"))
    }

    @Test func `a place that goes over lines is underlined to the end of the first`() {
        let sample = Sample()
        let span = SourceSpan(
            file: sample.invoices, start: sample.span("b: 1").start, end: sample.span("upstream").end)
        let lines = TerminalRenderer().render([Diagnostic("WB1001", "x", at: span)], sample.store).split(
            separator: "\n")
        #expect(lines[4] == "   |   ^^^^")
    }

    @Test func `a long line is shown around its label`() {
        var store = SourceStore()
        let text = String(repeating: "a", count: 1000) + "HERE" + String(repeating: "b", count: 1000)
        let file = store.add(path: "a.yaml", bytes: Array(text.utf8))
        let span = SourceSpan(file: file, start: 1000, end: 1004)
        let lines = TerminalRenderer().render([Diagnostic("WB1001", "x", at: span)], store).split(separator: "\n")
            .map(Array.init)
        #expect(lines[3].count < 200)
        let caret = lines[4].firstIndex(of: "^") ?? 0
        #expect(String(lines[3][caret..<caret + 4]) == "HERE")
    }

    @Test func `places outside of the file do no harm`() {
        let sample = Sample()
        for (start, end) in [(5_000, 6_000), (0, 9_999)] {
            let diagnostic = Diagnostic("WB1001", "x", at: SourceSpan(file: sample.invoices, start: start, end: end))
            #expect(TerminalRenderer().render([diagnostic], sample.store).contains("^"))
        }
        let stranger = Diagnostic("WB1001", "x", at: SourceSpan(file: FileID(index: 99), start: 0, end: 1))
        #expect(TerminalRenderer(color: true).render([stranger], sample.store).contains("^"))
    }

    @Test func `colour`() {
        let sample = Sample()
        let text = TerminalRenderer(color: true).render([sample.unknownUpstream], sample.store)
        #expect(text.hasPrefix("\u{1B}[1;31merror[WB2104]\u{1B}[0m"))
        let plain = text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(plain == TerminalRenderer().render([sample.unknownUpstream], sample.store))
    }

    @Test func `summary`() {
        let error = Diagnostic("WB1001", "x", at: nil)
        let warning = Diagnostic("WB1001", .warning, "x", at: nil)
        #expect([error, error, warning].summary == "2 errors, 1 warning")
        #expect([warning].summary == "1 warning")
        #expect([Diagnostic]().summary == nil)
    }
}

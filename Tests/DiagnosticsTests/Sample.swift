import Diagnostics

/// Two files and a diagnostic over both.
struct Sample {
    let store: SourceStore
    let invoices: FileID
    let upstreams: FileID

    init() {
        var store = SourceStore()
        var text = (1...11).map { $0 == 5 ? "  b: 1\n" : "# line \($0)\n" }.joined()
        text += "  upstream: biling\n"
        invoices = store.add(path: "routes/invoices.yaml", bytes: Array(text.utf8))
        upstreams = store.add(path: "routes/upstreams.yaml", bytes: Array("# é\nupstreams:\n  billing:\n".utf8))
        self.store = store
    }

    /// The first place of a text.
    func span(_ text: String) -> SourceSpan {
        let wanted = Array(text.utf8)
        for (index, file) in store.files.enumerated() where file.bytes.count >= wanted.count {
            for start in 0...file.bytes.count - wanted.count where file.bytes[start...].starts(with: wanted) {
                return SourceSpan(file: FileID(index: UInt32(index)), start: start, end: start + wanted.count)
            }
        }
        return SourceSpan(file: invoices, start: 0, end: 0)
    }

    var unknownUpstream: Diagnostic {
        Diagnostic(
            "WB2104", "unknown upstream `biling`", at: span("biling"), "no upstream has this name",
            secondary: [Label(span("billing"), "a similar name is declared here")], help: "write `billing`",
            fixIts: [FixIt(replace: span("biling"), with: "billing")])
    }
}

/// For tools: one object with every diagnostic; lines and columns from 1, columns in characters, offsets in bytes.
public struct JSONRenderer: DiagnosticRenderer {
    public init() {}

    public func render(_ diagnostics: [Diagnostic], _ store: SourceStore) -> String {
        var cache = LineIndexCache(store)
        var json = JSONText()
        json.object { json in
            json.field("errors", diagnostics.count { $0.severity == .error })
            json.field("warnings", diagnostics.count { $0.severity == .warning })
            json.array("diagnostics") { json in
                for diagnostic in diagnostics {
                    json.object { json in write(diagnostic, store, &cache, &json) }
                }
            }
        }
        return json.text + "\n"
    }

    private func write(
        _ diagnostic: Diagnostic, _ store: SourceStore, _ cache: inout LineIndexCache, _ json: inout JSONText
    ) {
        json.field("code", diagnostic.code)
        json.field("severity", diagnostic.severity.rawValue)
        json.field("title", diagnostic.title)
        if let primary = diagnostic.primary {
            place(primary.span, store, &cache, &json)
            if !primary.text.isEmpty { json.field("label", primary.text) }
        }
        if let help = diagnostic.help { json.field("help", help) }
        if !diagnostic.notes.isEmpty {
            json.array("notes") { json in for note in diagnostic.notes { json.item(note) } }
        }
        if !diagnostic.secondary.isEmpty {
            json.array("secondary") { json in
                for label in diagnostic.secondary {
                    json.object { json in
                        place(label.span, store, &cache, &json)
                        json.field("label", label.text)
                    }
                }
            }
        }
        guard !diagnostic.fixIts.isEmpty else { return }
        json.array("fixIts") { json in
            for fixIt in diagnostic.fixIts {
                json.object { json in
                    json.field("title", fixIt.title)
                    json.array("edits") { json in
                        for edit in fixIt.edits {
                            json.object { json in
                                place(edit.span, store, &cache, &json)
                                json.field("replacement", edit.replacement)
                            }
                        }
                    }
                }
            }
        }
    }

    private func place(
        _ span: SourceSpan, _ store: SourceStore, _ cache: inout LineIndexCache, _ json: inout JSONText
    ) {
        let index = cache.index(of: span.file)
        json.field("file", store[span.file].path)
        for (name, offset) in [("start", Int(span.start)), ("end", Int(span.end))] {
            let position = index.position(at: offset)
            json.object(name) { json in
                json.field("line", position.line)
                json.field("column", position.column)
                json.field("offset", offset)
            }
        }
    }
}

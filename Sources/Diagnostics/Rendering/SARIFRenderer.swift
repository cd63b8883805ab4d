/// For code scanning: SARIF 2.1.0 (OASIS, 27 March 2020). Columns are UTF-16 units, SARIF's default.
public struct SARIFRenderer: DiagnosticRenderer {
    public var toolVersion: String?

    public init(toolVersion: String? = nil) {
        self.toolVersion = toolVersion
    }

    public func render(_ diagnostics: [Diagnostic], _ store: SourceStore) -> String {
        var cache = LineIndexCache(store)
        let codes = Set(diagnostics.map(\.code)).sorted()
        var json = JSONText()
        json.object { json in
            json.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.field("version", "2.1.0")
            json.array("runs") { json in
                json.object { json in
                    writeTool(codes, &json)
                    json.field("columnKind", "utf16CodeUnits")
                    json.array("results") { json in
                        for diagnostic in diagnostics {
                            json.object { json in write(diagnostic, codes, store, &cache, &json) }
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }

    private func writeTool(_ codes: [String], _ json: inout JSONText) {
        json.object("tool") { json in
            json.object("driver") { json in
                json.field("name", "waybill")
                if let toolVersion { json.field("version", toolVersion) }
                json.array("rules") { json in
                    for code in codes {
                        json.object { json in
                            json.field("id", code)
                            let title = DiagnosticCode.find(code)?.title ?? code
                            json.object("shortDescription") { $0.field("text", title) }
                            json.object("help") { $0.field("text", "`waybill explain \(code)` says more.") }
                        }
                    }
                }
            }
        }
    }

    private func write(
        _ diagnostic: Diagnostic, _ codes: [String], _ store: SourceStore, _ cache: inout LineIndexCache,
        _ json: inout JSONText
    ) {
        json.field("ruleId", diagnostic.code)
        if let index = codes.firstIndex(of: diagnostic.code) { json.field("ruleIndex", index) }
        json.field("level", diagnostic.severity.rawValue)
        json.object("message") { $0.field("text", Self.message(diagnostic)) }
        if let primary = diagnostic.primary {
            json.array("locations") { json in
                json.object { location(primary, nil, store, &cache, &$0) }
            }
        }
        if !diagnostic.secondary.isEmpty {
            json.array("relatedLocations") { json in
                for (ordinal, label) in diagnostic.secondary.enumerated() {
                    json.object { location(label, ordinal + 1, store, &cache, &$0) }
                }
            }
        }
        guard !diagnostic.fixIts.isEmpty else { return }
        json.array("fixes") { json in
            for fixIt in diagnostic.fixIts { json.object { fix(fixIt, store, &cache, &$0) } }
        }
    }

    /// Title, label and help in sentences: a SARIF viewer shows nothing else.
    static func message(_ diagnostic: Diagnostic) -> String {
        var text = diagnostic.title
        if let label = diagnostic.primary?.text, !label.isEmpty { text += ": " + label }
        for note in diagnostic.notes { text += "\n" + note }
        if let help = diagnostic.help { text += "\nhelp: " + help }
        return text
    }

    private func location(
        _ label: Label, _ id: Int?, _ store: SourceStore, _ cache: inout LineIndexCache, _ json: inout JSONText
    ) {
        if let id { json.field("id", id) }
        json.object("physicalLocation") { json in
            artifact(label.span.file, store, &json)
            region("region", label.span, &cache, &json)
        }
        if !label.text.isEmpty { json.object("message") { $0.field("text", label.text) } }
    }

    private func fix(_ fixIt: FixIt, _ store: SourceStore, _ cache: inout LineIndexCache, _ json: inout JSONText) {
        json.object("description") { $0.field("text", fixIt.title) }
        var files: [FileID] = []
        for edit in fixIt.edits where !files.contains(edit.span.file) { files.append(edit.span.file) }
        json.array("artifactChanges") { json in
            for file in files {
                json.object { json in
                    artifact(file, store, &json)
                    json.array("replacements") { json in
                        for edit in fixIt.edits where edit.span.file == file {
                            json.object { json in
                                region("deletedRegion", edit.span, &cache, &json)
                                json.object("insertedContent") { $0.field("text", edit.replacement) }
                            }
                        }
                    }
                }
            }
        }
    }

    private func artifact(_ file: FileID, _ store: SourceStore, _ json: inout JSONText) {
        json.object("artifactLocation") { json in
            json.field("uri", Self.uri(store[file].path))
            json.field("uriBaseId", "%SRCROOT%")
        }
    }

    private func region(_ name: String, _ span: SourceSpan, _ cache: inout LineIndexCache, _ json: inout JSONText) {
        let index = cache.index(of: span.file)
        let start = index.utf16Position(at: Int(span.start))
        let end = index.utf16Position(at: Int(span.end))
        json.object(name) { json in
            json.field("startLine", start.line)
            json.field("startColumn", start.column)
            json.field("endLine", end.line)
            json.field("endColumn", end.column)
            json.field("byteOffset", Int(span.start))
            json.field("byteLength", span.count)
        }
    }

    /// A relative URI reference (RFC 3986): everything but unreserved characters and `/` is percent-encoded.
    static func uri(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}

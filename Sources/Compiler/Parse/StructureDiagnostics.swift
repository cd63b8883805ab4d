import Diagnostics

extension Diagnostic {
    static func unknownKey(_ key: Located<String>, in block: BlockDeclaration) -> Diagnostic {
        let names = block.keys.map(\.name)
        let title = "unknown key `\(key.value)` in \(block.name)"
        if let near = Spelling.nearest(key.value, in: names) {
            return Diagnostic(
                "WB1101", title, at: key.span, "not a key of \(block.name)", help: "write `\(near)`",
                fixIts: [FixIt(replace: key.span, with: near)])
        }
        let homes = LanguageReference.blocks(withKey: key.value).filter { $0 != block.name }
        if !homes.isEmpty {
            return Diagnostic(
                "WB1101", title, at: key.span, "not a key of \(block.name)",
                help: "`\(key.value)` is a key of \(homes.joined(separator: ", of "))")
        }
        return Diagnostic(
            "WB1101", title, at: key.span, "not a key of \(block.name)",
            help: "the keys here are \(names.map { "`\($0)`" }.joined(separator: ", "))")
    }

    static func missingKey(_ key: KeyDeclaration, in block: BlockDeclaration, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1102", "`\(key.name)` is missing in \(block.name)", at: span, "needs `\(key.name)`",
            notes: [key.summary], help: "add \(example(key))")
    }

    static func wrongKind(of key: KeyDeclaration?, found: String, at span: SourceSpan) -> Diagnostic {
        guard let key else {
            return Diagnostic(
                "WB1103", "the file holds \(found), not keys", at: span, "\(found) here",
                help: "begin with a key, such as `partner: acme-bank`")
        }
        return Diagnostic(
            "WB1103", "`\(key.name)` takes \(key.kind.phrase), not \(found)", at: span, "\(found) here",
            help: "write it like \(example(key))")
    }

    static func badFormat(
        _ text: Located<String>, format: String, key: KeyDeclaration?, help: String
    ) -> Diagnostic {
        Diagnostic(
            "WB1104", "`\(text.value)` is not \(format)", at: text.span,
            key.map { "`\($0.name)` takes \(format)" } ?? "",
            help: help)
    }

    static func missingValue(of key: KeyDeclaration?, at span: SourceSpan) -> Diagnostic {
        guard let key else {
            return Diagnostic("WB1105", "a value is missing", at: span, "nothing follows")
        }
        return Diagnostic(
            "WB1105", "`\(key.name)` has no value", at: span, "\(key.kind.phrase) is missing here",
            help: "write it like \(example(key))")
    }

    static func notAChoice(_ text: Located<String>, of choices: [ChoiceDeclaration], key: KeyDeclaration?) -> Diagnostic
    {
        let names = choices.map(\.name)
        let owner = key.map { " for `\($0.name)`" } ?? ""
        let near = Spelling.nearest(text.value, in: names)
        let all = names.map { "`\($0)`" }.joined(separator: ", ")
        return Diagnostic(
            "WB1106", "`\(text.value)` is not a value\(owner)", at: text.span, "not one of the values here",
            help: near.map { "write `\($0)`" }
                ?? (names.count == 1 ? "the only value is \(all)" : "the values are \(all)"),
            fixIts: near.map { [FixIt(replace: text.span, with: $0)] } ?? [])
    }

    static func outOfRange(_ text: Located<String>, _ range: ClosedRange<Int>, key: KeyDeclaration?) -> Diagnostic {
        Diagnostic(
            "WB1107", "\(text.value) is out of range\(key.map { " for `\($0.name)`" } ?? "")", at: text.span,
            "\(ValueKind.integer(range).phrase) is taken",
            help: Int(text.value).map {
                $0 < range.lowerBound ? "\(range.lowerBound) is the least" : "\(range.upperBound) is the most"
            })
    }

    static func notAnIdentifier(_ text: Located<String>) -> Diagnostic {
        Diagnostic(
            "WB1108", "`\(text.value)` is not an identifier", at: text.span, "not a plain name",
            help: text.value == "*"
                ? "there is no sign for all: write the names one by one"
                : "use letters, digits, `-` and `_`, beginning with a letter or digit, at most 64 of them")
    }

    static func empty(_ what: String, key: KeyDeclaration?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1109", "\(key.map { "`\($0.name)`" } ?? "the file") holds \(what)", at: span, "nothing in it",
            help: key.map { "write it like \(example($0)), or leave `\($0.name)` out" })
    }

    static func notAvailable(_ what: String, at span: SourceSpan, help: String? = nil) -> Diagnostic {
        Diagnostic(
            "WB1110", "\(what) is not available in this version", at: span, "declared, but not run yet",
            notes: ["it is refused, so that nobody relies on something that would not happen"],
            help: help ?? "leave it out")
    }

    static func malformedReference(_ text: String, isClosed: Bool, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1111", isClosed ? "`\(text)` is not a reference" : "a reference is not closed", at: span,
            isClosed ? "no source and name" : "no `}` after it",
            help: "write `${var:name}`, `${env:NAME}` or `${file:/path}`; `$${` is a plain `${`")
    }

    static func secretOutOfPlace(_ reference: ParsedReference) -> Diagnostic {
        Diagnostic(
            "WB1112", "a secret can't stand here", at: reference.span, "this value is not kept secret",
            help: "secrets belong under `authenticate`, `tls: key` and `api-key`; for a value that differs per "
                + "environment write `${var:name}`")
    }

    static func secretLiteral(_ key: KeyDeclaration?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB5001", "a secret is written in the file\(key.map { ": `\($0.name)`" } ?? "")", at: span,
            "everybody who reads the file knows it now",
            notes: ["a secret that was committed has to be changed at its owner, not only removed from the file"],
            help: "refer to it: `${env:NAME}` or `${file:/run/secrets/name}`")
    }

    /// The key with its example, fit for one line.
    static func example(_ key: KeyDeclaration) -> String {
        let line = key.example.contains("\n") ? "`\(key.name):` with a block below it" : "`\(key.name): \(key.example)`"
        return line
    }
}

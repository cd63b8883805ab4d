import Diagnostics

extension Diagnostic {
    static func fileTooLarge(_ count: Int, limit: Int, file: FileID) -> Diagnostic {
        Diagnostic(
            "WB1018", "file too large", at: SourceSpan(file: file, start: 0, end: 0),
            "\(count) bytes, where \(limit) are allowed", help: "split the file")
    }

    static func unreadableText(_ problem: TextCheck.Problem, at span: SourceSpan) -> Diagnostic {
        switch problem {
        case .encoding(let name):
            return Diagnostic(
                "WB1002", "the file is not UTF-8", at: span, "this is \(name)", help: "save the file as UTF-8")
        case .invalidUTF8:
            return Diagnostic(
                "WB1002", "the file is not UTF-8", at: span, "no UTF-8 character begins with this byte",
                help: "save the file as UTF-8; an editor may call its present encoding Latin-1 or Windows-1252")
        case .control(let scalar):
            let digits = String(scalar, radix: 16, uppercase: true)
            let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            return Diagnostic(
                "WB1003", "control character \(name) in the file", at: span, "YAML allows no such character",
                help: "remove it, or write \"\\u\(name.dropFirst(2))\" in a double-quoted text",
                fixIts: [FixIt("remove the character", [TextEdit(span, "")])])
        }
    }

    static func duplicateKey(_ key: Located<String>, first: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1004", "duplicate key `\(key.value)`", at: key.span, "this key is there already",
            secondary: [Label(first, "first written here")], help: "remove or rename one of the two")
    }

    static func anchor(at span: SourceSpan, isAlias: Bool) -> Diagnostic {
        Diagnostic(
            "WB1007", "anchors and aliases are not available", at: span,
            isAlias ? "YAML reads an alias here" : "YAML reads an anchor here",
            help: "write the value out; if this is text, quote it; if it is an expression, put it in parentheses")
    }

    static func tag(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1008", "YAML tags are not available", at: span, "YAML reads a tag here",
            help: "remove it; if this is text, quote it")
    }

    static func severalDocuments(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1009", "several documents in one file", at: span, "a second document begins here",
            help: "give each document a file of its own")
    }

    static func commentWithoutSpace(_ code: String, _ title: String, at span: SourceSpan) -> Diagnostic {
        let before = SourceSpan(file: span.file, start: span.start, end: span.start)
        return Diagnostic(
            code, title, at: span, "a comment must have a space before it",
            help: "write a space before the `#` if this is a comment",
            fixIts: [FixIt("insert a space", [TextEdit(before, " ")])])
    }

    static func keyIsNotAName(at span: SourceSpan, _ label: String) -> Diagnostic {
        Diagnostic("WB1010", "key is not a name", at: span, label, help: "write `name: value`")
    }

    static func nestedTooDeeply(limit: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1016", "nested too deeply", at: span, "this is level \(limit + 1), where \(limit) are allowed",
            help: "move the inner part to a file of its own")
    }

    static func tooManyNodes(limit: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1017", "too many values in one file", at: span, "\(limit) values stand before this one",
            help: "split the file")
    }

    /// An item of `{ }` that has no value.
    static func noColon(_ entry: YAMLEntry, in bytes: UnsafeBufferPointer<UInt8>) -> Diagnostic {
        noColon(entry.key.span, bytes)
    }

    static func noColon(_ span: SourceSpan, _ bytes: UnsafeBufferPointer<UInt8>) -> Diagnostic {
        let text = String(decoding: bytes[span.range], as: UTF8.self)
        if let colon = span.range.dropFirst().first(where: { bytes[$0] == UInt8(ascii: ":") }), !text.hasPrefix("\"") {
            let name = String(decoding: bytes[Int(span.start)..<colon], as: UTF8.self)
            let behind = SourceSpan(file: span.file, start: colon + 1, end: colon + 1)
            return Diagnostic(
                "WB1014", "no space after the colon", at: span, "YAML reads this as one text",
                help: "write a space after the colon: `\(name): …`",
                fixIts: [FixIt("insert a space", [TextEdit(behind, " ")])])
        }
        return Diagnostic(
            "WB1014", "no `: ` after a key", at: span, "a key and its value are expected here",
            help: "write `\(text): value`")
    }

    static func cutAtComma(
        _ value: SourceSpan, in flow: SourceSpan, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Diagnostic {
        let isList = bytes[Int(flow.start)] == UInt8(ascii: "[")
        return Diagnostic(
            "WB1020", "value is cut at a comma", at: value,
            "inside `\(isList ? "[ ]" : "{ }")` YAML ends the value here",
            help: isList ? "write this list in block style" : "write this row in block style",
            fixIts: BlockStyle.fixIt(at: Int(flow.start), file: flow.file, bytes).map { [$0] } ?? [])
    }
}

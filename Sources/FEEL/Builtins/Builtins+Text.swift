internal import Documents

extension Builtins {
    /// On texts (DMN 1.5 table 69). Positions and lengths count Unicode code points.
    static let text: [Builtin] = [
        Builtin(
            "substring",
            [.init("string", .text), .init("start position", .number), .init("length", .number, optional: true)],
            result: .text,
            doc: "A part of a text, from a position that counts from 1, or from -1 backwards.",
            examples: [
                ("substring(\"foobar\", 3)", "\"obar\""), ("substring(\"foobar\", 3, 3)", "\"oba\""),
                ("substring(\"foobar\", -2, 1)", "\"a\""), ("substring(\"\\U01F40Eab\", 2)", "\"ab\""),
            ]
        ) { arguments in
            guard let text = arguments.text(0), let position = arguments.integer(1) else { return .null }
            let length = arguments.integer(2)
            if length == nil, !arguments.isNull(2) { return .null }
            // A start behind the end leaves nothing of a text; that is no mistake of a mapping that cuts texts.
            if position > 0, position > text.unicodeScalars.count { return .string("") }
            guard let part = FEELText.substring(text, position, length) else { return arguments.fail(.badPosition) }
            return .string(part)
        },
        Builtin(
            "string length", [.init("string", .text)], result: .number,
            doc: "The number of characters (code points) of a text.",
            examples: [("string length(\"foo\")", "3"), ("string length(\"\\U01F40Eab\")", "3")]
        ) { arguments in
            guard let text = arguments.text(0) else { return .null }
            return .number(Decimal(text.unicodeScalars.count))
        },
        Builtin(
            "upper case", [.init("string", .text)], result: .text, doc: "The text in capital letters.",
            examples: [("upper case(\"aBc4\")", "\"ABC4\"")]
        ) { arguments in
            guard let text = arguments.text(0) else { return .null }
            return .string(text.uppercased())
        },
        Builtin(
            "lower case", [.init("string", .text)], result: .text, doc: "The text in small letters.",
            examples: [("lower case(\"aBc4\")", "\"abc4\"")]
        ) { arguments in
            guard let text = arguments.text(0) else { return .null }
            return .string(text.lowercased())
        },
        Builtin(
            "substring before", [.init("string", .text), .init("match", .text)], result: .text,
            doc: "What stands before the first match; an empty text without one.",
            examples: [
                ("substring before(\"foobar\", \"bar\")", "\"foo\""), ("substring before(\"foobar\", \"xyz\")", "\"\""),
            ]
        ) { arguments in
            guard let text = arguments.text(0), let match = arguments.text(1) else { return .null }
            let bytes = Array(text.utf8)
            guard let found = FEELText.find(Array(match.utf8), in: bytes) else { return "" }
            return .string(String(decoding: bytes[..<found], as: UTF8.self))
        },
        Builtin(
            "substring after", [.init("string", .text), .init("match", .text)], result: .text,
            doc: "What stands after the first match; an empty text without one.",
            examples: [
                ("substring after(\"foobar\", \"ob\")", "\"ar\""), ("substring after(\"foobar\", \"xyz\")", "\"\""),
            ]
        ) { arguments in
            guard let text = arguments.text(0), let match = arguments.text(1) else { return .null }
            let bytes = Array(text.utf8)
            let needle = Array(match.utf8)
            guard let found = FEELText.find(needle, in: bytes) else { return "" }
            return .string(String(decoding: bytes[(found + needle.count)...], as: UTF8.self))
        },
        Builtin(
            "contains", [.init("string", .text), .init("match", .text)], result: .boolean,
            doc: "Whether a text has another one inside of it.",
            examples: [("contains(\"foobar\", \"of\")", "false"), ("contains(\"foobar\", \"oba\")", "true")]
        ) { arguments in
            guard let text = arguments.text(0), let match = arguments.text(1) else { return .null }
            return .boolean(FEELText.contains(text, match))
        },
        Builtin(
            "starts with", [.init("string", .text), .init("match", .text)], result: .boolean,
            doc: "Whether a text starts with another one.",
            examples: [("starts with(\"foobar\", \"fo\")", "true")]
        ) { arguments in
            guard let text = arguments.text(0), let match = arguments.text(1) else { return .null }
            return .boolean(text.utf8.starts(with: match.utf8))
        },
        Builtin(
            "ends with", [.init("string", .text), .init("match", .text)], result: .boolean,
            doc: "Whether a text ends with another one.",
            examples: [("ends with(\"foobar\", \"r\")", "true")]
        ) { arguments in
            guard let text = arguments.text(0), let match = arguments.text(1) else { return .null }
            return .boolean(text.utf8.reversed().starts(with: match.utf8.reversed()))
        },
        Builtin(
            "trim", [.init("string", .text)], result: .text, doc: "The text without white space at its start and end.",
            examples: [("trim(\"  hello world \")", "\"hello world\"")]
        ) { arguments in
            guard let text = arguments.text(0) else { return .null }
            return .string(FEELText.trimmed(text))
        },
        Builtin(
            "string join", [.init("list", .list), .init("delimiter", .text, optional: true)], result: .text,
            doc: "The texts of a list as one, with a delimiter between them; nulls are left out.",
            examples: [
                ("string join([\"a\", \"b\", null, \"c\"], \", \")", "\"a, b, c\""),
                ("string join([\"a\", \"b\"])", "\"ab\""),
            ]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            let delimiter = arguments.text(1) ?? ""
            var parts: [String] = []
            for item in items {
                switch Operators.scalar(item) {
                case .null: continue
                case .string(let text): parts.append(text)
                default: return arguments.fail(.notText)
                }
            }
            return .string(parts.joined(separator: delimiter))
        },
    ]
}

internal import Documents
internal import Patterns

extension Builtins {
    /// On texts with regular expressions (DMN 1.5 table 69; the patterns are those of XPath functions 3.1).
    static let patterns: [Builtin] = [
        Builtin(
            "matches",
            [.init("input", .text), .init("pattern", .text), .init("flags", .text, optional: true)], result: .boolean,
            doc: "Whether a pattern matches somewhere in a text; `^` and `$` hold it to the start and the end.",
            examples: [
                ("matches(\"foobar\", \"^fo*b\")", "true"), ("matches(\"DE89\", \"^[A-Z]{2}\\\\d{2}$\")", "true"),
                ("matches(\"abc\", \"B\", \"i\")", "true"),
            ], pattern: .matches),
        Builtin(
            "replace",
            [
                .init("input", .text), .init("pattern", .text), .init("replacement", .text),
                .init("flags", .text, optional: true),
            ], result: .text,
            doc: "The text with every match replaced; `$1` is the first group of the match, `$0` all of it.",
            examples: [
                ("replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\""),
                ("replace(\"DE89 3704\", \"\\\\s\", \"\")", "\"DE893704\""),
            ], pattern: .replace),
        Builtin(
            "split", [.init("string", .text), .init("delimiter", .text)], result: .listOfText,
            doc: "The parts of a text between the matches of a pattern; `\\\\.` is a full stop.",
            examples: [
                ("split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"),
                ("split(\"1.2\", \"\\\\.\")", "[\"1\", \"2\"]"),
                ("split(\"1, 2;3\", \"[,;]\\\\s*\")", "[\"1\", \"2\", \"3\"]"),
            ], pattern: .split),
    ]
}

internal import Documents

extension Builtins {
    /// Between texts and other values (DMN 1.5 table 66).
    static let conversion: [Builtin] = [
        Builtin(
            "string", [.init("from", .any)], result: .text,
            doc: "The text of a value, as FEEL writes it; numbers keep their digits.",
            examples: [
                ("string(12.10)", "\"12.10\""), ("string(true)", "\"true\""),
                ("string([1, \"a\"])", "\"[1, \\\"a\\\"]\""),
            ]
        ) { arguments in
            let value = Operators.scalar(arguments[0])
            return value.isNull ? .null : .string(FEELText.text(of: value))
        },
        Builtin(
            "number", [.init("from", .text)],
            [
                .init("from", .text), .init("grouping separator", .text), .init("decimal separator", .text),
            ],
            result: .number,
            doc: "The number that a text writes; the separators are a space, `,` or `.`.",
            examples: [
                ("number(\"12.50\")", "12.50"), ("number(\"1 000,5\", \" \", \",\")", "1000.5"),
                ("number(\"1,000\", \",\", \".\")", "1000"),
            ]
        ) { arguments in
            if case .number(let number) = Operators.scalar(arguments[0]), arguments.count == 1 {
                return .number(number)
            }
            guard var text = arguments.text(0) else { return .null }
            if arguments.count > 1 {
                let grouping = arguments.text(1)
                let point = arguments.text(2)
                guard [nil, " ", ",", "."].contains(grouping), [nil, ",", "."].contains(point),
                    grouping == nil || grouping != point
                else { return arguments.fail(.badNumber) }
                if let grouping { text = FEELText.replacing(grouping, in: text, by: "") }
                if let point, point != "." {
                    if text.utf8.contains(UInt8(ascii: ".")) { return arguments.fail(.badNumber) }
                    text = FEELText.replacing(point, in: text, by: ".")
                }
            }
            guard let number = Decimal(text) else { return arguments.fail(.badNumber) }
            return .number(number)
        },
    ]
}

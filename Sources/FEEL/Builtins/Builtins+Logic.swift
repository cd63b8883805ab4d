internal import Documents

extension Builtins {
    /// On truth values (DMN 1.5 tables 67 and 71), and on what is missing.
    static let logic: [Builtin] = [
        Builtin(
            "not", [.init("negand", .boolean)], result: .boolean, doc: "The opposite; null stays null.",
            examples: [("not(true)", "false"), ("not(null)", "null")]
        ) { arguments in
            guard let value = arguments.boolean(0) else { return .null }
            return .boolean(!value)
        },
        Builtin(
            "all", [.init("list", .list)], [.init("b", .any, repeats: true)], result: .boolean,
            doc: "Whether all items are true; true of an empty list.",
            examples: [("all([true, false])", "false"), ("all([])", "true"), ("all(true, null)", "null")]
        ) { arguments in
            if arguments.count == 1, arguments.isNull(0) { return .null }
            return fold(arguments.items, .boolean(true), Operators.and, &arguments)
        },
        Builtin(
            "any", [.init("list", .list)], [.init("b", .any, repeats: true)], result: .boolean,
            doc: "Whether some item is true; false of an empty list.",
            examples: [("any([true, false])", "true"), ("any([])", "false"), ("any(false, null)", "null")]
        ) { arguments in
            if arguments.count == 1, arguments.isNull(0) { return .null }
            return fold(arguments.items, .boolean(false), Operators.or, &arguments)
        },
        Builtin(
            "is defined", [.init("value", .any)], result: .boolean, doc: "Whether there is a value: not null.",
            examples: [("is defined(1)", "true"), ("is defined(null)", "false")]
        ) { arguments in
            .boolean(!arguments.isNull(0))
        },
        Builtin(
            "get or else", [.init("value", .any), .init("default", .any)], result: .either,
            doc: "The value, or the default where it is null.",
            examples: [("get or else(null, 1)", "1"), ("get or else(2, 1)", "2")]
        ) { arguments in
            arguments.isNull(0) ? arguments[1] : arguments[0]
        },
    ]

    private static func fold(
        _ items: [Value], _ start: Value, _ operation: (Value, Value) -> Value, _ arguments: inout Arguments
    ) -> Value {
        var result = start
        for item in items {
            switch item {
            case .boolean, .null: result = operation(result, item)
            default: return arguments.fail(.notABoolean)
            }
        }
        return result
    }

    /// On contexts (DMN 1.5 table 76).
    static let contexts: [Builtin] = [
        Builtin(
            "get value", [.init("m", .context), .init("key", .text)], result: .any,
            doc: "The value of a key, for a key that is worked out.",
            examples: [("get value({a: 1}, \"a\")", "1"), ("get value({a: 1}, \"b\")", "null")]
        ) { arguments in
            guard let context = arguments.context(0), let key = arguments.text(1) else { return .null }
            return context[key] ?? .null
        },
        Builtin(
            "get entries", [.init("m", .context)], result: .listOfAny,
            doc: "The entries of a context as a list of `{ key, value }`.",
            examples: [("get entries({a: 1})", "[{key: \"a\", value: 1}]")]
        ) { arguments in
            guard let context = arguments.context(0) else { return .null }
            return .list(context.entries.map { .context(Context([("key", .string($0.name)), ("value", $0.value)])) })
        },
    ]
}

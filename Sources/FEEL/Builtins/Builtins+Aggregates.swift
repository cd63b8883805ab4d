internal import Documents

extension Builtins {
    /// Over a list, or over the arguments themselves (DMN 1.5 table 71).
    static let aggregates: [Builtin] = [
        extreme(
            "min", wanted: -1, doc: "The least of numbers, texts or dates.",
            examples: [("min([1, 2, 3])", "1"), ("min(\"b\", \"a\")", "\"a\""), ("min([])", "null")]),
        extreme(
            "max", wanted: 1, doc: "The greatest of numbers, texts or dates.",
            examples: [("max(1, 2, 3)", "3"), ("max([])", "null")]),
        Builtin(
            "sum", [.init("list", .list)], [.init("n", .any, repeats: true)], result: .number,
            doc: "The sum of numbers; null of an empty list.",
            examples: [("sum([1, 2.50, 3])", "6.50"), ("sum(1, 2)", "3"), ("sum([])", "null")]
        ) { arguments in
            if arguments.count == 1, arguments.isNull(0) { return .null }
            return total(arguments.items, &arguments)
        },
        Builtin(
            "mean", [.init("list", .list)], [.init("n", .any, repeats: true)], result: .number,
            doc: "The average of numbers; null of an empty list.",
            examples: [("mean([1, 2, 3])", "2"), ("mean(1, 2)", "1.5")]
        ) { arguments in
            let items = arguments.items
            guard case .number(let sum) = total(items, &arguments) else { return .null }
            guard let mean = sum / Decimal(items.count) else { return arguments.fail(.numberRange) }
            return .number(mean)
        },
        Builtin(
            "product", [.init("list", .list)], [.init("n", .any, repeats: true)], result: .number,
            doc: "The product of numbers; null of an empty list.",
            examples: [("product([2, 3, 4])", "24")]
        ) { arguments in
            let items = arguments.items
            guard !items.isEmpty else { return .null }
            var product = Decimal.one
            for item in items {
                guard case .number(let number) = Operators.scalar(item) else { return arguments.fail(.notANumber) }
                guard let next = product.multiplied(by: number) else { return arguments.fail(.numberRange) }
                product = next
            }
            return .number(product)
        },
        Builtin(
            "count", [.init("list", .list)], result: .number, doc: "The number of items; 0 for null.",
            examples: [("count([1, 2, 3])", "3"), ("count([])", "0"), ("count(null)", "0")]
        ) { arguments in
            .number(Decimal((arguments.list(0) ?? []).count))
        },
    ]

    private static func total(_ items: [Value], _ arguments: inout Arguments) -> Value {
        guard !items.isEmpty else { return .null }
        var sum = Decimal.zero
        for item in items {
            guard case .number(let number) = Operators.scalar(item) else { return arguments.fail(.notANumber) }
            guard let next = sum.adding(number) else { return arguments.fail(.numberRange) }
            sum = next
        }
        return .number(sum)
    }

    private static func extreme(
        _ name: String, wanted: Int, doc: String, examples: [(call: String, gives: String)]
    ) -> Builtin {
        Builtin(
            name, [.init("list", .list)], [.init("c", .any, repeats: true)], result: .itemOfFirst, doc: doc,
            examples: examples
        ) { arguments in
            var best: Value?
            for item in arguments.items {
                let value = Operators.scalar(item)
                if value.isNull { return .null }
                guard let current = best else {
                    best = value
                    continue
                }
                guard let order = value.compared(to: current) else { return arguments.fail(.differentKinds) }
                if order == wanted { best = value }
            }
            return best ?? .null
        }
    }
}

internal import Documents

extension Builtins {
    /// On lists (DMN 1.5 table 71). One value counts as a list of it.
    static let lists: [Builtin] = [
        Builtin(
            "list contains", [.init("list", .list), .init("element", .any)], result: .boolean,
            doc: "Whether a list has this item.",
            examples: [("list contains([1, 2, 3], 2)", "true"), ("list contains([1, null], null)", "true")]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            return .boolean(items.contains { same($0, arguments[1]) })
        },
        Builtin(
            "append", [.init("list", .list), .init("item", .any, repeats: true)], result: .listOfAny,
            doc: "The list with more items at its end.",
            examples: [("append([1], 2, 3)", "[1, 2, 3]")]
        ) { arguments in
            var items = arguments.list(0) ?? []
            for index in 1..<max(1, arguments.count) { items.append(arguments[index]) }
            return .list(items)
        },
        Builtin(
            "concatenate", [.init("list", .list, repeats: true)], result: .listOfAny, doc: "Lists one after the other.",
            examples: [("concatenate([1, 2], [3])", "[1, 2, 3]")]
        ) { arguments in
            .list((0..<arguments.count).flatMap { arguments.list($0) ?? [] })
        },
        Builtin(
            "insert before", [.init("list", .list), .init("position", .number), .init("newItem", .any)],
            result: .listOfAny,
            doc: "The list with a new item at a position, counted from 1, or from -1 backwards.",
            examples: [("insert before([1, 3], 1, 2)", "[2, 1, 3]"), ("insert before([1, 3], -1, 2)", "[1, 2, 3]")]
        ) { arguments in
            guard var items = arguments.list(0), let position = arguments.integer(1) else { return .null }
            let offset = position > 0 ? position - 1 : items.count + position
            guard position != 0, (0...items.count).contains(offset) else { return arguments.fail(.badPosition) }
            items.insert(arguments[2], at: offset)
            return .list(items)
        },
        Builtin(
            "remove", [.init("list", .list), .init("position", .number)], result: .sameList,
            doc: "The list without the item at a position, counted from 1, or from -1 backwards.",
            examples: [("remove([1, 2, 3], 2)", "[1, 3]"), ("remove([1, 2, 3], -1)", "[1, 2]")]
        ) { arguments in
            guard var items = arguments.list(0), let position = arguments.integer(1) else { return .null }
            let offset = position > 0 ? position - 1 : items.count + position
            guard position != 0, items.indices.contains(offset) else { return arguments.fail(.badPosition) }
            items.remove(at: offset)
            return .list(items)
        },
        Builtin(
            "sublist",
            [.init("list", .list), .init("start position", .number), .init("length", .number, optional: true)],
            result: .sameList, doc: "Items from a position on, counted from 1, or from -1 backwards.",
            examples: [("sublist([4, 5, 6], 1, 2)", "[4, 5]"), ("sublist([4, 5, 6], -2)", "[5, 6]")]
        ) { arguments in
            guard let items = arguments.list(0), let position = arguments.integer(1) else { return .null }
            let offset = position > 0 ? position - 1 : items.count + position
            guard position != 0, items.indices.contains(offset) else { return arguments.fail(.badPosition) }
            if arguments.isNull(2) { return .list(Array(items[offset...])) }
            guard let length = arguments.integer(2) else { return .null }
            guard length >= 0, length <= items.count - offset else { return arguments.fail(.badPosition) }
            return .list(Array(items[offset..<offset + length]))
        },
        Builtin(
            "reverse", [.init("list", .list)], result: .sameList, doc: "The items from the last to the first.",
            examples: [("reverse([1, 2, 3])", "[3, 2, 1]")]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            return .list(items.reversed())
        },
        Builtin(
            "index of", [.init("list", .list), .init("match", .any)], result: .listOfNumbers,
            doc: "The positions of the items that are equal to a value.",
            examples: [("index of([1, 2, 3, 2], 2)", "[2, 4]")]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            return .list(
                items.indices.filter { same(items[$0], arguments[1]) }.map { .number(Decimal($0 + 1)) })
        },
        Builtin(
            "union", [.init("list", .list, repeats: true)], result: .listOfAny,
            doc: "Lists one after the other, each value once.",
            examples: [("union([1, 2], [2, 3])", "[1, 2, 3]")]
        ) { arguments in
            .list(distinct((0..<arguments.count).flatMap { arguments.list($0) ?? [] }))
        },
        Builtin(
            "distinct values", [.init("list", .list)], result: .sameList,
            doc: "Each value once, in the order of the list.",
            examples: [("distinct values([1, 2, 3, 2, 1])", "[1, 2, 3]")]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            return .list(distinct(items))
        },
        Builtin(
            "flatten", [.init("list", .list)], result: .listOfAny, doc: "A list of lists as one list.",
            examples: [("flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]")]
        ) { arguments in
            guard let items = arguments.list(0) else { return .null }
            var flat: [Value] = []
            flatten(items, into: &flat)
            return .list(flat)
        },
    ]

    /// Equality of items: of different kinds is just not equal.
    static func same(_ left: Value, _ right: Value) -> Bool {
        var ignored: FEELProblem.Reason?
        if case .boolean(true) = Operators.equal(left, right, &ignored) { return true }
        return false
    }

    /// The first of each group of equal values. Texts and numbers are found by hash, so that long lists stay cheap.
    private static func distinct(_ items: [Value]) -> [Value] {
        var texts = Set<String>()
        var numbers = Set<Decimal>()
        var others: [Value] = []
        return items.filter { item in
            switch item {
            case .string(let text): return texts.insert(text).inserted
            case .number(let number): return numbers.insert(number).inserted
            default:
                if others.contains(where: { $0 == item }) { return false }
                others.append(item)
                return true
            }
        }
    }

    private static func flatten(_ items: [Value], into flat: inout [Value]) {
        for item in items {
            if case .list(let inner) = item { flatten(inner, into: &flat) } else { flat.append(item) }
        }
    }
}

internal import Documents

/// Values, brackets, calls and the constructs that start with a keyword.
extension Parser {
    mutating func primary() throws(SyntaxProblem) -> FEELNode {
        let found = token
        switch found.kind {
        case .number(let value):
            position += 1
            return FEELNode(.literal(.number(value)), found.range)
        case .string(let value):
            position += 1
            return FEELNode(.literal(.string(value)), found.range)
        case .quotedName(let text):
            position += 1
            if isSign(.openParenthesis) { return try call(FEELName(text, found.range)) }
            return FEELNode(.name(text), found.range)
        case .name(let text):
            return try word(text)
        case .sign(let sign):
            return try bracketed(sign)
        case .end:
            throw unexpected("a value")
        }
    }

    // MARK: Words

    private mutating func word(_ text: String) throws(SyntaxProblem) -> FEELNode {
        if let name = builtinNameWithSpaces() { return try call(name) }
        let range = token.range
        switch text {
        case "true", "false", "null":
            position += 1
            return FEELNode(.literal(text == "null" ? .null : .boolean(text == "true")), range)
        case "if": return try choice()
        case "for": return try iteration()
        case "some", "every": return try quantified(every: text == "every")
        case "function": throw notAvailable("a function of your own", range)
        default: break
        }
        guard !Keywords.reserved.contains(text) else {
            throw unexpected("a value", help: "a name that is also a keyword goes in backticks: `` `\(text)` ``")
        }
        position += 1
        if isSign(.openParenthesis) { return try call(FEELName(text, range)) }
        return FEELNode(.name(text), range)
    }

    /// A built-in function's name of several words, with its bracket after it; the longest one wins.
    private mutating func builtinNameWithSpaces() -> FEELName? {
        var joined = ""
        var count = 0
        while count < 6, case .name(let text) = token(after: count).kind {
            joined += count == 0 ? text : " " + text
            count += 1
        }
        guard count > 1, isSign(.openParenthesis, after: count), Builtins.named(joined) != nil else { return nil }
        let start = token.range.lowerBound
        position += count
        return FEELName(joined, start..<previousEnd)
    }

    private mutating func choice() throws(SyntaxProblem) -> FEELNode {
        let start = token.range
        position += 1
        let condition = try expression()
        guard take(word: "then") else {
            throw unexpected("`then`", help: "write `if condition then value else value`")
        }
        let then = try expression()
        guard take(word: "else") else {
            throw SyntaxProblem(
                "WB3011", "`if` without `else`", start, "what if the condition does not hold?",
                help: "add `else null` if there is no other value")
        }
        let otherwise = try expression()
        return FEELNode(
            .choice(condition: condition, then: then, otherwise: otherwise),
            start.lowerBound..<otherwise.range.upperBound)
    }

    private mutating func iteration() throws(SyntaxProblem) -> FEELNode {
        let start = token.range.lowerBound
        position += 1
        let iterators = try iterators()
        guard take(word: "return") else {
            throw unexpected("`return`", help: "write `for x in list return value`")
        }
        let body = try expression()
        return FEELNode(.iteration(iterators, body), start..<body.range.upperBound)
    }

    private mutating func quantified(every: Bool) throws(SyntaxProblem) -> FEELNode {
        let start = token.range.lowerBound
        position += 1
        let iterators = try iterators()
        guard take(word: "satisfies") else {
            throw unexpected(
                "`satisfies`", help: "write `\(every ? "every" : "some") x in list satisfies condition`")
        }
        let body = try expression()
        return FEELNode(.quantified(every: every, iterators, body), start..<body.range.upperBound)
    }

    /// `a in list, b in 1..5`.
    private mutating func iterators() throws(SyntaxProblem) -> [FEELIterator] {
        var iterators: [FEELIterator] = []
        repeat {
            let found = token
            let name: String
            switch found.kind {
            case .name(let text) where !Keywords.reserved.contains(text): name = text
            case .quotedName(let text): name = text
            default: throw unexpected("a name for the item")
            }
            position += 1
            guard take(word: "in") else { throw unexpected("`in`") }
            var domain = try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.addition() }
            if take(.dotDot) {
                let high = try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.addition() }
                domain = FEELNode(
                    .range(low: domain, high: high, lowIncluded: true, highIncluded: true),
                    domain.range.lowerBound..<high.range.upperBound)
            }
            iterators.append(FEELIterator(name: FEELName(name, found.range), domain: domain))
        } while take(.comma)
        return iterators
    }

    // MARK: Brackets

    private mutating func bracketed(_ sign: Token.Sign) throws(SyntaxProblem) -> FEELNode {
        let opening = token
        switch sign {
        case .openParenthesis:
            position += 1
            if isSign(.closeParenthesis) { throw unexpected("a value") }
            let inner = try expression()
            if isSign(.dotDot) { return try range(from: inner, opening, lowIncluded: false) }
            try close(.closeParenthesis, opening)
            return FEELNode(inner.kind, opening.range.lowerBound..<previousEnd)
        case .openBracket:
            position += 1
            return try listOrRange(opening)
        case .closeBracket where isRangeAhead:
            position += 1
            let low = try addition()
            return try range(from: low, opening, lowIncluded: false)
        case .openBrace:
            return try context()
        case .at:
            position += 1
            guard case .string(let text) = token.kind else {
                throw unexpected("a date in quotes after `@`", help: "write `@\"2026-11-21\"`")
            }
            position += 1
            return FEELNode(.temporal(text), opening.range.lowerBound..<previousEnd)
        case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual:
            throw unexpected(
                "a value before `\(sign.rawValue)`", help: "write what is compared, as in `amount \(sign.rawValue) …`")
        case .dot:
            throw unexpected("a name before `.`", help: "paths start with a name: `debtor.name`")
        default:
            throw unexpected("a value")
        }
    }

    /// Whether `]` starts a range that is open below: `]1..5]`.
    private var isRangeAhead: Bool {
        var distance = 1
        while distance < 12 {
            if isSign(.dotDot, after: distance) { return true }
            if isSign(.closeBracket, after: distance) { return false }
            distance += 1
        }
        return false
    }

    private mutating func listOrRange(_ opening: Token) throws(SyntaxProblem) -> FEELNode {
        var items: [FEELNode] = []
        while !isSign(.closeBracket) {
            items.append(try expression())
            if items.count == 1, isSign(.dotDot) {
                return try range(from: items[0], opening, lowIncluded: true)
            }
            guard take(.comma) else { break }
        }
        try close(.closeBracket, opening)
        return FEELNode(.list(items), opening.range.lowerBound..<previousEnd)
    }

    private mutating func range(
        from low: FEELNode, _ opening: Token, lowIncluded: Bool
    ) throws(SyntaxProblem) -> FEELNode {
        guard take(.dotDot) else { throw unexpected("`..`") }
        // The bracket after the upper end closes the range, so it cannot start a filter.
        let high = try rangeEnd()
        let included: Bool
        if take(.closeBracket) {
            included = true
        } else if take(.closeParenthesis) || take(.openBracket) {
            included = false
        } else {
            throw unexpected("`]` or `)`", help: "a range is written `[1..5]`, or `[1..5)` without its end")
        }
        return FEELNode(
            .range(low: low, high: high, lowIncluded: lowIncluded, highIncluded: included),
            opening.range.lowerBound..<previousEnd)
    }

    private mutating func rangeEnd() throws(SyntaxProblem) -> FEELNode {
        let start = token.range.lowerBound
        if take(.minus) {
            let operand = try postfix(filters: false)
            return FEELNode(.negation(operand), start..<operand.range.upperBound)
        }
        let first = try postfix(filters: false)
        for (sign, operation) in [(Token.Sign.plus, ArithmeticOperator.add), (.minus, .subtract), (.times, .multiply)]
        where isSign(sign) {
            position += 1
            let second = try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.rangeEnd() }
            return FEELNode(.arithmetic(operation, first, second), start..<second.range.upperBound)
        }
        return first
    }

    private mutating func context() throws(SyntaxProblem) -> FEELNode {
        let opening = token
        position += 1
        var entries: [FEELEntry] = []
        while !isSign(.closeBrace) {
            let key = try key()
            if entries.contains(where: { $0.key.text == key.text }) {
                throw SyntaxProblem(
                    "WB3012", "`\(key.text)` is given twice", key.range, "it has a value already",
                    help: "remove one of them")
            }
            guard take(.colon) else { throw unexpected("`:` after the key") }
            entries.append(FEELEntry(key: key, value: try expression()))
            guard take(.comma) else { break }
        }
        try close(.closeBrace, opening)
        return FEELNode(.context(entries), opening.range.lowerBound..<previousEnd)
    }

    /// A key of a context: words, a text, or a name in backticks.
    private mutating func key() throws(SyntaxProblem) -> FEELName {
        let found = token
        switch found.kind {
        case .string(let text), .quotedName(let text):
            position += 1
            return FEELName(text, found.range)
        case .name:
            if let name = words(before: .colon) { return name }
            throw unexpected("`:` after the key")
        default:
            throw unexpected("a key", help: "a context is written `{ name: value }`")
        }
    }

    /// Words up to a sign, joined with single spaces; nothing is taken when another token comes first.
    mutating func words(before sign: Token.Sign) -> FEELName? {
        var joined = ""
        var count = 0
        while count < 8, case .name(let text) = token(after: count).kind {
            joined += count == 0 ? text : " " + text
            count += 1
        }
        guard count > 0, isSign(sign, after: count) else { return nil }
        let start = token.range.lowerBound
        position += count
        return FEELName(joined, start..<previousEnd)
    }

    // MARK: Calls and tests

    /// The arguments of a call, all by position or all by name.
    mutating func call(_ name: FEELName) throws(SyntaxProblem) -> FEELNode {
        let opening = token
        position += 1
        var arguments: [FEELArgument] = []
        while !isSign(.closeParenthesis) {
            let label = words(before: .colon)
            if let label {
                position += 1
                if arguments.contains(where: { $0.name?.text == label.text }) {
                    throw SyntaxProblem(
                        "WB3012", "`\(label.text)` is given twice", label.range, "it has a value already",
                        help: "remove one of them")
                }
            }
            if let first = arguments.first, (first.name == nil) != (label == nil) {
                throw SyntaxProblem(
                    "WB3001", "arguments with and without names", label?.range ?? token.range,
                    "the first argument has \(first.name == nil ? "no" : "a") name",
                    help: "give all arguments by position, or all by name")
            }
            arguments.append(FEELArgument(name: label, value: try expression()))
            guard take(.comma) else { break }
        }
        try close(.closeParenthesis, opening)
        return FEELNode(.call(name, arguments), name.range.lowerBound..<previousEnd)
    }

    /// What follows `in`: one test, or several in brackets (grammar rule 49).
    mutating func membershipTests() throws(SyntaxProblem) -> [FEELTest] {
        if isSign(.openParenthesis), !isRangeInParenthesis {
            let opening = token
            position += 1
            let tests = try testList()
            try close(.closeParenthesis, opening)
            return tests
        }
        return [try test()]
    }

    /// Whether the bracket here opens `(1..5]` and not a list of tests.
    private var isRangeInParenthesis: Bool {
        var level = 0
        var distance = 1
        while true {
            switch token(after: distance).kind {
            case .end: return false
            case .sign(.openParenthesis), .sign(.openBracket), .sign(.openBrace): level += 1
            case .sign(.closeParenthesis), .sign(.closeBracket), .sign(.closeBrace):
                if level == 0 { return false }
                level -= 1
            case .sign(.comma) where level == 0: return false
            case .sign(.dotDot) where level == 0: return true
            default: break
            }
            distance += 1
        }
    }

    private mutating func testList() throws(SyntaxProblem) -> [FEELTest] {
        var tests: [FEELTest] = []
        repeat { tests.append(try test()) } while take(.comma)
        return tests
    }

    private mutating func test() throws(SyntaxProblem) -> FEELTest {
        if let operation = comparisonOperator {
            position += 1
            return .comparison(operation, try addition())
        }
        if isWord("not"), isSign(.openParenthesis, after: 1) {
            position += 1
            let opening = token
            position += 1
            let tests = try testList()
            try close(.closeParenthesis, opening)
            return .not(tests)
        }
        return .value(try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.addition() })
    }
}

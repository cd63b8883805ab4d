internal import Documents

/// Reads tokens into a tree by recursive descent (DMN 1.5 §10.3.1.2).
///
/// The first mistake ends the reading, so that one mistake gives one message. Names with spaces are known for built-in
/// functions, named arguments, context keys and `time offset`; all others are written in backticks.
struct Parser {
    let tokens: [Token]
    let bytes: [UInt8]
    var position = 0
    private var depth = 0
    private var links = 0

    init(tokens: [Token], bytes: [UInt8]) {
        self.tokens = tokens
        self.bytes = bytes
    }

    // MARK: Tokens

    /// The token here; past the end the last one, which is `end`.
    var token: Token { tokens[min(position, tokens.count - 1)] }

    func token(after distance: Int) -> Token { tokens[min(position + distance, tokens.count - 1)] }

    /// Where the token before this one ends.
    var previousEnd: Int { position > 0 ? tokens[min(position, tokens.count) - 1].range.upperBound : 0 }

    func isSign(_ sign: Token.Sign, after distance: Int = 0) -> Bool {
        if case .sign(sign) = token(after: distance).kind { return true }
        return false
    }

    func isWord(_ word: String, after distance: Int = 0) -> Bool {
        if case .name(word) = token(after: distance).kind { return true }
        return false
    }

    mutating func take(_ sign: Token.Sign) -> Bool {
        guard isSign(sign) else { return false }
        position += 1
        return true
    }

    mutating func take(word: String) -> Bool {
        guard isWord(word) else { return false }
        position += 1
        return true
    }

    func unexpected(_ wanted: String, help: String? = nil) -> SyntaxProblem {
        let found = token
        var range = found.range
        if range.isEmpty, range.lowerBound > 0 { range = range.lowerBound - 1..<range.lowerBound }
        return SyntaxProblem("WB3001", "expected \(wanted)", range, "found \(found.description)", help: help)
    }

    /// Takes the bracket that closes what was opened at `opening`.
    mutating func close(_ sign: Token.Sign, _ opening: Token) throws(SyntaxProblem) {
        if take(sign) { return }
        if case .end = token.kind {
            throw SyntaxProblem(
                "WB3007", "\(opening.description) is not closed", opening.range, "no `\(sign.rawValue)` for this one",
                help: "write `\(sign.rawValue)` where it ends")
        }
        throw unexpected("`\(sign.rawValue)`")
    }

    /// Runs a rule one level deeper.
    mutating func nested(
        _ rule: (inout Parser) throws(SyntaxProblem) -> FEELNode
    ) throws(SyntaxProblem) -> FEELNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FEELParser.maximumDepth else {
            throw SyntaxProblem(
                "WB3008", "expression is nested too deeply", token.range, "more than \(FEELParser.maximumDepth) levels",
                help: "split it into several rows or rules")
        }
        return try rule(&self)
    }

    /// Counts a link of a chain such as `a + b + c`, which makes a deep tree without brackets.
    private mutating func link() throws(SyntaxProblem) {
        links += 1
        guard links <= FEELParser.maximumLinks else {
            throw SyntaxProblem(
                "WB3008", "expression is too long", token.range,
                "more than \(FEELParser.maximumLinks) operators in a row",
                help: "split it, or put the values into a table")
        }
    }

    // MARK: Expressions

    mutating func wholeExpression() throws(SyntaxProblem) -> FEELNode {
        let node = try expression()
        guard case .end = token.kind else { throw leftOver(node) }
        return node
    }

    /// What to say about tokens after a complete expression.
    private func leftOver(_ node: FEELNode) -> SyntaxProblem {
        let found = token
        switch found.kind {
        case .name, .quotedName:
            if case .name("not") = node.kind {
                return SyntaxProblem(
                    "WB3001", "`not` is a function", node.range, "brackets are missing", help: "write `not(…)`")
            }
            let rest = String(decoding: bytes[found.range], as: UTF8.self)
            if rest == "is" || rest == "IS" {
                return SyntaxProblem(
                    "WB3005", "`is` is not an operator", found.range, "FEEL compares with `=` and `!=`",
                    help: "write `… = null` or `… != null`")
            }
            guard case .name = node.kind else { break }
            let all = String(decoding: bytes[node.range.lowerBound..<bytes.count], as: UTF8.self)
            return SyntaxProblem(
                "WB3001", "expected an operator", found.range, "found \(found.description)",
                help: "put it in quotes if it is text: `\"\(all)\"`; a name with spaces goes in backticks")
        case .sign(.closeParenthesis), .sign(.closeBracket), .sign(.closeBrace):
            return SyntaxProblem(
                "WB3007", "\(found.description) closes nothing", found.range, "no bracket is open here",
                help: "remove it, or open the bracket before")
        case .sign(.colon):
            return SyntaxProblem(
                "WB3001", "expected an operator", found.range, "found `:`",
                help: "a context is written `{ name: value }`; a time is `time(\"10:30:00\")`")
        default: break
        }
        return unexpected("an operator or the end of the expression")
    }

    mutating func expression() throws(SyntaxProblem) -> FEELNode {
        try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.disjunction() }
    }

    private mutating func disjunction() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try conjunction()
        while take(word: "or") {
            try link()
            let right = try conjunction()
            left = FEELNode(.or(left, right), left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    private mutating func conjunction() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try comparison()
        while take(word: "and") {
            try link()
            let right = try comparison()
            left = FEELNode(.and(left, right), left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    /// The operator of a comparison here.
    var comparisonOperator: ComparisonOperator? {
        guard case .sign(let sign) = token.kind else { return nil }
        return ComparisonOperator(rawValue: sign.rawValue)
    }

    private mutating func comparison() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try addition()
        while true {
            if let operation = comparisonOperator {
                position += 1
                try link()
                let right = try addition()
                left = FEELNode(.comparison(operation, left, right), left.range.lowerBound..<right.range.upperBound)
            } else if take(word: "between") {
                try link()
                let low = try addition()
                guard take(word: "and") else { throw unexpected("`and`", help: "write `x between low and high`") }
                let high = try addition()
                left = FEELNode(.between(left, low, high), left.range.lowerBound..<high.range.upperBound)
            } else if take(word: "in") {
                try link()
                let tests = try membershipTests()
                left = FEELNode(.membership(left, tests), left.range.lowerBound..<previousEnd)
            } else if isWord("instance"), isWord("of", after: 1) {
                throw notAvailable("`instance of`", token.range.lowerBound..<token(after: 1).range.upperBound)
            } else {
                return left
            }
        }
    }

    mutating func addition() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try multiplication()
        while true {
            let operation: ArithmeticOperator
            if isSign(.plus) { operation = .add } else if isSign(.minus) { operation = .subtract } else { return left }
            position += 1
            try link()
            let right = try multiplication()
            left = FEELNode(.arithmetic(operation, left, right), left.range.lowerBound..<right.range.upperBound)
        }
    }

    private mutating func multiplication() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try power()
        while true {
            let operation: ArithmeticOperator
            if isSign(.times) {
                operation = .multiply
            } else if isSign(.divide) {
                operation = .divide
            } else {
                return left
            }
            position += 1
            try link()
            let right = try power()
            left = FEELNode(.arithmetic(operation, left, right), left.range.lowerBound..<right.range.upperBound)
        }
    }

    /// Exponents bind from left to right, and a sign binds closer than they do (grammar rules 4 and 24).
    private mutating func power() throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var left = try negation()
        while take(.power) {
            try link()
            let right = try negation()
            left = FEELNode(.arithmetic(.power, left, right), left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    private mutating func negation() throws(SyntaxProblem) -> FEELNode {
        let start = token.range.lowerBound
        guard take(.minus) else { return try postfix() }
        let operand = try nested { (parser: inout Parser) throws(SyntaxProblem) in try parser.negation() }
        if case .literal(.number(let number)) = operand.kind, !number.isZero {
            return FEELNode(.literal(.number(-number)), start..<operand.range.upperBound)
        }
        return FEELNode(.negation(operand), start..<operand.range.upperBound)
    }

    /// Paths and filters after a value.
    mutating func postfix(filters: Bool = true) throws(SyntaxProblem) -> FEELNode {
        let before = links
        defer { links = before }
        var node = try primary()
        while true {
            if take(.dot) {
                try link()
                let step = try pathStep()
                if case .name(let table) = node.kind, step.text == "reverse", isSign(.openParenthesis) {
                    let name = FEELName(table + ".reverse", node.range.lowerBound..<step.range.upperBound)
                    node = try call(name)
                } else if isSign(.openParenthesis) {
                    throw SyntaxProblem(
                        "WB3001", "a call on a value", step.range, "FEEL has functions, not methods",
                        help: "write `\(step.text)(…)` with the value as its first argument")
                } else {
                    node = FEELNode(.path(node, step), node.range.lowerBound..<step.range.upperBound)
                }
            } else if filters, isSign(.openBracket) {
                let opening = token
                position += 1
                try link()
                if isSign(.closeBracket) {
                    throw SyntaxProblem(
                        "WB3001", "expected an index or a condition", opening.range.lowerBound..<token.range.upperBound,
                        "nothing between the brackets", help: "the first item is `[1]`, the last one `[-1]`")
                }
                let condition = try expression()
                try close(.closeBracket, opening)
                node = FEELNode(.filter(node, condition), node.range.lowerBound..<previousEnd)
            } else {
                return node
            }
        }
    }

    /// A name after a dot: any word, `@attribute`, or a name in backticks.
    private mutating func pathStep() throws(SyntaxProblem) -> FEELName {
        let start = token.range.lowerBound
        let isAttribute = take(.at)
        let found = token
        switch found.kind {
        case .name(var text):
            position += 1
            if text == "time", isWord("offset") {
                text = "time offset"
                position += 1
            }
            return FEELName(isAttribute ? "@" + text : text, start..<previousEnd)
        case .quotedName(let text):
            position += 1
            return FEELName(isAttribute ? "@" + text : text, start..<previousEnd)
        default:
            throw unexpected("a name after `.`", help: "a name with odd characters goes in backticks")
        }
    }

    func notAvailable(_ what: String, _ range: Range<Int>) -> SyntaxProblem {
        SyntaxProblem("WB3009", "\(what) is not available in this version", range)
    }
}

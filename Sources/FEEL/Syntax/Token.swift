internal import Documents

/// One word or sign of an expression.
struct Token {
    enum Kind: Equatable {
        /// A plain word: a name or a keyword, which depends on where it stands.
        case name(String)
        /// A name in backticks: never a keyword.
        case quotedName(String)
        case number(Decimal)
        case string(String)
        case sign(Sign)
        case end
    }

    enum Sign: String {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divide = "/"
        case power = "**"
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case dot = "."
        case dotDot = ".."
        case comma = ","
        case colon = ":"
        case at = "@"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case closeBrace = "}"
    }

    var kind: Kind
    /// UTF-8 offsets in the expression.
    var range: Range<Int>

    /// The token as a message quotes it.
    var description: String {
        switch kind {
        case .name(let text), .quotedName(let text): "`\(text)`"
        case .number(let number): "`\(number)`"
        case .string: "a text"
        case .sign(let sign): "`\(sign.rawValue)`"
        case .end: "the end of the expression"
        }
    }
}

/// The words that cannot be names.
enum Keywords {
    static let reserved: Set<String> = [
        "true", "false", "null", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or",
        "between", "instance", "function",
    ]
}

/// What stopped the reading of an expression; becomes one diagnostic.
struct SyntaxProblem: Error {
    var code: String
    var title: String
    var range: Range<Int>
    var label: String
    var help: String?
    /// What to write at `range` instead.
    var replacement: String?

    init(
        _ code: String, _ title: String, _ range: Range<Int>, _ label: String = "", help: String? = nil,
        replacement: String? = nil
    ) {
        self.code = code
        self.title = title
        self.range = range
        self.label = label
        self.help = help
        self.replacement = replacement
    }
}

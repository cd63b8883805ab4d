public import Diagnostics
public import Documents

/// An expression as it was written: a tree in which every node knows its bytes.
public struct FEELExpression {
    /// The text that was parsed.
    public let text: String
    /// The whole tree.
    public let root: FEELNode
    /// Turns a range of UTF-8 bytes of `text` into a place in its file.
    public let at: (Range<Int>) -> SourceSpan

    public init(text: String, root: FEELNode, at: @escaping (Range<Int>) -> SourceSpan) {
        self.text = text
        self.root = root
        self.at = at
    }

    /// The place of a node.
    public func span(_ node: FEELNode) -> SourceSpan { at(node.range) }
}

/// A node of an expression.
public struct FEELNode: Sendable {
    public var kind: Kind
    /// UTF-8 offsets in the expression.
    public var range: Range<Int>

    public init(_ kind: Kind, _ range: Range<Int>) {
        self.kind = kind
        self.range = range
    }

    /// What a node is.
    public indirect enum Kind: Sendable {
        /// `null`, a boolean, a number or a text.
        case literal(Value)
        /// `@"2026-11-21"`: a date, time, date and time, or duration by its ISO 8601 spelling.
        case temporal(String)
        /// A name in scope, or a field of the body.
        case name(String)
        /// `base.step`; an attribute's step keeps its `@`.
        case path(FEELNode, FEELName)
        /// `base[condition]` or `base[index]`.
        case filter(FEELNode, FEELNode)
        case negation(FEELNode)
        case arithmetic(ArithmeticOperator, FEELNode, FEELNode)
        case comparison(ComparisonOperator, FEELNode, FEELNode)
        case and(FEELNode, FEELNode)
        case or(FEELNode, FEELNode)
        /// `value between low and high`.
        case between(FEELNode, FEELNode, FEELNode)
        /// `value in test` or `value in (test, test)`.
        case membership(FEELNode, [FEELTest])
        case choice(condition: FEELNode, then: FEELNode, otherwise: FEELNode)
        case iteration([FEELIterator], FEELNode)
        /// `some … satisfies …` or `every … satisfies …`.
        case quantified(every: Bool, [FEELIterator], FEELNode)
        case list([FEELNode])
        case context([FEELEntry])
        /// `[low..high]` with open ends by `(`, `)`, `]` and `[`.
        case range(low: FEELNode, high: FEELNode, lowIncluded: Bool, highIncluded: Bool)
        /// `name(arguments)`; a table's `name.reverse(argument)` has the name `name.reverse`.
        case call(FEELName, [FEELArgument])
    }
}

/// A name with its place.
public struct FEELName: Sendable, Hashable {
    public var text: String
    public var range: Range<Int>

    public init(_ text: String, _ range: Range<Int>) {
        self.text = text
        self.range = range
    }
}

/// An argument of a call, by position or by name.
public struct FEELArgument: Sendable {
    public var name: FEELName?
    public var value: FEELNode
}

/// `name in domain` of `for`, `some` and `every`.
public struct FEELIterator: Sendable {
    public var name: FEELName
    public var domain: FEELNode
}

/// `key: value` of a context.
public struct FEELEntry: Sendable {
    public var key: FEELName
    public var value: FEELNode
}

/// One of the tests after `in`.
public enum FEELTest: Sendable {
    /// `> 5`.
    case comparison(ComparisonOperator, FEELNode)
    /// A value, a list or a range.
    case value(FEELNode)
    /// `not(test, test)`.
    case not([FEELTest])
}

/// The operators on numbers, texts, dates and durations.
public enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "**"
}

/// The operators that compare two values.
public enum ComparisonOperator: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

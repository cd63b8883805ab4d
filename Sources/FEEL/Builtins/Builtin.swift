internal import Contracts
internal import Documents

/// A built-in function: what analysts write, what it is for, and what runs.
struct Builtin: Sendable {
    /// What kind of argument a parameter takes.
    enum Kind: Sendable {
        case any, text, number, boolean, list, context
        /// A date, time, date and time, or duration.
        case temporal
        /// A text or a temporal value.
        case textOrTemporal
    }

    struct Parameter: Sendable {
        var name: String
        var kind: Kind
        var isOptional = false
        /// Any number of arguments from here on.
        var repeats = false

        init(_ name: String, _ kind: Kind, optional: Bool = false, repeats: Bool = false) {
            self.name = name
            self.kind = kind
            self.isOptional = optional
            self.repeats = repeats
        }
    }

    /// The kind of the result, for the checks of what is around the call.
    enum Result: Sendable {
        case any, text, number, boolean, date, time, dateTime, daysDuration, yearsDuration, temporal
        case listOfText, listOfNumbers, listOfAny
        /// A list of the first argument's items.
        case sameList
        /// Of the first argument's kind.
        case sameKind
        /// Of the kind of the first argument's items.
        case itemOfFirst
        /// The first or the second argument.
        case either
    }

    enum Body: Sendable {
        case pure(@Sendable (inout Arguments) -> Value)
        /// Reads the clock: never folded. The argument is nanoseconds since 1970.
        case clock(@Sendable (Int64) -> Value)
    }

    let name: String
    /// One or more ways to call it.
    let signatures: [[Parameter]]
    let result: Result
    /// One sentence.
    let doc: String
    /// Calls with the expression of what they give; tests run them.
    let examples: [(call: String, gives: String)]
    let body: Body
    /// How it uses its pattern, when it takes one.
    let pattern: PatternFunction?

    init(
        _ name: String, _ signatures: [Parameter]..., result: Result, doc: String,
        examples: [(call: String, gives: String)],
        body: @escaping @Sendable (inout Arguments) -> Value
    ) {
        self.name = name
        self.signatures = signatures
        self.result = result
        self.doc = doc
        self.examples = examples
        self.body = .pure(body)
        self.pattern = nil
    }

    init(
        _ name: String, _ signatures: [Parameter]..., result: Result, doc: String,
        examples: [(call: String, gives: String)], pattern: PatternFunction
    ) {
        self.name = name
        self.signatures = signatures
        self.result = result
        self.doc = doc
        self.examples = examples
        self.body = pattern.plainBody()
        self.pattern = pattern
    }

    init(clock name: String, result: Result, doc: String, body: @escaping @Sendable (Int64) -> Value) {
        self.name = name
        self.signatures = [[]]
        self.result = result
        self.doc = doc
        self.examples = []
        self.body = .clock(body)
        self.pattern = nil
    }

    /// `substring(string, start position, length?)`, for messages.
    var usage: String {
        signatures.map { parameters in
            let names = parameters.map { $0.name + ($0.repeats ? "…" : $0.isOptional ? "?" : "") }
            return "`\(name)(\(names.joined(separator: ", ")))`"
        }.joined(separator: " or ")
    }
}

/// The arguments of a call while it runs, with the reason why it gives null.
struct Arguments {
    private let values: UnsafeBufferPointer<Value>
    private(set) var problem: FEELProblem.Reason?

    init(_ values: UnsafeBufferPointer<Value>) {
        self.values = values
    }

    var count: Int { values.count }

    /// An argument; null when it was left out.
    subscript(index: Int) -> Value { index < values.count ? values[index] : .null }

    /// All arguments, or the items of the only one if that is a list: how `min(1, 2)` and `min([1, 2])` are one
    /// function.
    var items: [Value] {
        if values.count == 1 {
            if case .list(let items) = values[0] { return items }
            if values[0].isNull { return [] }
        }
        return Array(values)
    }

    /// Whether an argument was left out or is null.
    func isNull(_ index: Int) -> Bool { index >= values.count || values[index].isNull }

    /// Null, with a reason.
    mutating func fail(_ reason: FEELProblem.Reason) -> Value {
        problem = reason
        return .null
    }

    /// An argument as one value: a list of one item counts as the item, an element with attributes as its text.
    private func one(_ index: Int) -> Value {
        if case .list(let items) = self[index], items.count == 1 { return Operators.scalar(items[0]) }
        return Operators.scalar(self[index])
    }

    mutating func text(_ index: Int) -> String? {
        switch one(index) {
        case .string(let text): return text
        case .null: return nil
        default:
            problem = .notText
            return nil
        }
    }

    mutating func number(_ index: Int) -> Decimal? {
        switch one(index) {
        case .number(let number): return number
        case .null: return nil
        default:
            problem = .notANumber
            return nil
        }
    }

    /// A whole number of ordinary size.
    mutating func integer(_ index: Int) -> Int? {
        guard let number = number(index) else { return nil }
        guard let value = number.intValue, value.magnitude <= 1_000_000_000 else {
            problem = .notAnInteger
            return nil
        }
        return value
    }

    mutating func boolean(_ index: Int) -> Bool? {
        switch one(index) {
        case .boolean(let value): return value
        case .null: return nil
        default:
            problem = .notABoolean
            return nil
        }
    }

    /// A list; one value counts as a list of it, null as none.
    func list(_ index: Int) -> [Value]? {
        switch self[index] {
        case .list(let items): return items
        case .null: return nil
        case let value: return [value]
        }
    }

    mutating func context(_ index: Int) -> Context? {
        switch self[index] {
        case .context(let context): return context
        case .list(let items) where items.count == 1:
            if case .context(let context) = items[0] { return context }
        case .null: return nil
        default: break
        }
        problem = .notAContext
        return nil
    }

    /// A date, time or duration as it is; nil for text and all else, without a reason.
    func temporal(_ index: Int) -> Temporal? {
        if case .temporal(let value) = one(index) { return value }
        return nil
    }
}

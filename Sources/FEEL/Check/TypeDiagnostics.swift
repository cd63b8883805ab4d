internal import Contracts
internal import Diagnostics

/// What the checks say about types.
extension Diagnostic {
    /// How to make one kind of value of another; nil when there is no way.
    private static func conversion(_ from: KnownKind, to wanted: KnownKind, _ source: String) -> String? {
        switch (from, wanted) {
        case (_, .text) where from != .context: "string(\(source))"
        case (.text, .number): "number(\(source))"
        case (.text, .temporal(let kind)):
            switch kind {
            case .date: "date(\(source))"
            case .time: "time(\(source))"
            case .dateTime: "date and time(\(source))"
            case .duration, .daysDuration, .yearsDuration: "duration(\(source))"
            }
        case (.temporal(.dateTime), .temporal(.date)): "date(\(source))"
        case (.temporal(.dateTime), .temporal(.time)): "time(\(source))"
        case (.text, .boolean): "\(source) = \"true\""
        default: nil
        }
    }

    static func incomparable(
        _ left: KnownKind, _ leftNode: FEELNode, _ right: KnownKind, _ rightNode: FEELNode,
        in expression: FEELExpression
    ) -> Diagnostic {
        let a = expression.slice(leftNode.range)
        let b = expression.slice(rightNode.range)
        var help: String?
        if case .literal = rightNode.kind, case .text = left, right == .number || right == .boolean {
            help = "write `\"\(b)\"`, since `\(a)` is text"
        } else if case .literal = leftNode.kind, case .text = right, left == .number || left == .boolean {
            help = "write `\"\(a)\"`, since `\(b)` is text"
        } else if left == .text, let converted = conversion(left, to: right, a) {
            help = "write `\(converted)`"
        } else if right == .text, let converted = conversion(right, to: left, b) {
            help = "write `\(converted)`"
        } else if let converted = conversion(left, to: right, a) {
            help = "write `\(converted)`"
        } else if let converted = conversion(right, to: left, b) {
            help = "write `\(converted)`"
        }
        return Diagnostic(
            "WB3106", "comparison of \(left.description) with \(right.description)",
            at: expression.span(rightNode), "this is \(right.description)",
            secondary: [Label(expression.span(leftNode), "this is \(left.description)")], help: help)
    }

    static func undefinedOperator(
        _ operation: ArithmeticOperator, _ left: KnownKind, _ leftNode: FEELNode, _ right: KnownKind,
        _ rightNode: FEELNode,
        in expression: FEELExpression
    ) -> Diagnostic {
        let a = expression.slice(leftNode.range)
        let b = expression.slice(rightNode.range)
        var help: String?
        if operation == .add, left == .text, let converted = conversion(right, to: .text, b) {
            help = "write `\(a) + \(converted)`"
        } else if operation == .add, right == .text, let converted = conversion(left, to: .text, a) {
            help = "write `\(converted) + \(b)`"
        } else if left == .text, right == .number {
            help = "write `number(\(a))` if the text is a number"
        } else if right == .text, left == .number {
            help = "write `number(\(b))` if the text is a number"
        } else if left.isTemporal, right == .number, operation == .add || operation == .subtract {
            help = "add a duration: `duration(\"P\(b)D\")` for days"
        } else if left == .text, right == .text {
            help = "texts are joined with `+`"
        }
        return Diagnostic(
            "WB3107", "`\(operation.rawValue)` is not defined for \(left.description) and \(right.description)",
            at: expression.span(rightNode), "this is \(right.description)",
            secondary: [Label(expression.span(leftNode), "this is \(left.description)")], help: help)
    }

    static func wrongKind(_ kind: KnownKind, wanted: String, at span: SourceSpan, by what: String) -> Diagnostic {
        Diagnostic("WB3107", "\(what) needs \(wanted)", at: span, "this is \(kind.description)")
    }

    static func notCondition(_ kind: KnownKind, by what: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB3108", "\(what) needs a condition", at: span, "this is \(kind.description)",
            help: "write a comparison, as in `x = \"…\"` or `x != null`")
    }

    static func wrongArgumentKind(
        _ kind: KnownKind, parameter: Builtin.Parameter, function: String, source: String, at span: SourceSpan
    ) -> Diagnostic {
        let wanted: KnownKind? =
            switch parameter.kind {
            case .text, .textOrTemporal: .text
            case .number: .number
            case .temporal: .temporal(.date)
            case .boolean: .boolean
            case .any, .list, .context: nil
            }
        return Diagnostic(
            "WB3105", "`\(function)` takes \(parameter.kind.description) as `\(parameter.name)`", at: span,
            "this is \(kind.description)",
            help: wanted.flatMap { conversion(kind, to: $0, source) }.map { "write `\($0)`" })
    }

    static func noValue(_ reason: FEELProblem.Reason, at span: SourceSpan) -> Diagnostic {
        Diagnostic("WB3109", "expression can never have a value", at: span, reason.rawValue)
    }

    static func neverEqual(
        _ text: String, allowed: [String], source: ShapeSource?, at span: SourceSpan
    ) -> Diagnostic {
        let near = Spelling.nearest(text, in: allowed)
        let list = allowed.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (allowed.count > 8 ? ", …" : "")
        return Diagnostic(
            "WB3111", "the contract does not allow `\(text)` here", at: span, "never equal",
            notes: source.map { ["declared in \($0.path):\($0.line)"] } ?? [],
            help: near.map { "write `\"\($0)\"`" } ?? "it allows \(list)",
            fixIts: near.map { [FixIt(replace: span, with: "\"\($0)\"")] } ?? [])
    }
}

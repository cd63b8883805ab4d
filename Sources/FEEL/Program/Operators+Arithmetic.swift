internal import Documents

/// Arithmetic on numbers, texts, dates and durations (DMN 1.5 tables 56 to 60).
extension Operators {
    static func arithmetic(
        _ operation: ArithmeticOperator, _ left: Value, _ right: Value, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        switch (left, right) {
        case (.number(let a), .number(let b)): return numbers(operation, a, b, &problem)
        case (.null, _), (_, .null): return .null
        case (.string(let a), .string(let b)) where operation == .add: return .string(a + b)
        case (.temporal(let a), .temporal(let b)): return temporals(operation, a, b, &problem)
        case (.temporal(let a), .number(let b)): return scaled(operation, a, b, &problem)
        case (.number(let a), .temporal(let b)) where operation == .multiply: return scaled(.multiply, b, a, &problem)
        case (.list(let a), _) where a.count == 1: return arithmetic(operation, a[0], right, &problem)
        case (_, .list(let b)) where b.count == 1: return arithmetic(operation, left, b[0], &problem)
        case (.context(let a), _):
            if let text = a[""] { return arithmetic(operation, text, right, &problem) }
        case (_, .context(let b)):
            if let text = b[""] { return arithmetic(operation, left, text, &problem) }
        default: break
        }
        problem = .notArithmetic
        return .null
    }

    static func negate(_ value: Value, _ problem: inout FEELProblem.Reason?) -> Value {
        switch scalar(value) {
        case .number(let number): return .number(-number)
        case .temporal(let temporal):
            if let negated = temporal.negated { return .temporal(negated) }
        case .list(let items) where items.count == 1: return negate(items[0], &problem)
        case .null: return .null
        default: break
        }
        problem = .notArithmetic
        return .null
    }

    private static func numbers(
        _ operation: ArithmeticOperator, _ a: Decimal, _ b: Decimal, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        let result: Decimal?
        switch operation {
        case .add: result = a.adding(b)
        case .subtract: result = a.subtracting(b)
        case .multiply: result = a.multiplied(by: b)
        case .divide:
            if b.isZero {
                problem = .divisionByZero
                return .null
            }
            result = a.divided(by: b)
        case .power:
            guard let exponent = b.intValue else {
                problem = .notAnInteger
                return .null
            }
            if a.isZero, exponent < 0 {
                problem = .divisionByZero
                return .null
            }
            result = a.power(exponent)
        }
        guard let result else {
            problem = .numberRange
            return .null
        }
        return .number(result)
    }

    private static func temporals(
        _ operation: ArithmeticOperator, _ a: Temporal, _ b: Temporal, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        switch (operation, a, b) {
        case (.add, _, _):
            if let sum = a.adding(b) { return .temporal(sum) }
        case (.subtract, _, _):
            if let difference = a.subtracting(b) { return .temporal(difference) }
        case (.divide, .daysDuration(let x), .daysDuration(let y)):
            return quotient(Decimal(coefficient: x, exponent: 0), Decimal(coefficient: y, exponent: 0), &problem)
        case (.divide, .yearsDuration(let x), .yearsDuration(let y)):
            return quotient(Decimal(Int(x)), Decimal(Int(y)), &problem)
        default: break
        }
        problem = .notArithmetic
        return .null
    }

    private static func quotient(_ a: Decimal?, _ b: Decimal?, _ problem: inout FEELProblem.Reason?) -> Value {
        guard let a, let b else {
            problem = .numberRange
            return .null
        }
        return numbers(.divide, a, b, &problem)
    }

    /// A duration times or divided by a number; fractions of a nanosecond or month are dropped.
    private static func scaled(
        _ operation: ArithmeticOperator, _ duration: Temporal, _ factor: Decimal, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        let amount: Decimal?
        switch duration {
        case .daysDuration(let nanoseconds): amount = Decimal(coefficient: nanoseconds, exponent: 0)
        case .yearsDuration(let months): amount = Decimal(Int(months))
        default: amount = nil
        }
        guard let amount, operation == .multiply || operation == .divide else {
            problem = .notArithmetic
            return .null
        }
        guard case .number(let result) = numbers(operation, amount, factor, &problem) else { return .null }
        guard let whole = result.truncated.intValue else {
            problem = .numberRange
            return .null
        }
        if case .yearsDuration = duration { return .temporal(.yearsDuration(Int64(whole))) }
        return .temporal(.daysDuration(Int128(whole)))
    }
}

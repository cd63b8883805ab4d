internal import Documents
internal import Glibc

/// The operators on values (DMN 1.5 §10.3.2.13 to 10.3.2.15). They run at compile time on constants as well.
///
/// A null operand gives null without a word; operands of the wrong kind give null and a reason.
enum Operators {
    /// What an element with attributes counts as: its text. All else is itself.
    @inline(__always)
    static func scalar(_ value: Value) -> Value {
        if case .context(let context) = value { return context[""] ?? value }
        return value
    }

    // MARK: Comparison

    static func compare(
        _ operation: ComparisonOperator, _ left: Value, _ right: Value, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        switch operation {
        case .equal: return equal(left, right, &problem)
        case .notEqual:
            if case .boolean(let same) = equal(left, right, &problem) { return .boolean(!same) }
            return .null
        default:
            if left.isNull || right.isNull { return .null }
            guard let order = order(left, right) else {
                problem = .differentKinds
                return .null
            }
            switch operation {
            case .less: return .boolean(order < 0)
            case .lessOrEqual: return .boolean(order <= 0)
            case .greater: return .boolean(order > 0)
            default: return .boolean(order >= 0)
            }
        }
    }

    /// `=`: null equals only null; other kinds do not compare (table 42).
    static func equal(_ left: Value, _ right: Value, _ problem: inout FEELProblem.Reason?) -> Value {
        switch (left, right) {
        case (.string(let a), .string(let b)): return .boolean(sameText(a, b))
        case (.number(let a), .number(let b)): return .boolean(a == b)
        case (.boolean(let a), .boolean(let b)): return .boolean(a == b)
        case (.null, _), (_, .null): return .boolean(left.isNull && right.isNull)
        case (.context(let a), .context(let b)): return .boolean(a == b)
        case (.context(let a), _):
            if let text = a[""] { return equal(text, right, &problem) }
        case (_, .context(let b)):
            if let text = b[""] { return equal(left, text, &problem) }
        case (.list(let a), .list(let b)): return .boolean(a == b)
        case (.list(let a), _) where a.count == 1: return equal(a[0], right, &problem)
        case (_, .list(let b)) where b.count == 1: return equal(left, b[0], &problem)
        case (.temporal(let a), .temporal(let b)):
            if sameKind(a, b) { return .boolean(a == b) }
        case (.range(let a), .range(let b)): return .boolean(a == b)
        default: break
        }
        problem = .differentKinds
        return .null
    }

    /// Compares code points: `String.==` would call composed and decomposed letters equal.
    @inline(__always)
    static func sameText(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        let same = left.utf8.withContiguousStorageIfAvailable { a in
            right.utf8.withContiguousStorageIfAvailable { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return a.count == b.count }
                return memcmp(first, second, a.count) == 0
            }
        }
        if let same, let same { return same }
        return left.utf8.elementsEqual(right.utf8)
    }

    private static func sameKind(_ left: Temporal, _ right: Temporal) -> Bool {
        switch (left, right) {
        case (.date, .date), (.time, .time), (.dateTime, .dateTime), (.daysDuration, .daysDuration),
            (.yearsDuration, .yearsDuration):
            true
        default: false
        }
    }

    /// -1, 0 or 1; nil for what has no order.
    static func order(_ left: Value, _ right: Value) -> Int? {
        if let order = left.compared(to: right) { return order }
        if case .list(let a) = left, a.count == 1 { return order(a[0], right) }
        if case .list(let b) = right, b.count == 1 { return order(left, b[0]) }
        if case .context(let a) = left, let text = a[""] { return order(text, right) }
        if case .context(let b) = right, let text = b[""] { return order(left, text) }
        return nil
    }

    /// Whether a value passes a test of `in`: it is the value, in the list or in the range.
    static func matches(_ value: Value, _ test: Value, _ problem: inout FEELProblem.Reason?) -> Value {
        switch test {
        case .range(let range):
            if value.isNull { return .null }
            let scalar = scalar(value)
            guard let inside = range.contains(scalar) else {
                problem = .differentKinds
                return .null
            }
            return .boolean(inside)
        case .list(let items):
            if case .list(let own) = value, own == items { return .boolean(true) }
            for item in items {
                if case .range(let range) = item {
                    if range.contains(scalar(value)) == true { return .boolean(true) }
                } else {
                    var ignored: FEELProblem.Reason?
                    if case .boolean(true) = equal(value, item, &ignored) { return .boolean(true) }
                }
            }
            return .boolean(false)
        default:
            return equal(value, test, &problem)
        }
    }

    // MARK: Logic

    /// Three-valued `and` (table 51); what is not a boolean counts as null.
    static func and(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.boolean(false), _), (_, .boolean(false)): .boolean(false)
        case (.boolean(true), .boolean(true)): .boolean(true)
        default: .null
        }
    }

    /// Three-valued `or` (table 50).
    static func or(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.boolean(true), _), (_, .boolean(true)): .boolean(true)
        case (.boolean(false), .boolean(false)): .boolean(false)
        default: .null
        }
    }

    static func not(_ value: Value, _ problem: inout FEELProblem.Reason?) -> Value {
        switch value {
        case .boolean(let value): return .boolean(!value)
        case .list(let items) where items.count == 1: return not(items[0], &problem)
        case .null: return .null
        default:
            problem = .notABoolean
            return .null
        }
    }

    // MARK: Ranges and positions

    static func range(
        _ low: Value, _ high: Value, _ lowIncluded: Bool, _ highIncluded: Bool, _ problem: inout FEELProblem.Reason?
    ) -> Value {
        let low = scalar(low)
        let high = scalar(high)
        if low.isNull || high.isNull { return .null }
        guard low.compared(to: high) != nil else {
            problem = .differentKinds
            return .null
        }
        return .range(RangeValue(lower: low, upper: high, includesLower: lowIncluded, includesUpper: highIncluded))
    }

    /// The item at a position, from 1, or from -1 backwards; null outside of the list (§10.3.2.5).
    static func item(_ source: Value, _ position: Value, _ problem: inout FEELProblem.Reason?) -> Value {
        guard case .number(let number) = scalar(position) else {
            if !position.isNull { problem = .notANumber }
            return .null
        }
        guard let index = number.intValue else {
            problem = .notAnInteger
            return .null
        }
        switch source {
        case .null: return .null
        case .list(let items):
            let offset = index > 0 ? index - 1 : items.count + index
            return index != 0 && items.indices.contains(offset) ? items[offset] : .null
        default: return index == 1 || index == -1 ? source : .null
        }
    }
}

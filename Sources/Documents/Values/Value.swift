/// What an expression computes with: the values of FEEL (DMN 1.5 §10.3.2.3), made from a document or by a program.
public enum Value: Sendable {
    case null
    case boolean(Bool)
    case number(Decimal)
    case string(String)
    case list([Value])
    case context(Context)
    case temporal(Temporal)
    case range(RangeValue)
}

extension Value: Equatable {
    /// Compares as FEEL's `=` does: numbers and instants by value, strings by code points, contexts without regard to
    /// the order of their entries. Values of different kinds are not equal.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): Value.sameText(a, b)
        case (.list(let a), .list(let b)): a == b
        case (.context(let a), .context(let b)): a == b
        case (.temporal(let a), .temporal(let b)): a == b
        case (.range(let a), .range(let b)): a == b
        default: false
        }
    }

    /// Compares code points. `String.==` alone would call composed and decomposed letters equal.
    static func sameText(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Whether the value is `null`.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(Decimal(value)) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .context(Context(elements)) }
    public init(nilLiteral: ()) { self = .null }
}

/// An interval such as `[1..10)`, with an end missing where it is unbounded (`> 5`).
///
/// A class keeps `Value` small; ranges are made when a program is compiled far more often than when it runs.
public final class RangeValue: Sendable, Equatable {
    /// The lower end, or nil without one.
    public let lower: Value?
    /// The upper end, or nil without one.
    public let upper: Value?
    /// Whether the lower end belongs to the range.
    public let includesLower: Bool
    /// Whether the upper end belongs to the range.
    public let includesUpper: Bool

    public init(lower: Value?, upper: Value?, includesLower: Bool = true, includesUpper: Bool = true) {
        self.lower = lower
        self.upper = upper
        self.includesLower = includesLower && lower != nil
        self.includesUpper = includesUpper && upper != nil
    }

    public static func == (left: RangeValue, right: RangeValue) -> Bool {
        left === right
            || (left.includesLower == right.includesLower && left.includesUpper == right.includesUpper
                && left.lower == right.lower && left.upper == right.upper)
    }

    /// Whether a value lies in the range; nil when it does not compare with the ends.
    public func contains(_ value: Value) -> Bool? {
        if let lower {
            guard let order = lower.compared(to: value) else { return nil }
            if order > 0 || (order == 0 && !includesLower) { return false }
        }
        if let upper {
            guard let order = value.compared(to: upper) else { return nil }
            if order > 0 || (order == 0 && !includesUpper) { return false }
        }
        return lower != nil || upper != nil
    }
}

extension Value {
    /// -1, 0 or 1 for two numbers, strings (by code point), dates, times or durations; nil for what has no order.
    public func compared(to other: Value) -> Int? {
        switch (self, other) {
        case (.number(let a), .number(let b)): return a.compared(to: b)
        case (.string(let a), .string(let b)):
            // UTF-8 sorts as code points do.
            if Value.sameText(a, b) { return 0 }
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.temporal(let a), .temporal(let b)): return a.compared(to: b)
        default: return nil
        }
    }
}

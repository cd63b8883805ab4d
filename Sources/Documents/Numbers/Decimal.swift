/// An exact decimal number of up to 34 significant digits.
///
/// The value is `coefficient × 10^exponent`, as in IEEE 754-2019 *decimal128* (§3.5), without NaN, infinities and a
/// negative zero. A number keeps the digits it was written with: `12.10` stays `12.10` although it equals `12.1`.
/// Results that need more than 34 digits are rounded half to even.
public struct Decimal: Sendable {
    /// The number of significant digits that a value can have.
    public static let maximumDigits = 34
    /// The smallest exponent of a value.
    static let minimumExponent = -6176
    /// The greatest exponent of a value; the greatest magnitude is just below `10^6145`.
    static let maximumExponent = 6111

    // Two words instead of an `Int128` keep the alignment at 8 and `Value` at 24 bytes.
    private let high: Int64
    private let low: UInt64
    /// The power of ten that the coefficient is multiplied by.
    public let exponent: Int32

    /// The signed digits of the number: always less than `10^34` in magnitude.
    public var coefficient: Int128 { Int128(high) << 64 | Int128(low) }

    /// Zero.
    public static let zero = Decimal(0)
    /// One.
    public static let one = Decimal(1)

    /// The exact value of an integer.
    public init(_ value: Int) {
        self.init(unchecked: Int128(value), exponent: 0)
    }

    /// `coefficient × 10^exponent`; the caller has checked both ranges.
    init(unchecked coefficient: Int128, exponent: Int) {
        high = Int64(truncatingIfNeeded: coefficient >> 64)
        low = UInt64(truncatingIfNeeded: coefficient)
        self.exponent = Int32(truncatingIfNeeded: exponent)
    }

    /// `coefficient × 10^exponent`, rounded to 34 digits; nil when the magnitude is out of range.
    public init?(coefficient: Int128, exponent: Int) {
        guard abs(exponent) < 1_000_000,
            let value = Decimal.rounding(
                negative: coefficient < 0, coefficient.magnitude, exponent: exponent, sticky: false)
        else { return nil }
        self = value
    }

    /// The shortest decimal number that reads back as the same binary one; nil for NaN and infinities.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    /// Whether the number equals zero.
    public var isZero: Bool { high == 0 && low == 0 }
    /// Whether the number is below zero.
    public var isNegative: Bool { high < 0 }
    /// The number without its sign.
    public var magnitude: Decimal { isNegative ? -self : self }
    /// Whether the number has no fraction; `3.00` has none.
    public var isIntegral: Bool {
        if exponent >= 0 || isZero { return true }
        let drop = -Int(exponent)
        return drop < Decimal.maximumDigits && coefficient.magnitude % PowersOfTen[drop] == 0
    }

    /// The number as a machine integer; nil when it has a fraction or does not fit.
    public var intValue: Int? {
        if isZero { return 0 }
        guard isIntegral else { return nil }
        if exponent <= 0 {
            return Int(exactly: coefficient / Int128(PowersOfTen[-Int(exponent)]))
        }
        guard exponent <= 18 else { return nil }
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: Int128(PowersOfTen[Int(exponent)]))
        return overflow ? nil : Int(exactly: product)
    }

    /// The nearest binary floating point number.
    public var doubleValue: Double {
        Double(description) ?? 0
    }

    /// The same number with as few digits as possible: `12.10` becomes `12.1` and `100` becomes `1E+2`.
    public var normalized: Decimal {
        if isZero { return .zero }
        var magnitude = coefficient.magnitude
        var exponent = Int(exponent)
        while exponent < Decimal.maximumExponent {
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
            if remainder != 0 { break }
            magnitude = quotient
            exponent += 1
        }
        return Decimal(unchecked: isNegative ? -Int128(magnitude) : Int128(magnitude), exponent: exponent)
    }
}

extension Decimal: Hashable, Comparable {
    /// Compares the values: `12.10 == 12.1`.
    public static func == (left: Decimal, right: Decimal) -> Bool {
        if left.exponent == right.exponent { return left.high == right.high && left.low == right.low }
        return left.compared(to: right) == 0
    }

    public static func < (left: Decimal, right: Decimal) -> Bool {
        left.compared(to: right) < 0
    }

    /// Equal numbers hash alike, whatever digits they were written with.
    public func hash(into hasher: inout Hasher) {
        let least = normalized
        hasher.combine(least.high)
        hasher.combine(least.low)
        hasher.combine(least.exponent)
    }

    /// -1, 0 or 1 as the number is below, equal to or above the other one.
    public func compared(to other: Decimal) -> Int {
        let mine = coefficient, others = other.coefficient
        if exponent == other.exponent { return mine < others ? -1 : (mine == others ? 0 : 1) }
        if mine == 0 || mine.signum() != others.signum() {
            return Int(mine.signum() - others.signum()).signum()
        }
        let sign = mine < 0 ? -1 : 1
        let left = PowersOfTen.digitCount(mine.magnitude) + Int(exponent)
        let right = PowersOfTen.digitCount(others.magnitude) + Int(other.exponent)
        if left != right { return left < right ? -sign : sign }
        // The leading digits have the same weight, so that scaling keeps both within 34 digits.
        var first = mine.magnitude, second = others.magnitude
        let difference = Int(exponent) - Int(other.exponent)
        if difference > 0 { first *= PowersOfTen[difference] } else { second *= PowersOfTen[-difference] }
        return first == second ? 0 : (first < second ? -sign : sign)
    }
}

extension Decimal: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}

extension Decimal {
    /// What happens to the digits that do not fit (the names of IEEE 754-2019 §4.3 in everyday words).
    public enum Rounding: Sendable, Hashable, CaseIterable {
        /// Away from zero.
        case up
        /// Towards zero.
        case down
        /// Towards positive infinity.
        case ceiling
        /// Towards negative infinity.
        case floor
        /// To the nearest, a tie away from zero.
        case halfUp
        /// To the nearest, a tie towards zero.
        case halfDown
        /// To the nearest, a tie to the even digit.
        case halfEven
    }

    /// The number with exactly `scale` digits after the point, as far as 34 digits allow; a negative scale rounds to
    /// tens, hundreds and so on.
    public func rounded(scale: Int, _ mode: Rounding = .halfEven) -> Decimal {
        let target = -max(-100_000, min(100_000, scale))
        let from = Int(exponent)
        if from == target { return self }
        let digits = coefficient.magnitude
        if from > target {
            let padding = from - target
            if isZero {
                return Decimal.bounded(negative: false, 0, exponent: target) ?? self
            }
            guard PowersOfTen.digitCount(digits) + padding <= Decimal.maximumDigits, target >= Decimal.minimumExponent
            else { return self }
            return Decimal(unchecked: coefficient * Int128(PowersOfTen[padding]), exponent: target)
        }
        let kept = Decimal.dropping(target - from, of: digits, sticky: false, mode, negative: isNegative)
        return Decimal.rounding(negative: isNegative, kept, exponent: target, sticky: false) ?? self
    }

    /// The greatest number with `scale` digits after the point that is not above this one.
    public func floor(scale: Int = 0) -> Decimal { rounded(scale: scale, .floor) }

    /// The least number with `scale` digits after the point that is not below this one.
    public func ceiling(scale: Int = 0) -> Decimal { rounded(scale: scale, .ceiling) }

    /// The number without its fraction.
    public var truncated: Decimal { exponent >= 0 ? self : rounded(scale: 0, .down) }

    /// A magnitude and a power of ten as a number: rounded half to even to 34 digits, nil when out of range.
    ///
    /// - Parameter sticky: whether non-zero digits have already been dropped; the magnitude then has 35 digits or more.
    static func rounding(negative: Bool, _ magnitude: UInt128, exponent: Int, sticky: Bool) -> Decimal? {
        if magnitude < PowersOfTen[34] { return bounded(negative: negative, magnitude, exponent: exponent) }
        let drop = PowersOfTen.digitCount(magnitude) - maximumDigits
        var kept = dropping(drop, of: magnitude, sticky: sticky, .halfEven, negative: negative)
        var exponent = exponent + drop
        if kept == PowersOfTen[34] {
            kept = PowersOfTen[33]
            exponent += 1
        }
        return bounded(negative: negative, kept, exponent: exponent)
    }

    /// The same for an intermediate result below `10^70`.
    static func rounding(negative: Bool, _ wide: WideUnsigned, exponent: Int, sticky: Bool) -> Decimal? {
        if wide.high == 0 { return rounding(negative: negative, wide.low, exponent: exponent, sticky: sticky) }
        let drop = PowersOfTen.digitCount(wide.quotientAndRemainder(dividingBy: PowersOfTen[34]).quotient)
        let unit = PowersOfTen[drop]
        let (quotient, remainder) = wide.quotientAndRemainder(dividingBy: unit)
        let kept =
            quotient
            + increment(quotient, remainder: remainder, unit: unit, sticky: sticky, .halfEven, negative: negative)
        // A carry to 10^34 is folded by the plain path.
        return rounding(negative: negative, kept, exponent: exponent + drop, sticky: false)
    }

    /// Fits the exponent of a magnitude below `10^34` into the range: digits move to or from the exponent, what is too
    /// small becomes zero, what is too great nil.
    static func bounded(negative: Bool, _ magnitude: UInt128, exponent: Int) -> Decimal? {
        var magnitude = magnitude
        var exponent = exponent
        if magnitude == 0 {
            exponent = max(minimumExponent, min(maximumExponent, exponent))
        } else if exponent > maximumExponent {
            let padding = exponent - maximumExponent
            guard PowersOfTen.digitCount(magnitude) + padding <= maximumDigits else { return nil }
            magnitude *= PowersOfTen[padding]
            exponent = maximumExponent
        } else if exponent < minimumExponent {
            magnitude = dropping(
                minimumExponent - exponent, of: magnitude, sticky: false, .halfEven, negative: negative)
            exponent = minimumExponent
        }
        let coefficient = Int128(magnitude)
        return Decimal(unchecked: negative ? -coefficient : coefficient, exponent: exponent)
    }

    /// A magnitude without its last digits, rounded.
    static func dropping(
        _ count: Int, of magnitude: UInt128, sticky: Bool, _ mode: Rounding, negative: Bool
    ) -> UInt128 {
        if count > 38 {
            let isNothing = magnitude == 0 && !sticky
            return increment(0, remainder: isNothing ? 0 : 1, unit: 10, sticky: sticky, mode, negative: negative)
        }
        let unit = PowersOfTen[count]
        let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: unit)
        return quotient
            + increment(quotient, remainder: remainder, unit: unit, sticky: sticky, mode, negative: negative)
    }

    /// 1 when the dropped digits round the magnitude up, else 0.
    private static func increment(
        _ quotient: UInt128, remainder: UInt128, unit: UInt128, sticky: Bool, _ mode: Rounding, negative: Bool
    ) -> UInt128 {
        if remainder == 0 && !sticky { return 0 }
        switch mode {
        case .up: return 1
        case .down: return 0
        case .ceiling: return negative ? 0 : 1
        case .floor: return negative ? 1 : 0
        case .halfUp, .halfDown, .halfEven:
            if unit == 1 { return 0 }
            let half = unit / 2
            if remainder != half { return remainder > half ? 1 : 0 }
            if sticky || mode == .halfUp { return 1 }
            return mode == .halfEven && quotient % 2 == 1 ? 1 : 0
        }
    }
}

extension Decimal {
    /// The negated number.
    public static prefix func - (value: Decimal) -> Decimal {
        Decimal(unchecked: -value.coefficient, exponent: Int(value.exponent))
    }

    /// The sum; it saturates at the greatest magnitude. `adding(_:)` tells about that.
    public static func + (left: Decimal, right: Decimal) -> Decimal {
        left.adding(right) ?? greatest(negative: left.isNegative)
    }

    /// The difference; it saturates at the greatest magnitude. `subtracting(_:)` tells about that.
    public static func - (left: Decimal, right: Decimal) -> Decimal {
        left + (-right)
    }

    /// The product; it saturates at the greatest magnitude. `multiplied(by:)` tells about that.
    public static func * (left: Decimal, right: Decimal) -> Decimal {
        left.multiplied(by: right) ?? greatest(negative: left.isNegative != right.isNegative)
    }

    /// The quotient; nil for a division by zero and for a quotient out of range.
    public static func / (left: Decimal, right: Decimal) -> Decimal? {
        left.divided(by: right)
    }

    /// The remainder of the division that truncates, with the sign of the dividend; nil for a division by zero.
    public static func % (left: Decimal, right: Decimal) -> Decimal? {
        left.remainder(dividingBy: right)
    }

    public static func += (left: inout Decimal, right: Decimal) { left = left + right }
    public static func -= (left: inout Decimal, right: Decimal) { left = left - right }
    public static func *= (left: inout Decimal, right: Decimal) { left = left * right }

    private static func greatest(negative: Bool) -> Decimal {
        let digits = Int128(PowersOfTen[34]) - 1
        return Decimal(unchecked: negative ? -digits : digits, exponent: maximumExponent)
    }

    /// The sum; nil when it is out of range.
    public func adding(_ other: Decimal) -> Decimal? {
        let (upper, lower) = exponent >= other.exponent ? (self, other) : (other, self)
        var distance = Int(upper.exponent) - Int(lower.exponent)
        let target = Int(lower.exponent)
        if distance <= 4 {
            let sum = upper.coefficient * Int128(PowersOfTen[distance]) + lower.coefficient
            return Decimal.rounding(negative: sum < 0, sum.magnitude, exponent: target, sticky: false)
        }
        if upper.isZero { return lower }
        let digits = PowersOfTen.digitCount(upper.coefficient.magnitude)
        let padding = Decimal.maximumDigits - digits
        if lower.isZero {
            let steps = min(distance, padding)
            return Decimal(
                unchecked: upper.coefficient * Int128(PowersOfTen[steps]), exponent: Int(upper.exponent) - steps)
        }
        if digits + distance <= 37 {
            let sum = upper.coefficient * Int128(PowersOfTen[distance]) + lower.coefficient
            return Decimal.rounding(negative: sum < 0, sum.magnitude, exponent: target, sticky: false)
        }
        let sameSign = upper.isNegative == lower.isNegative
        let shifted = upper.coefficient.magnitude * PowersOfTen[padding]
        distance -= padding
        if distance > 36 {
            // The lower number is less than a hundredth of the last digit: only its sign matters for rounding.
            let nudged = sameSign ? shifted * 100 + 1 : shifted * 100 - 1
            return Decimal.rounding(
                negative: upper.isNegative, nudged, exponent: Int(upper.exponent) - padding - 2, sticky: false)
        }
        // `shifted` has 34 digits and is multiplied by 10^2 at least, so it exceeds the lower number.
        var wide = WideUnsigned(shifted, times: PowersOfTen[distance])
        if sameSign {
            wide.add(lower.coefficient.magnitude)
        } else {
            wide.subtract(lower.coefficient.magnitude)
        }
        return Decimal.rounding(negative: upper.isNegative, wide, exponent: target, sticky: false)
    }

    /// The difference; nil when it is out of range.
    public func subtracting(_ other: Decimal) -> Decimal? { adding(-other) }

    /// The product; nil when it is out of range.
    public func multiplied(by other: Decimal) -> Decimal? {
        let wide = WideUnsigned(coefficient.magnitude, times: other.coefficient.magnitude)
        return Decimal.rounding(
            negative: isNegative != other.isNegative, wide, exponent: Int(exponent) + Int(other.exponent),
            sticky: false)
    }

    /// The quotient; nil for a division by zero and for a quotient out of range. An exact quotient has as few digits as
    /// the operands' digits allow (IEEE 754-2019 §5.2): `6.00 / 2` is `3.00`.
    public func divided(by other: Decimal) -> Decimal? {
        if other.isZero { return nil }
        let ideal = Int(exponent) - Int(other.exponent)
        if isZero { return Decimal.bounded(negative: false, 0, exponent: ideal) }
        let dividend = coefficient.magnitude, divisor = other.coefficient.magnitude
        let digits = PowersOfTen.digitCount(dividend)
        // Enough digits for a quotient of 35 or 36.
        let shift = Decimal.maximumDigits + 1 + PowersOfTen.digitCount(divisor) - digits
        let first = min(shift, 38 - digits)
        let wide = WideUnsigned(dividend * PowersOfTen[first], times: PowersOfTen[shift - first])
        var (quotient, remainder) = wide.quotientAndRemainder(dividingBy: divisor)
        var exponent = ideal - shift
        if remainder == 0 {
            while exponent < ideal {
                let (shorter, digit) = quotient.quotientAndRemainder(dividingBy: 10)
                if digit != 0 { break }
                quotient = shorter
                exponent += 1
            }
        }
        return Decimal.rounding(
            negative: isNegative != other.isNegative, quotient, exponent: exponent, sticky: remainder != 0)
    }

    /// The exact remainder of the division that truncates, with the sign of the dividend; nil for a division by zero.
    public func remainder(dividingBy other: Decimal) -> Decimal? {
        if other.isZero { return nil }
        var dividend = coefficient.magnitude
        var divisor = other.coefficient.magnitude
        var distance = Int(exponent) - Int(other.exponent)
        let target = min(Int(exponent), Int(other.exponent))
        if distance < 0 {
            // The divisor is scaled; when it gets longer than the dividend the dividend is the remainder.
            if PowersOfTen.digitCount(divisor) - distance > 38 { return self }
            divisor *= PowersOfTen[-distance]
            dividend %= divisor
        } else {
            dividend %= divisor
            while distance > 0, dividend != 0 {
                let step = min(distance, 34)
                dividend = WideUnsigned(dividend, times: PowersOfTen[step]).remainder(dividingBy: divisor)
                distance -= step
            }
        }
        return Decimal.rounding(negative: isNegative, dividend, exponent: target, sticky: false)
    }

    /// `self - other × floor(self / other)`: the remainder with the sign of the divisor, as FEEL's `modulo` asks.
    public func modulo(_ other: Decimal) -> Decimal? {
        guard let remainder = remainder(dividingBy: other) else { return nil }
        return remainder.isZero || remainder.isNegative == other.isNegative ? remainder : remainder.adding(other)
    }

    /// The number to an integer power; nil for `0` to a negative power and for results out of range.
    public func power(_ exponent: Int) -> Decimal? {
        if exponent < 0 {
            guard exponent > -1_000_000_000, let positive = power(-exponent) else { return nil }
            return Decimal.one.divided(by: positive)
        }
        var result = Decimal.one
        var square = self
        var rest = exponent
        while true {
            if rest & 1 == 1 {
                guard let product = result.multiplied(by: square) else { return nil }
                result = product
            }
            rest >>= 1
            if rest == 0 { return result }
            guard let next = square.multiplied(by: square) else { return nil }
            square = next
        }
    }

    /// The square root to 34 digits; nil below zero.
    public func squareRoot() -> Decimal? {
        if isNegative { return nil }
        if isZero { return .zero }
        // Scaled by an even power of ten to a coefficient of 33 or 34 digits, whose binary root is a good first guess.
        var digits = coefficient.magnitude
        var power = Int(exponent)
        let shift = Decimal.maximumDigits - PowersOfTen.digitCount(digits)
        digits *= PowersOfTen[shift]
        power -= shift
        if power % 2 != 0 {
            digits /= 10
            power += 1
        }
        guard var root = Decimal(Double(digits).squareRoot()),
            let scaled = Decimal(coefficient: coefficient, exponent: Int(exponent) - power),
            let half = Decimal(coefficient: 5, exponent: -1)
        else { return nil }
        for _ in 0..<3 {
            guard let quotient = scaled.divided(by: root) else { return nil }
            root = (root + quotient) * half
        }
        let rounded = root.rounded(scale: 0)
        let exact = rounded * rounded == scaled ? rounded : root
        return exact.multiplied(by: Decimal(unchecked: 1, exponent: power / 2))?.withoutTrailingZeros
    }

    /// The number without zeros at the end of its fraction: `3.10` becomes `3.1`, `100` stays.
    public var withoutTrailingZeros: Decimal {
        if exponent >= 0 { return self }
        let least = normalized
        return least.exponent <= 0 ? least : rounded(scale: 0)
    }
}

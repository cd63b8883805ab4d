/// The number of a `multipleOf`: divides numbers of any length exactly.
struct ExactDivisor: Sendable {
    /// The divisor is `coefficient × 10^exponent`; the coefficient has no zeros at its end.
    private let coefficient: UInt128
    private let exponent: Int
    /// The coefficient, where 64 bits hold ten times of it; else 0.
    private let small: UInt64

    /// Nil for zero, a negative number, and one of more than 37 digits.
    init?(_ number: ExactNumber) {
        guard !number.isZero, !number.isNegative, number.digits.count <= 37 else { return nil }
        var value: UInt128 = 0
        for digit in number.digits { value = value * 10 + UInt128(digit) }
        coefficient = value
        exponent = number.exponent - number.digits.count
        small = number.digits.count <= 18 ? UInt64(truncatingIfNeeded: value) : 0
    }

    /// Whether `mantissa × 10^-scale` is a multiple; nil when 64 bits don't tell.
    @inline(__always)
    func divides(_ mantissa: Int64, scale: Int) -> Bool? {
        let shift = -scale - exponent
        guard small != 0, shift >= 0, shift <= 18 else { return mantissa == 0 ? true : nil }
        let (product, overflow) = mantissa.magnitude.multipliedReportingOverflow(by: SmallNumber.power(shift))
        return overflow ? nil : product % small == 0
    }

    /// Whether the number is a multiple, in time proportional to its length.
    func divides(_ number: NumberScan) -> Bool {
        if number.isZero { return true }
        let shift = number.exponent - number.count - exponent
        // The digits end in something other than 0, so that ten can't divide them.
        if shift < 0 { return false }
        var rest: UInt128
        if small != 0 {
            var partial: UInt64 = 0
            number.forEachDigit { digit in
                partial = (partial &* 10 &+ UInt64(digit)) % small
                return true
            }
            rest = UInt128(partial)
        } else {
            var partial: UInt128 = 0
            number.forEachDigit { digit in
                partial = (partial &* 10 &+ UInt128(digit)) % coefficient
                return true
            }
            rest = partial
        }
        if rest != 0, shift > 0 { rest = product(rest, powerOfTen(shift)) }
        return rest == 0
    }

    private func powerOfTen(_ power: Int) -> UInt128 {
        var result: UInt128 = 1 % coefficient
        var factor: UInt128 = 10 % coefficient
        var left = power
        while left > 0 {
            if left & 1 == 1 { result = product(result, factor) }
            factor = product(factor, factor)
            left >>= 1
        }
        return result
    }

    /// `a × b` modulo the coefficient, which is below 2^123, by doubling.
    private func product(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var result: UInt128 = 0
        var term = a % coefficient
        var left = b
        while left > 0 {
            if left & 1 == 1 { result = (result + term) % coefficient }
            term = (term + term) % coefficient
            left >>= 1
        }
        return result
    }
}

/// A number that fits a machine word: `mantissa × 10^-scale`.
struct SmallNumber: Sendable {
    var mantissa: Int64
    var scale: Int

    /// `10^exponent` for exponents of 0 to 19.
    @inline(__always)
    static func power(_ exponent: Int) -> UInt64 {
        var result: UInt64 = 1
        for _ in 0..<exponent { result &*= 10 }
        return result
    }

    init(mantissa: Int64, scale: Int) {
        self.mantissa = mantissa
        self.scale = scale
    }

    /// Nil when the text has an exponent or more than 18 digits.
    @inline(__always)
    init?(_ start: UnsafePointer<UInt8>, _ count: Int) {
        guard count <= 20 else { return nil }
        var i = 0
        let isNegative = start[0] == UInt8(ascii: "-")
        if isNegative { i = 1 }
        if count - i > 19 { return nil }
        var value: Int64 = 0
        var digits = 0
        var point = -1
        while i < count {
            let digit = start[i] &- 48
            if digit < 10 {
                value = value &* 10 &+ Int64(digit)
                digits += 1
            } else if digit == 254 {
                point = i
            } else {
                return nil
            }
            i += 1
        }
        guard digits <= 18 else { return nil }
        mantissa = isNegative ? -value : value
        scale = point < 0 ? 0 : count - point - 1
    }

    /// Negative when this is below the other, 0 when they are equal; nil when 64 bits don't tell.
    @inline(__always)
    func compare(_ other: SmallNumber) -> Int? {
        if scale == other.scale { return mantissa < other.mantissa ? -1 : (mantissa > other.mantissa ? 1 : 0) }
        let shift = abs(scale - other.scale)
        guard shift <= 18 else { return nil }
        let factor = Int64(bitPattern: SmallNumber.power(shift))
        let (left, leftOverflow) =
            scale < other.scale ? mantissa.multipliedReportingOverflow(by: factor) : (mantissa, false)
        let (right, rightOverflow) =
            scale > other.scale ? other.mantissa.multipliedReportingOverflow(by: factor) : (other.mantissa, false)
        if leftOverflow || rightOverflow { return nil }
        return left < right ? -1 : (left > right ? 1 : 0)
    }
}

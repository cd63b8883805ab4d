/// Powers of ten up to `10^38`, the greatest that fits in 128 bits.
enum PowersOfTen {
    private static let words: [UInt64] = [
        1, 10, 100, 1000, 10000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    static subscript(power: Int) -> UInt128 {
        power <= 19 ? UInt128(words[power]) : UInt128(words[19]) * UInt128(words[power - 19])
    }

    /// The number of decimal digits of a value; zero has one.
    static func digitCount(_ value: UInt128) -> Int {
        if value < 10 { return 1 }
        // 1233/4096 is just above log10(2), so the estimate is exact or one too high.
        let bits = 128 - value.leadingZeroBitCount
        let estimate = (bits * 1233) >> 12
        return estimate > 38 || value < PowersOfTen[estimate] ? estimate : estimate + 1
    }
}

/// A product of two 128-bit numbers: intermediate results before they are rounded to 34 digits.
struct WideUnsigned {
    var high: UInt128
    var low: UInt128

    /// The exact product of two numbers.
    init(_ left: UInt128, times right: UInt128) {
        (high, low) = left.multipliedFullWidth(by: right)
    }

    mutating func add(_ value: UInt128) {
        let (sum, overflow) = low.addingReportingOverflow(value)
        low = sum
        if overflow { high += 1 }
    }

    /// Subtracts a value that is not greater than this one.
    mutating func subtract(_ value: UInt128) {
        let (difference, overflow) = low.subtractingReportingOverflow(value)
        low = difference
        if overflow { high -= 1 }
    }

    /// Divides; the caller knows that the quotient fits in 128 bits.
    func quotientAndRemainder(dividingBy divisor: UInt128) -> (quotient: UInt128, remainder: UInt128) {
        if high == 0 { return low.quotientAndRemainder(dividingBy: divisor) }
        return divisor.dividingFullWidth((high, low))
    }

    func remainder(dividingBy divisor: UInt128) -> UInt128 {
        let upper = high % divisor
        return upper == 0 ? low % divisor : divisor.dividingFullWidth((upper, low)).remainder
    }
}

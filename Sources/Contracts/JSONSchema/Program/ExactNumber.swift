/// A decimal number of any length, as a schema writes it: nothing is rounded.
struct ExactNumber: Sendable, Equatable {
    var isNegative: Bool
    /// 0 to 9, without zeros at either end; empty for zero.
    var digits: [UInt8]
    /// The number is `0.digits × 10^exponent`.
    var exponent: Int

    /// Nil for a text that is not a number of JSON.
    init?(_ text: String) {
        var text = text
        let parsed: ExactNumber? = text.withUTF8 { bytes in
            guard NumberScan.isNumber(bytes) else { return nil }
            return ExactNumber(NumberScan(bytes))
        }
        guard let parsed else { return nil }
        self = parsed
    }

    private init(_ scan: NumberScan) {
        isNegative = scan.isNegative && !scan.isZero
        exponent = scan.exponent
        var digits: [UInt8] = []
        digits.reserveCapacity(scan.count)
        scan.forEachDigit { digit in
            digits.append(digit)
            return true
        }
        self.digits = digits
    }

    var isZero: Bool { digits.isEmpty }
    var isInteger: Bool { digits.isEmpty || exponent >= digits.count }

    /// The number as a count: clamped to what an `Int32` holds, rounded down.
    var clampedCount: Int32 {
        if isZero || isNegative || exponent <= 0 { return 0 }
        if exponent > 9 { return Int32.max }
        var value: Int32 = 0
        for index in 0..<exponent { value = value * 10 + (index < digits.count ? Int32(digits[index]) : 0) }
        return value
    }
}

/// The significant digits of a number's text, found in one pass and without a copy.
struct NumberScan {
    let bytes: UnsafeBufferPointer<UInt8>
    var isNegative = false
    /// Places of the first and last significant digit; equal to 0 and -1 for zero.
    private var first = 0
    private var last = -1
    /// Significant digits.
    private(set) var count = 0
    /// The number is `0.digits × 10^exponent`; bounded to ±2^40.
    private(set) var exponent = 0
    /// Whether a point or an exponent is written.
    private(set) var hasFraction = false

    static let greatestExponent = 1 << 40

    /// The bytes must be a number of JSON.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var i = 0
        let n = bytes.count
        if n > 0, bytes[0] == UInt8(ascii: "-") {
            isNegative = true
            i = 1
        }
        var start = -1
        var end = -1
        var point = -1
        while i < n {
            let byte = bytes[i]
            if byte &- 48 < 10 {
                if byte != 48 {
                    if start < 0 { start = i }
                    end = i
                }
            } else if byte == UInt8(ascii: ".") {
                point = i
                hasFraction = true
            } else {
                break
            }
            i += 1
        }
        let digitsEnd = i
        var power = 0
        if i < n {
            hasFraction = true
            i += 1
            var isDown = false
            if i < n, bytes[i] == UInt8(ascii: "-") || bytes[i] == UInt8(ascii: "+") {
                isDown = bytes[i] == UInt8(ascii: "-")
                i += 1
            }
            while i < n {
                power = min(power * 10 + Int(bytes[i] &- 48), NumberScan.greatestExponent)
                i += 1
            }
            if isDown { power = -power }
        }
        guard start >= 0 else { return }
        first = start
        last = end
        let whole = point < 0 ? digitsEnd : point
        count = end - start + 1 - (start < whole && end > whole ? 1 : 0)
        exponent = (start < whole ? whole - start : whole + 1 - start) + power
    }

    var isZero: Bool { count == 0 }
    var isInteger: Bool { exponent >= count }

    /// The significant digits in order, 0 to 9, until the body says false.
    @inline(__always)
    func forEachDigit(_ body: (UInt8) -> Bool) {
        var i = first
        while i <= last {
            if bytes[i] != UInt8(ascii: "."), !body(bytes[i] &- 48) { return }
            i += 1
        }
    }

    /// Negative when this number is below the other, 0 when they are equal.
    func compare(negative: Bool, digits: UnsafeBufferPointer<UInt8>, exponent otherExponent: Int) -> Int {
        if isZero || digits.isEmpty {
            if isZero && digits.isEmpty { return 0 }
            return isZero ? (negative ? 1 : -1) : (isNegative ? -1 : 1)
        }
        if isNegative != negative { return isNegative ? -1 : 1 }
        let sign = isNegative ? -1 : 1
        if exponent != otherExponent { return exponent < otherExponent ? -sign : sign }
        var index = 0
        var result = 0
        forEachDigit { digit in
            if index == digits.count {
                result = 1
                return false
            }
            if digit != digits[index] {
                result = digit < digits[index] ? -1 : 1
                return false
            }
            index += 1
            return true
        }
        if result == 0, index < digits.count { result = -1 }
        return result * sign
    }

    /// Whether both are the same number.
    func equals(_ other: NumberScan) -> Bool {
        if isZero || other.isZero { return isZero && other.isZero }
        guard isNegative == other.isNegative, exponent == other.exponent, count == other.count else { return false }
        var i = first
        var j = other.first
        while i <= last, j <= other.last {
            if bytes[i] == UInt8(ascii: ".") { i += 1 }
            if other.bytes[j] == UInt8(ascii: ".") { j += 1 }
            if i > last || j > other.last || bytes[i] != other.bytes[j] { return false }
            i += 1
            j += 1
        }
        return true
    }

    /// Equal for equal numbers.
    var hash: UInt64 {
        if isZero { return 0x9E37 }
        var result = UInt64(truncatingIfNeeded: exponent) &* 0x9E37_79B9_7F4A_7C15 ^ (isNegative ? 1 : 0)
        forEachDigit { digit in
            result = (result ^ UInt64(digit)) &* 0x0000_0100_0000_01B3
            return true
        }
        return result
    }

    /// The grammar of RFC 8259, section 6.
    static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        func digits() -> Int {
            let start = i
            while i < bytes.count, bytes[i] &- 48 < 10 { i += 1 }
            return i - start
        }
        if i < bytes.count, bytes[i] == UInt8(ascii: "-") { i += 1 }
        let start = i
        let whole = digits()
        if whole == 0 || whole > 1 && bytes[start] == 48 { return false }
        if i < bytes.count, bytes[i] == UInt8(ascii: ".") {
            i += 1
            if digits() == 0 { return false }
        }
        if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
            i += 1
            if i < bytes.count, bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-") { i += 1 }
            if digits() == 0 { return false }
        }
        return i == bytes.count
    }
}

import Glibc

extension Decimal {
    /// The longest text that is read as a number.
    public static let maximumTextLength = 4096

    /// Reads `-12.50`, `.5`, `5.`, `+1` or `1.5e-3`: the union of what JSON (RFC 8259 §6), XML Schema (`xs:decimal`)
    /// and FEEL write. Digits beyond the 34th are rounded half to even; nil for anything else, for an exponent out of
    /// range and for texts of more than `maximumTextLength` bytes.
    public init?(ascii text: UnsafeBufferPointer<UInt8>) {
        guard let value = Decimal.read(text) else { return nil }
        self = value
    }

    /// Reads a number as `init(ascii:)` does.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ Decimal.read($0) }) else { return nil }
        self = value
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> Decimal? {
        let count = text.count
        guard count > 0, count <= maximumTextLength, let p = text.baseAddress else { return nil }
        var i = 0
        let isNegative = p[0] == UInt8(ascii: "-")
        if isNegative || p[0] == UInt8(ascii: "+") { i = 1 }
        var short: UInt64 = 0
        var significant = 0
        var digits = 0
        var point = -1
        let start = i
        // Up to 18 digits fit in a machine word: nearly every number ends here.
        while i < count, digits < 18 {
            let c = p[i]
            if c &- 48 < 10 {
                short = short &* 10 &+ UInt64(c &- 48)
                digits += 1
            } else if c == UInt8(ascii: "."), point < 0 {
                point = digits
            } else {
                break
            }
            i += 1
        }
        var magnitude = UInt128(short)
        significant = magnitude == 0 ? 0 : PowersOfTen.digitCount(magnitude)
        var dropped = 0
        var sticky = false
        while i < count {
            let c = p[i]
            if c &- 48 < 10 {
                digits += 1
                if significant < 36 {
                    magnitude = magnitude * 10 + UInt128(c &- 48)
                    if magnitude != 0 { significant += 1 }
                } else {
                    dropped += 1
                    if c != 48 { sticky = true }
                }
            } else if c == UInt8(ascii: "."), point < 0 {
                point = digits
            } else {
                break
            }
            i += 1
        }
        guard digits > 0, i > start else { return nil }
        var exponent = 0
        if i < count {
            guard p[i] | 0x20 == UInt8(ascii: "e") else { return nil }
            i += 1
            var isDown = false
            if i < count, p[i] == UInt8(ascii: "-") || p[i] == UInt8(ascii: "+") {
                isDown = p[i] == UInt8(ascii: "-")
                i += 1
            }
            guard i < count else { return nil }
            while i < count {
                guard p[i] &- 48 < 10 else { return nil }
                if exponent < 100_000 { exponent = exponent * 10 + Int(p[i] &- 48) }
                i += 1
            }
            if isDown { exponent = -exponent }
        }
        if point >= 0 { exponent -= digits - point }
        let value = rounding(negative: isNegative, magnitude, exponent: exponent + dropped, sticky: sticky)
        if let value, value.isZero, magnitude != 0 { return nil }
        return value
    }

    /// Appends the number in plain notation, with an exponent only when more than 34 zeros would have to be added.
    public func write(to writer: ByteWriter) {
        writer.reserve(Decimal.longestText)
        writer.advance(format(into: writer.end))
    }

    private static let longestText = 96

    /// Writes the text and returns its length; the buffer has `longestText` bytes.
    private func format(into p: UnsafeMutablePointer<UInt8>) -> Int {
        let digits = coefficient.magnitude
        let exponent = Int(exponent)
        let count = PowersOfTen.digitCount(digits)
        var q = p
        if isNegative {
            q[0] = UInt8(ascii: "-")
            q += 1
        }
        if exponent >= 0 {
            if digits == 0 {
                q[0] = 48
                return q + 1 - p
            }
            if count + exponent <= Decimal.maximumDigits {
                Decimal.write(digits, count, to: q)
                memset(q + count, 48, exponent)
                return q + count + exponent - p
            }
        } else if count > -exponent {
            let whole = count + exponent
            Decimal.write(digits, count, to: q + 1)
            memmove(q, q + 1, whole)
            q[whole] = UInt8(ascii: ".")
            return q + count + 1 - p
        } else {
            let zeros = -exponent - count
            if zeros <= Decimal.maximumDigits {
                q[0] = 48
                q[1] = UInt8(ascii: ".")
                memset(q + 2, 48, zeros)
                Decimal.write(digits, count, to: q + 2 + zeros)
                return q + 2 + zeros + count - p
            }
            if digits == 0 {
                q[0] = 48
                return q + 1 - p
            }
        }
        Decimal.write(digits, count, to: q + 1)
        q[0] = q[1]
        q[1] = UInt8(ascii: ".")
        q += count == 1 ? 1 : count + 1
        let adjusted = exponent + count - 1
        q[0] = UInt8(ascii: "E")
        q[1] = adjusted < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
        let power = UInt128(adjusted.magnitude)
        let powerDigits = PowersOfTen.digitCount(power)
        Decimal.write(power, powerDigits, to: q + 2)
        return q + 2 + powerDigits - p
    }

    private static func write(_ value: UInt128, _ count: Int, to p: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var i = count
        while i > 18 {
            let (upper, lower) = rest.quotientAndRemainder(dividingBy: PowersOfTen[18])
            rest = upper
            var word = UInt64(truncatingIfNeeded: lower)
            let stop = i - 18
            while i > stop {
                i -= 1
                p[i] = UInt8(truncatingIfNeeded: word % 10) + 48
                word /= 10
            }
        }
        var word = UInt64(truncatingIfNeeded: rest)
        while i > 0 {
            i -= 1
            p[i] = UInt8(truncatingIfNeeded: word % 10) + 48
            word /= 10
        }
    }
}

extension Decimal: CustomStringConvertible {
    /// The number in plain notation, with an exponent only when more than 34 zeros would have to be added.
    public var description: String {
        String(unsafeUninitializedCapacity: Decimal.longestText) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return format(into: base)
        }
    }
}

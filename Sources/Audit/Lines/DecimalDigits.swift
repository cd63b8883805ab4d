/// Decimal digits, two at a time from a table.
@usableFromInline
enum DecimalDigits {
    private static var pairs: StaticString {
        """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    }

    /// Writes the number, at most 20 bytes. Returns where the next byte goes.
    @usableFromInline
    static func write(_ value: Int, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        guard value < 0 else { return write(value.magnitude, to: out) }
        out[0] = UInt8(ascii: "-")
        return write(value.magnitude, to: out + 1)
    }

    static func write(_ value: UInt, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        if value < 100 {
            if value >= 10 {
                pair(value, out)
                return out + 2
            }
            out[0] = UInt8(truncatingIfNeeded: value) &+ 48
            return out + 1
        }
        if value < 10_000 {
            let high = value / 100
            let rest = write(high, to: out)
            pair(value &- high &* 100, rest)
            return rest + 2
        }
        let high = value / 10_000
        let rest = write(high, to: out)
        four(value &- high &* 10_000, rest)
        return rest + 4
    }

    /// Four digits of a number below 10,000.
    @inline(__always)
    private static func four(_ value: UInt, _ out: UnsafeMutablePointer<UInt8>) {
        let high = value / 100
        pair(high, out)
        pair(value &- high &* 100, out + 2)
    }

    /// Six digits of a number below 1,000,000.
    static func six(_ value: UInt, _ out: UnsafeMutablePointer<UInt8>) {
        let high = value / 10_000
        pair(high, out)
        four(value &- high &* 10_000, out + 2)
    }

    /// Two digits of a number below 100.
    @inline(__always)
    private static func pair(_ value: UInt, _ out: UnsafeMutablePointer<UInt8>) {
        let source = pairs.utf8Start + Int(truncatingIfNeeded: value &* 2)
        out[0] = source[0]
        out[1] = source[1]
    }
}

/// Reads how long a consumer waits: milliseconds, `1500`, or a number with a unit as gRPC writes it, `5S`, `200m`
/// (`H` hours, `M` minutes, `S` seconds, `m` milliseconds, `u` microseconds, `n` nanoseconds).
public enum CallerDeadline {
    /// Nanoseconds; nil when the value can't be read.
    public static func read(_ value: UnsafeBufferPointer<UInt8>) -> Int64? {
        var number: Int64 = 0
        var i = 0
        while i < value.count, value[i] &- 0x30 < 10 {
            guard i < 10 else { return nil }
            number = number * 10 + Int64(value[i] - 0x30)
            i += 1
        }
        guard i > 0 else { return nil }
        let unit: Int64
        if i == value.count {
            unit = 1_000_000
        } else {
            guard i + 1 == value.count else { return nil }
            switch value[i] {
            case UInt8(ascii: "H"): unit = 3_600_000_000_000
            case UInt8(ascii: "M"): unit = 60_000_000_000
            case UInt8(ascii: "S"): unit = 1_000_000_000
            case UInt8(ascii: "m"): unit = 1_000_000
            case UInt8(ascii: "u"): unit = 1000
            case UInt8(ascii: "n"): unit = 1
            default: return nil
            }
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        // What is longer than a day is no deadline.
        return overflow ? 86_400_000_000_000 : min(product, 86_400_000_000_000)
    }
}

import Glibc

/// A civil UTC time, for time stamps and file names. Proleptic Gregorian, by arithmetic on days: no time zone data.
public struct UTCTime: Sendable, Equatable {
    public var year, month, day, hour, minute, second: Int
    public var nanosecond: Int

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public init(nanoseconds: Int64) {
        let perDay: Int64 = 86_400_000_000_000
        var days = nanoseconds / perDay
        var rest = nanoseconds % perDay
        if rest < 0 {
            rest += perDay
            days -= 1
        }
        // Years are counted from 1 March, so that a leap day is the last of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(rest / 3_600_000_000_000)
        minute = Int(rest / 60_000_000_000 % 60)
        second = Int(rest / 1_000_000_000 % 60)
        nanosecond = Int(rest % 1_000_000_000)
    }

    /// Now, by the wall clock.
    public static var nowNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Nanoseconds of a clock that never goes back.
    static var monotonicNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// `20261121`, as in file names.
    var compactDate: String {
        var out: [UInt8] = []
        withDigits { digits in out = Array(digits[0..<4]) + digits[5..<7] + digits[8..<10] }
        return String(decoding: out, as: UTF8.self)
    }

    /// The 27 bytes of RFC 3339 with microseconds: `2026-11-21T14:25:07.123456Z`.
    public func withDigits(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { out in
            UTCTime.put(year, 4, out, 0)
            out[4] = UInt8(ascii: "-")
            UTCTime.put(month, 2, out, 5)
            out[7] = UInt8(ascii: "-")
            UTCTime.put(day, 2, out, 8)
            out[10] = UInt8(ascii: "T")
            UTCTime.put(hour, 2, out, 11)
            out[13] = UInt8(ascii: ":")
            UTCTime.put(minute, 2, out, 14)
            out[16] = UInt8(ascii: ":")
            UTCTime.put(second, 2, out, 17)
            out[19] = UInt8(ascii: ".")
            UTCTime.put(nanosecond / 1000, 6, out, 20)
            out[26] = UInt8(ascii: "Z")
            body(UnsafeBufferPointer(out))
        }
    }

    /// RFC 3339 with microseconds.
    public var description: String {
        var text = ""
        withDigits { text = String(decoding: $0, as: UTF8.self) }
        return text
    }

    private static func put(_ value: Int, _ width: Int, _ out: UnsafeMutableBufferPointer<UInt8>, _ start: Int) {
        var rest = value
        for index in stride(from: start + width - 1, through: start, by: -1) {
            out[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

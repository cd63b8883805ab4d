/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date in the one form that is still sent (section 5.6.7).
public enum RetryAfter {
    private static let month: Int64 = 30 * 86_400

    /// Nanoseconds to wait; nil when the value is neither. A time that has passed is 0, one far off is bounded.
    /// - Parameter wallClock: nanoseconds since 1970.
    public static func read(_ value: UnsafeBufferPointer<UInt8>, wallClock: Int64) -> Int64? {
        guard let first = value.first else { return nil }
        if isDigit(first) {
            guard value.count <= 10 else { return nil }
            var seconds: Int64 = 0
            for byte in value {
                guard isDigit(byte) else { return nil }
                seconds = seconds * 10 + Int64(byte - 0x30)
            }
            return min(seconds, month) * 1_000_000_000
        }
        guard let date = date(value) else { return nil }
        let seconds = date - wallClock / 1_000_000_000
        return min(max(0, seconds), month) * 1_000_000_000
    }

    /// Nanoseconds of a number of seconds, however large; nil when it is none (RFC 9111, section 1.2.2).
    static func seconds(_ value: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard !value.isEmpty else { return nil }
        var seconds: Int64 = 0
        for byte in value {
            guard isDigit(byte) else { return nil }
            seconds = min(seconds * 10 + Int64(byte - 0x30), 1 << 31)
        }
        return seconds * 1_000_000_000
    }

    /// Nanoseconds from now until a date in seconds since 1970; 0 when it has passed.
    static func until(_ date: Int64, wallClock: Int64) -> Int64 {
        min(max(0, date - wallClock / 1_000_000_000), 1 << 31) * 1_000_000_000
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func date(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count == 29, text[3] == 0x2C, text[19] == 0x3A, text[22] == 0x3A else { return nil }
        guard let day = number(text, 5, 2), let year = number(text, 12, 4), let hour = number(text, 17, 2),
            let minute = number(text, 20, 2), let second = number(text, 23, 2), let month = month(text),
            (1...31).contains(day), year >= 1970, hour < 24, minute < 60, second <= 60
        else { return nil }
        // Days of the civil calendar since 1970-01-01, with the year beginning in March.
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for i in start..<(start + count) {
            guard isDigit(text[i]) else { return nil }
            value = value * 10 + Int64(text[i] - 0x30)
        }
        return value
    }

    private static func month(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let names: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        let p = names.utf8Start
        for i in 0..<12 where p[3 * i] == text[8] && p[3 * i + 1] == text[9] && p[3 * i + 2] == text[10] {
            return Int64(i) + 1
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}

/// Reads the fields of ISO 8601 texts from ASCII bytes.
struct TemporalScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte, !isAtEnd else { return false }
        position += 1
        return true
    }

    /// Digits as a number, at least `least` and at most `most` of them.
    mutating func digits(_ least: Int, _ most: Int) -> Int? {
        var value = 0
        var count = 0
        while count < most, next &- 48 < 10 {
            value = value * 10 + Int(next &- 48)
            count += 1
            position += 1
        }
        return count >= least ? value : nil
    }

    /// A fraction of a second after its point, in nanoseconds; digits beyond the ninth are dropped.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while next &- 48 < 10 {
            if count < 9 { value = value * 10 + Int(next &- 48) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }

    /// `2026-11-21`, `-0044-03-15`, `12345-01-01` (XML Schema 1.1 part 2 §3.3.9, without a zone).
    mutating func date() -> DateValue? {
        let isNegative = take(UInt8(ascii: "-"))
        let start = position
        guard let year = digits(4, 9) else { return nil }
        if position - start > 4, bytes[start] == 48 { return nil }
        guard take(UInt8(ascii: "-")), let month = digits(2, 2), take(UInt8(ascii: "-")), let day = digits(2, 2)
        else { return nil }
        return DateValue(year: isNegative ? -year : year, month: month, day: day)
    }

    /// `10:30:00`, `10:30:00.5Z`, `10:30:00+01:00`, `10:30:00@Europe/Paris`.
    mutating func time() -> TimeValue? {
        guard let hour = digits(2, 2), take(UInt8(ascii: ":")), let minute = digits(2, 2), take(UInt8(ascii: ":")),
            let second = digits(2, 2)
        else { return nil }
        var nanosecond = 0
        if take(UInt8(ascii: ".")) {
            guard let fraction = fraction() else { return nil }
            nanosecond = fraction
        }
        var offset: Int?
        var zone: String?
        if !isAtEnd, !zoneSuffix(&offset, &zone) { return nil }
        return TimeValue(hour: hour, minute: minute, second: second, nanosecond: nanosecond, offset: offset, zone: zone)
    }

    /// `Z`, `+01:00`, `-05:00:30` or `@Europe/Paris`, to the end of the text.
    mutating func zoneSuffix(_ offset: inout Int?, _ zone: inout String?) -> Bool {
        switch next {
        case UInt8(ascii: "Z"):
            position += 1
            offset = 0
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let isWest = next == UInt8(ascii: "-")
            position += 1
            guard let hours = digits(2, 2), take(UInt8(ascii: ":")), let minutes = digits(2, 2), minutes < 60 else {
                return false
            }
            var seconds = hours * 3600 + minutes * 60
            if take(UInt8(ascii: ":")) {
                guard let rest = digits(2, 2), rest < 60 else { return false }
                seconds += rest
            }
            offset = isWest ? -seconds : seconds
        case UInt8(ascii: "@"):
            let name = bytes[(position + 1)...]
            guard !name.isEmpty, name.count <= 64, name.allSatisfy(TemporalScanner.isZoneCharacter) else {
                return false
            }
            position = bytes.count
            let text = String(decoding: name, as: UTF8.self)
            if text == "Etc/UTC" || text == "UTC" { offset = 0 }
            zone = text
        default:
            return false
        }
        return isAtEnd
    }

    private static func isZoneCharacter(_ c: UInt8) -> Bool {
        let letter = c | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || (c >= 0x30 && c <= 0x39) || c == UInt8(ascii: "/")
            || c == UInt8(ascii: "_") || c == UInt8(ascii: "-") || c == UInt8(ascii: "+")
    }

    /// `P1Y2M` or `P3DT4H5M6.7S`, with a minus sign in front of a negative one; never both kinds in one.
    mutating func duration() -> Temporal? {
        let isNegative = take(UInt8(ascii: "-"))
        guard take(UInt8(ascii: "P")) else { return nil }
        var months: Int64?
        var nanoseconds: Int128?
        var isTime = false
        var rank = 0
        while !isAtEnd {
            if !isTime, take(UInt8(ascii: "T")) {
                if isAtEnd { return nil }
                isTime = true
                rank = 3
            }
            guard let amount = digits(1, 18) else { return nil }
            var fraction = 0
            var hasFraction = false
            if take(UInt8(ascii: ".")) {
                guard let value = self.fraction() else { return nil }
                fraction = value
                hasFraction = true
            }
            let unit = next
            position += 1
            let step: Int
            switch (unit, isTime) {
            case (UInt8(ascii: "Y"), false):
                step = 1
                months = (months ?? 0) + Int64(amount) * 12
                if amount > 100_000_000_000_000_000 { return nil }
            case (UInt8(ascii: "M"), false):
                step = 2
                months = (months ?? 0) + Int64(amount)
            case (UInt8(ascii: "D"), false):
                step = 3
                nanoseconds = (nanoseconds ?? 0) + Int128(amount) * Int128(Nanoseconds.day)
            case (UInt8(ascii: "H"), true):
                step = 4
                nanoseconds = (nanoseconds ?? 0) + Int128(amount) * Int128(Nanoseconds.hour)
            case (UInt8(ascii: "M"), true):
                step = 5
                nanoseconds = (nanoseconds ?? 0) + Int128(amount) * Int128(Nanoseconds.minute)
            case (UInt8(ascii: "S"), true):
                step = 6
                nanoseconds = (nanoseconds ?? 0) + Int128(amount) * Int128(Nanoseconds.second) + Int128(fraction)
            default:
                return nil
            }
            if step <= rank || (hasFraction && step != 6) { return nil }
            rank = step
        }
        switch (months, nanoseconds) {
        case (let months?, nil): return .yearsDuration(isNegative ? -months : months)
        case (nil, let nanoseconds?): return .daysDuration(isNegative ? -nanoseconds : nanoseconds)
        default: return nil
        }
    }
}

extension DateValue {
    /// Reads `2026-11-21`; with `allowingZone` also the zone that XML Schema allows after a date, which is dropped.
    public init?(_ text: String, allowingZone: Bool = false) {
        guard
            let value = Temporal.scan(
                text,
                { scanner -> DateValue? in
                    guard let date = scanner.date() else { return nil }
                    var offset: Int?
                    var zone: String?
                    if allowingZone, !scanner.isAtEnd, !scanner.zoneSuffix(&offset, &zone) || zone != nil { return nil }
                    return date
                })
        else { return nil }
        self = value
    }
}

extension TimeValue {
    /// Reads `10:30:00`, with or without fraction and zone.
    public init?(_ text: String) {
        guard let value = Temporal.scan(text, { $0.time() }) else { return nil }
        self = value
    }
}

extension DateTimeValue {
    /// Reads `2026-11-21T10:30:00`, with or without fraction and zone.
    public init?(_ text: String) {
        guard
            let value = Temporal.scan(
                text,
                { scanner -> DateTimeValue? in
                    guard let date = scanner.date(), scanner.take(UInt8(ascii: "T")), let time = scanner.time() else {
                        return nil
                    }
                    return DateTimeValue(date: date, time: time)
                })
        else { return nil }
        self = value
    }
}

extension Temporal {
    /// Reads a date, a time, a date and time, or a duration: the texts that FEEL's `@"…"` accepts.
    public init?(_ text: String) {
        if let date = DateValue(text) {
            self = .date(date)
        } else if let value = DateTimeValue(text) {
            self = .dateTime(value)
        } else if let time = TimeValue(text) {
            self = .time(time)
        } else if let duration = Temporal(duration: text) {
            self = duration
        } else {
            return nil
        }
    }

    /// Reads `P1Y2M` or `P3DT4H`.
    public init?(duration text: String) {
        guard let value = Temporal.scan(text, { $0.duration() }) else { return nil }
        self = value
    }

    /// Runs a scanner over the whole text; nil when something is left over.
    static func scan<Result>(_ text: String, _ read: (inout TemporalScanner) -> Result?) -> Result? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count <= 128 else { return nil }
            var scanner = TemporalScanner(bytes)
            guard let result = read(&scanner), scanner.isAtEnd else { return nil }
            return result
        }
    }
}

extension DateValue: CustomStringConvertible {
    /// `2026-11-21`.
    public var description: String {
        let magnitude = String(year.magnitude)
        let padding = String(repeating: "0", count: max(0, 4 - magnitude.utf8.count))
        return (year < 0 ? "-" : "") + padding + magnitude + "-" + Temporal.twoDigits(month) + "-"
            + Temporal.twoDigits(day)
    }
}

extension TimeValue: CustomStringConvertible {
    /// `10:30:00.5+01:00`; `Z` for UTC.
    public var description: String {
        var text = Temporal.twoDigits(hour) + ":" + Temporal.twoDigits(minute) + ":" + Temporal.twoDigits(second)
        text += Temporal.fraction(nanosecond)
        if let zone { return text + "@" + zone }
        guard let offset else { return text }
        if offset == 0 { return text + "Z" }
        let seconds = Int(offset.magnitude)
        text += offset < 0 ? "-" : "+"
        text += Temporal.twoDigits(seconds / 3600) + ":" + Temporal.twoDigits(seconds / 60 % 60)
        if seconds % 60 != 0 { text += ":" + Temporal.twoDigits(seconds % 60) }
        return text
    }
}

extension DateTimeValue: CustomStringConvertible {
    /// `2026-11-21T10:30:00Z`.
    public var description: String { date.description + "T" + time.description }
}

extension Temporal: CustomStringConvertible {
    /// The text that FEEL's `string` gives (ISO 8601).
    public var description: String {
        switch self {
        case .date(let value): value.description
        case .time(let value): value.description
        case .dateTime(let value): value.description
        case .yearsDuration(let months): Temporal.description(months: months)
        case .daysDuration(let nanoseconds): Temporal.description(nanoseconds: nanoseconds)
        }
    }

    private static func description(months: Int64) -> String {
        if months == 0 { return "P0M" }
        let years = months.magnitude / 12
        let rest = months.magnitude % 12
        return (months < 0 ? "-P" : "P") + (years > 0 ? "\(years)Y" : "") + (rest > 0 ? "\(rest)M" : "")
    }

    private static func description(nanoseconds: Int128) -> String {
        if nanoseconds == 0 { return "PT0S" }
        let (days, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: UInt128(Nanoseconds.day))
        let ofDay = Int64(rest)
        let hours = ofDay / Nanoseconds.hour
        let minutes = ofDay / Nanoseconds.minute % 60
        let seconds = ofDay / Nanoseconds.second % 60
        let fraction = Int(ofDay % Nanoseconds.second)
        var text = nanoseconds < 0 ? "-P" : "P"
        if days > 0 { text += "\(days)D" }
        if ofDay > 0 { text += "T" }
        if hours > 0 { text += "\(hours)H" }
        if minutes > 0 { text += "\(minutes)M" }
        if seconds > 0 || fraction > 0 { text += "\(seconds)" + Temporal.fraction(fraction) + "S" }
        return text
    }

    static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// `.5` for half a second, nothing for none.
    static func fraction(_ nanoseconds: Int) -> String {
        if nanoseconds == 0 { return "" }
        var digits = String(nanoseconds + 1_000_000_000).utf8.dropFirst()
        while digits.last == UInt8(ascii: "0") { digits = digits.dropLast() }
        return "." + String(decoding: digits, as: UTF8.self)
    }
}

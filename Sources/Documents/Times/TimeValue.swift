/// A time of day: local, with an offset from UTC, or with the name of a zone.
public struct TimeValue: Sendable, Hashable {
    /// Nanoseconds since local midnight, less than a day.
    public let nanosecondOfDay: Int64
    /// Seconds east of UTC; nil for a local time. Zero was written `Z`.
    public let offset: Int?
    /// The name of a zone such as `Europe/Paris`, kept as it was written. Time zone data is not consulted: times of
    /// the same zone compare with each other only.
    public let zone: String?

    /// The greatest offset in seconds: ±18 hours is what DMN tools agree on.
    static let greatestOffset = 18 * 3600

    static let midnightUTC = TimeValue(checked: 0, offset: 0, zone: nil)

    /// A time of day; nil when a field is out of range.
    public init?(
        hour: Int, minute: Int, second: Int, nanosecond: Int = 0, offset: Int? = nil, zone: String? = nil
    ) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999_999_999).contains(nanosecond), (offset ?? 0).magnitude <= TimeValue.greatestOffset
        else { return nil }
        let seconds = Int64(hour * 3600 + minute * 60 + second)
        self.init(checked: seconds * Nanoseconds.second + Int64(nanosecond), offset: offset, zone: zone)
    }

    init(checked nanosecondOfDay: Int64, offset: Int?, zone: String?) {
        self.nanosecondOfDay = nanosecondOfDay
        self.offset = offset
        self.zone = zone
    }

    public var hour: Int { Int(nanosecondOfDay / Nanoseconds.hour) }
    public var minute: Int { Int(nanosecondOfDay / Nanoseconds.minute % 60) }
    public var second: Int { Int(nanosecondOfDay / Nanoseconds.second % 60) }
    public var nanosecond: Int { Int(nanosecondOfDay % Nanoseconds.second) }

    /// Whether the time is an instant of the day in UTC, not a local one.
    public var isZoned: Bool { offset != nil }

    /// Nanoseconds since midnight UTC (or local midnight without an offset); can lie outside the day.
    var comparableNanoseconds: Int64 { nanosecondOfDay - Int64(offset ?? 0) * Nanoseconds.second }

    /// The time of day that much later, around the clock.
    public func adding(nanoseconds: Int128) -> TimeValue {
        let day = Int128(Nanoseconds.day)
        var sum = (Int128(nanosecondOfDay) + nanoseconds % day) % day
        if sum < 0 { sum += day }
        return TimeValue(checked: Int64(sum), offset: offset, zone: zone)
    }

    /// -1, 0 or 1 for two local times, two with offsets, or two of the same named zone; else nil.
    public func compared(to other: TimeValue) -> Int? {
        guard isZoned == other.isZoned, zone == other.zone || isZoned else { return nil }
        return Temporal.order(comparableNanoseconds, other.comparableNanoseconds)
    }
}

/// A day with a time of day.
public struct DateTimeValue: Sendable, Hashable {
    public let date: DateValue
    public let time: TimeValue

    public init(date: DateValue, time: TimeValue) {
        self.date = date
        self.time = time
    }

    /// The moment in UTC that many nanoseconds after 1970-01-01T00:00:00Z.
    public init(nanosecondsSinceEpoch value: Int64) {
        var days = value / Nanoseconds.day
        var rest = value % Nanoseconds.day
        if rest < 0 {
            rest += Nanoseconds.day
            days -= 1
        }
        // 64 bits of nanoseconds are 292 years: every such day exists.
        date = DateValue(daysSinceEpoch: Int(days)) ?? DateValue.epoch
        time = TimeValue(checked: rest, offset: 0, zone: nil)
    }

    /// Nanoseconds since 1970-01-01 in UTC, or in local time without an offset.
    public var comparableNanoseconds: Int128 {
        Int128(date.daysSinceEpoch) * Int128(Nanoseconds.day) + Int128(time.comparableNanoseconds)
    }

    /// The moment that much later, with the same offset; nil out of range.
    public func adding(nanoseconds: Int128) -> DateTimeValue? {
        let day = Int128(Nanoseconds.day)
        let (sum, overflow) = nanoseconds.addingReportingOverflow(Int128(time.nanosecondOfDay))
        if overflow { return nil }
        var days = sum / day
        var rest = sum % day
        if rest < 0 {
            rest += day
            days -= 1
        }
        guard days.magnitude < 1_000_000_000_000,
            let date = DateValue(daysSinceEpoch: date.daysSinceEpoch + Int(days))
        else { return nil }
        return DateTimeValue(
            date: date, time: TimeValue(checked: Int64(rest), offset: time.offset, zone: time.zone))
    }

    /// The same moment with another offset from UTC in seconds; nil for a local time and out of range.
    public func converted(toOffset offset: Int) -> DateTimeValue? {
        guard let current = time.offset, offset.magnitude <= TimeValue.greatestOffset else { return nil }
        guard let moved = adding(nanoseconds: Int128(offset - current) * Int128(Nanoseconds.second)) else { return nil }
        return DateTimeValue(
            date: moved.date,
            time: TimeValue(checked: moved.time.nanosecondOfDay, offset: offset, zone: nil))
    }

    /// -1, 0 or 1 for two local moments, two with offsets, or two of the same named zone; else nil.
    public func compared(to other: DateTimeValue) -> Int? {
        guard time.isZoned == other.time.isZoned, time.zone == other.time.zone || time.isZoned else { return nil }
        return Temporal.order(comparableNanoseconds, other.comparableNanoseconds)
    }
}

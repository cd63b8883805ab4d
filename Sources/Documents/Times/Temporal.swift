/// A date, a time, both, or a duration: the temporal values of FEEL (DMN 1.5 §10.3.2.3).
///
/// Calendar arithmetic is proleptic Gregorian, without leap seconds. The payload is boxed so that `Value` stays small.
public indirect enum Temporal: Sendable {
    /// A day of the calendar.
    case date(DateValue)
    /// A time of day, with or without an offset from UTC.
    case time(TimeValue)
    /// A day with a time.
    case dateTime(DateTimeValue)
    /// A days and time duration in nanoseconds.
    case daysDuration(Int128)
    /// A years and months duration in months.
    case yearsDuration(Int64)
}

extension Temporal: Equatable {
    /// Compares values: times with offsets as instants. A local time never equals one with an offset.
    public static func == (left: Temporal, right: Temporal) -> Bool {
        switch (left, right) {
        case (.date(let a), .date(let b)): a == b
        case (.time(let a), .time(let b)): a.compared(to: b) == 0
        case (.dateTime(let a), .dateTime(let b)): a.compared(to: b) == 0
        case (.daysDuration(let a), .daysDuration(let b)): a == b
        case (.yearsDuration(let a), .yearsDuration(let b)): a == b
        default: false
        }
    }

    /// -1, 0 or 1 for two values of the same kind; nil for different kinds, and for a local time with one that has an
    /// offset.
    public func compared(to other: Temporal) -> Int? {
        switch (self, other) {
        case (.date(let a), .date(let b)): Temporal.order(a, b)
        case (.time(let a), .time(let b)): a.compared(to: b)
        case (.dateTime(let a), .dateTime(let b)): a.compared(to: b)
        case (.daysDuration(let a), .daysDuration(let b)): Temporal.order(a, b)
        case (.yearsDuration(let a), .yearsDuration(let b)): Temporal.order(a, b)
        default: nil
        }
    }

    static func order<T: Comparable>(_ left: T, _ right: T) -> Int {
        left < right ? -1 : (left == right ? 0 : 1)
    }
}

/// Lengths of time in nanoseconds.
enum Nanoseconds {
    static let second: Int64 = 1_000_000_000
    static let minute: Int64 = 60 * second
    static let hour: Int64 = 60 * minute
    static let day: Int64 = 24 * hour
}

extension Temporal {
    /// The sum with a duration, or of two durations of the same kind; nil for anything else and out of range.
    public func adding(_ other: Temporal) -> Temporal? {
        switch (self, other) {
        case (.daysDuration(let a), .daysDuration(let b)):
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? nil : .daysDuration(sum)
        case (.yearsDuration(let a), .yearsDuration(let b)):
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? nil : .yearsDuration(sum)
        case (.date(let date), .yearsDuration(let months)):
            return date.adding(months: months).map(Temporal.date)
        case (.date(let date), .daysDuration(let duration)):
            // A date is its midnight; what remains of the day is dropped (DMN 1.5 table 57).
            return date.atMidnight.adding(nanoseconds: duration).map { .date($0.date) }
        case (.dateTime(let value), .yearsDuration(let months)):
            return value.date.adding(months: months).map { .dateTime(DateTimeValue(date: $0, time: value.time)) }
        case (.dateTime(let value), .daysDuration(let duration)):
            return value.adding(nanoseconds: duration).map(Temporal.dateTime)
        case (.time(let value), .daysDuration(let duration)):
            return .time(value.adding(nanoseconds: duration))
        case (.daysDuration, .date), (.daysDuration, .time), (.daysDuration, .dateTime), (.yearsDuration, .date),
            (.yearsDuration, .dateTime):
            return other.adding(self)
        default:
            return nil
        }
    }

    /// The difference: a duration between two dates or times, or what `adding(_:)` gives for the negated duration.
    public func subtracting(_ other: Temporal) -> Temporal? {
        switch (self, other) {
        case (.date(let a), .date(let b)):
            return .daysDuration(Int128(a.daysSinceEpoch - b.daysSinceEpoch) * Int128(Nanoseconds.day))
        case (.time(let a), .time(let b)):
            guard a.isZoned == b.isZoned else { return nil }
            return .daysDuration(Int128(a.comparableNanoseconds) - Int128(b.comparableNanoseconds))
        case (.dateTime(let a), .dateTime(let b)):
            guard a.time.isZoned == b.time.isZoned else { return nil }
            return .daysDuration(a.comparableNanoseconds - b.comparableNanoseconds)
        case (.date(let a), .dateTime(let b)):
            return Temporal.dateTime(a.atMidnight).subtracting(.dateTime(b))
        case (.dateTime(let a), .date(let b)):
            return Temporal.dateTime(a).subtracting(.dateTime(b.atMidnight))
        case (.daysDuration, .date), (.daysDuration, .time), (.daysDuration, .dateTime), (.yearsDuration, .date),
            (.yearsDuration, .dateTime):
            return nil
        default:
            return other.negated.flatMap(adding)
        }
    }

    /// The negated duration; nil for a date or time.
    public var negated: Temporal? {
        switch self {
        case .daysDuration(let value) where value != .min: .daysDuration(-value)
        case .yearsDuration(let value) where value != .min: .yearsDuration(-value)
        default: nil
        }
    }

    /// The whole months from one day to another, towards zero (FEEL's `years and months duration`).
    public static func months(from start: DateValue, to end: DateValue) -> Int64 {
        var months = Int64(end.year - start.year) * 12 + Int64(end.month - start.month)
        if months > 0, end.day < start.day { months -= 1 }
        if months < 0, end.day > start.day { months += 1 }
        return months
    }
}

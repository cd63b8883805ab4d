/// A day of the proleptic Gregorian calendar, years -999,999,999 to 999,999,999.
public struct DateValue: Sendable, Hashable, Comparable {
    /// The year; 0 is 1 BC, as in ISO 8601.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, from 1.
    public let day: Int

    static let epoch = DateValue(checkedYear: 1970, month: 1, day: 1)

    /// The years that can be written.
    public static let years = -999_999_999...999_999_999

    /// A day; nil when the calendar does not have it.
    public init?(year: Int, month: Int, day: Int) {
        guard DateValue.years.contains(year), (1...12).contains(month), day >= 1,
            day <= DateValue.days(inMonth: month, of: year)
        else { return nil }
        self.init(checkedYear: year, month: month, day: day)
    }

    private init(checkedYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that many days after 1970-01-01; nil out of range.
    public init?(daysSinceEpoch days: Int) {
        guard days.magnitude < 400_000_000_000 else { return nil }
        // Days are counted from 1 March of year 0 in eras of 400 years, so that the leap day comes last.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard DateValue.years.contains(year) else { return nil }
        self.init(checkedYear: year, month: month, day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The days since 1970-01-01.
    public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether a year has a 29 February.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// The number of days of a month.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the week: 1 is Monday, 7 Sunday (ISO 8601).
    public var weekday: Int {
        let remainder = (daysSinceEpoch + 3) % 7
        return (remainder < 0 ? remainder + 7 : remainder) + 1
    }

    /// The day of the year, from 1.
    public var dayOfYear: Int {
        var days = day
        for earlier in 1..<month where month > 1 { days += DateValue.days(inMonth: earlier, of: year) }
        return days
    }

    /// The week of the year by ISO 8601: week 1 has the year's first Thursday.
    public var weekOfYear: Int {
        let week = (dayOfYear - weekday + 10) / 7
        if week < 1 { return DateValue.weeks(of: year - 1) }
        return week > DateValue.weeks(of: year) ? 1 : week
    }

    private static func weeks(of year: Int) -> Int {
        let first = DateValue(checkedYear: year, month: 1, day: 1).weekday
        return first == 4 || (first == 3 && isLeap(year)) ? 53 : 52
    }

    /// The same day some months later; the last day of the month where it is shorter.
    public func adding(months: Int64) -> DateValue? {
        guard months.magnitude < 30_000_000_000 else { return nil }
        let total = year * 12 + (month - 1) + Int(months)
        let newYear = total >= 0 ? total / 12 : (total - 11) / 12
        let newMonth = total - newYear * 12 + 1
        return DateValue(
            year: newYear, month: newMonth, day: min(day, DateValue.days(inMonth: newMonth, of: newYear)))
    }

    /// The start of the day in UTC.
    public var atMidnight: DateTimeValue { DateTimeValue(date: self, time: TimeValue.midnightUTC) }

    public static func < (left: DateValue, right: DateValue) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

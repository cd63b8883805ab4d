/// Reads dates, times and durations (XML Schema Part 2, sections 3.2.6 to 3.2.14).
enum XSDCalendar {
    /// Days from the start of year 0 in the Gregorian calendar, which goes on before its time.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let monthOfYear = (month + 9) % 12
        let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
        return era &* 146_097 &+ yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    }

    private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: return 30
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: return 31
        }
    }

    private struct Cursor {
        let p: UnsafePointer<UInt8>
        let end: Int
        var i = 0

        init(_ text: UnsafeBufferPointer<UInt8>, _ base: UnsafePointer<UInt8>) {
            p = base
            end = text.count
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard i < end, p[i] == byte else { return false }
            i += 1
            return true
        }

        mutating func two(_ value: inout Int64) -> Bool {
            guard i + 1 < end else { return false }
            let a = p[i] &- 48
            let b = p[i + 1] &- 48
            guard a < 10, b < 10 else { return false }
            value = Int64(a) * 10 + Int64(b)
            i += 2
            return true
        }

        /// A year has four digits or more, no zero before more than four, and is not zero.
        mutating func year(_ value: inout Int64) -> Bool {
            let isNegative = take(0x2D)
            let start = i
            value = 0
            while i < end, p[i] &- 48 < 10 {
                if i - start >= 9 { return false }
                value = value * 10 + Int64(p[i] &- 48)
                i += 1
            }
            let count = i - start
            if count < 4 || count > 4 && p[start] == 48 || value == 0 { return false }
            if isNegative { value = -value }
            return true
        }

        /// Digits after a point in units of 10⁻¹⁸; what goes beyond is not looked at.
        mutating func fraction(_ value: inout Int64) -> Bool {
            let start = i
            value = 0
            var scale = 0
            while i < end, p[i] &- 48 < 10 {
                if scale < 18 {
                    value = value * 10 + Int64(p[i] &- 48)
                    scale += 1
                }
                i += 1
            }
            while scale < 18 {
                value *= 10
                scale += 1
            }
            return i > start
        }
    }

    /// Reads a calendar value; false when the text is not one.
    static func read(_ text: UnsafeBufferPointer<UInt8>, _ kind: XSDPrimitive, _ value: inout XSDValue) -> Bool {
        guard let base = text.baseAddress else { return false }
        var c = Cursor(text, base)
        var year: Int64 = 1972
        var month: Int64 = 1
        var day: Int64 = 1
        var time: Int64 = 0
        value.subsecond = 0
        switch kind {
        case .gYear: guard c.year(&year) else { return false }
        case .gYearMonth: guard c.year(&year), c.take(0x2D), c.two(&month) else { return false }
        case .date, .dateTime:
            guard c.year(&year), c.take(0x2D), c.two(&month), c.take(0x2D), c.two(&day) else { return false }
            if kind == .dateTime {
                guard c.take(0x54), clock(&c, &time, &value.subsecond) else { return false }
            }
        case .time:
            guard clock(&c, &time, &value.subsecond) else { return false }
            if time == 86_400 { time = 0 }
        case .gMonth:
            guard c.take(0x2D), c.take(0x2D), c.two(&month) else { return false }
            // The first edition wrote `--05--`.
            if c.i + 1 < c.end, c.p[c.i] == 0x2D, c.p[c.i + 1] == 0x2D { c.i += 2 }
        case .gMonthDay:
            guard c.take(0x2D), c.take(0x2D), c.two(&month), c.take(0x2D), c.two(&day) else { return false }
        case .gDay:
            guard c.take(0x2D), c.take(0x2D), c.take(0x2D), c.two(&day) else { return false }
        default: return false
        }
        guard (1...12).contains(month), day >= 1, day <= daysIn(month, year) else { return false }
        var offset: Int64 = 0
        guard zone(&c, &value.flag, &offset), c.i == c.end else { return false }
        // Year -1 is the one before year 1.
        let shifted = year < 0 ? year + 1 : year
        value.seconds = days(year: shifted, month: month, day: day) * 86_400 + time - offset
        value.primitive = kind
        return true
    }

    private static func clock(_ c: inout Cursor, _ seconds: inout Int64, _ subsecond: inout Int64) -> Bool {
        var hour: Int64 = 0
        var minute: Int64 = 0
        var second: Int64 = 0
        guard c.two(&hour), c.take(0x3A), c.two(&minute), c.take(0x3A), c.two(&second) else { return false }
        if c.take(0x2E), !c.fraction(&subsecond) { return false }
        if hour == 24 {
            guard minute == 0, second == 0, subsecond == 0 else { return false }
        } else if hour > 23 {
            return false
        }
        guard minute < 60, second < 60 else { return false }
        seconds = hour * 3600 + minute * 60 + second
        return true
    }

    private static func zone(_ c: inout Cursor, _ isThere: inout Bool, _ offset: inout Int64) -> Bool {
        isThere = false
        if c.i == c.end { return true }
        isThere = true
        if c.take(0x5A) { return true }
        let isNegative = c.take(0x2D)
        guard isNegative || c.take(0x2B) else { return false }
        var hour: Int64 = 0
        var minute: Int64 = 0
        guard c.two(&hour), c.take(0x3A), c.two(&minute) else { return false }
        guard minute < 60, hour < 14 || hour == 14 && minute == 0 else { return false }
        offset = (hour * 60 + minute) * 60 * (isNegative ? -1 : 1)
        return true
    }

    /// Reads a duration such as `-P1Y2M3DT4H5M6.7S`.
    static func duration(_ text: UnsafeBufferPointer<UInt8>, _ value: inout XSDValue) -> Bool {
        guard let base = text.baseAddress else { return false }
        var c = Cursor(text, base)
        let isNegative = c.take(0x2D)
        guard c.take(0x50) else { return false }
        var months: Int64 = 0
        var seconds: Int64 = 0
        var subsecond: Int64 = 0
        var step = 0
        var isTime = false
        var parts = 0
        while c.i < c.end {
            if !isTime, c.take(0x54) {
                isTime = true
                if c.i == c.end { return false }
                continue
            }
            let start = c.i
            var amount: Int64 = 0
            while c.i < c.end, c.p[c.i] &- 48 < 10 {
                if c.i - start >= 12 { return false }
                amount = amount * 10 + Int64(c.p[c.i] &- 48)
                c.i += 1
            }
            guard c.i > start, c.i < c.end else { return false }
            var isFraction = false
            if c.take(0x2E) {
                isFraction = true
                guard c.fraction(&subsecond), c.i < c.end else { return false }
            }
            let place: Int
            switch (c.p[c.i], isTime) {
            case (0x59, false): (place, months) = (1, months + amount * 12)
            case (0x4D, false): (place, months) = (2, months + amount)
            case (0x44, false): (place, seconds) = (3, seconds + amount * 86_400)
            case (0x48, true): (place, seconds) = (4, seconds + amount * 3600)
            case (0x4D, true): (place, seconds) = (5, seconds + amount * 60)
            case (0x53, true): (place, seconds) = (6, seconds + amount)
            default: return false
            }
            guard place > step, !isFraction || place == 6 else { return false }
            step = place
            parts += 1
            c.i += 1
        }
        guard parts > 0 else { return false }
        value.months = isNegative ? -months : months
        value.seconds = isNegative ? -seconds : seconds
        value.subsecond = isNegative ? -subsecond : subsecond
        value.primitive = .duration
        return true
    }
}

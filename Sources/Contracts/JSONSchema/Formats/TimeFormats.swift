/// Dates and times of RFC 3339.
enum TimeFormats {
    typealias Text = UnsafeBufferPointer<UInt8>

    static func isDate(_ text: Text) -> Bool { text.count == 10 && isDate(text, at: 0) }

    static func isDateTime(_ text: Text) -> Bool {
        guard text.count >= 20, isDate(text, at: 0), text[10] | 0x20 == UInt8(ascii: "t") else { return false }
        return isTime(text, from: 11)
    }

    static func isTime(_ text: Text) -> Bool { isTime(text, from: 0) }

    private static func isDate(_ text: Text, at start: Int) -> Bool {
        guard let century = two(text, start), let decade = two(text, start + 2), text[start + 4] == 0x2D,
            let month = two(text, start + 5), text[start + 7] == 0x2D, let day = two(text, start + 8)
        else { return false }
        let year = century * 100 + decade
        guard (1...12).contains(month), day >= 1 else { return false }
        switch month {
        case 4, 6, 9, 11: return day <= 30
        case 2:
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            return day <= (isLeap ? 29 : 28)
        default: return day <= 31
        }
    }

    /// A time with its offset (RFC 3339, section 5.6); a leap second only at the end of a day in UTC.
    private static func isTime(_ text: Text, from start: Int) -> Bool {
        guard text.count >= start + 9, let hour = two(text, start), text[start + 2] == 0x3A,
            let minute = two(text, start + 3), text[start + 5] == 0x3A, let second = two(text, start + 6),
            hour <= 23, minute <= 59, second <= 60
        else { return false }
        var i = start + 8
        if text[i] == UInt8(ascii: ".") {
            i += 1
            let first = i
            while i < text.count, ASCII.isDigit(text[i]) { i += 1 }
            if i == first { return false }
        }
        guard i < text.count else { return false }
        var offset = 0
        if text[i] | 0x20 == UInt8(ascii: "z") {
            guard i + 1 == text.count else { return false }
        } else {
            guard text[i] == 0x2B || text[i] == 0x2D, i + 6 == text.count, let hours = two(text, i + 1),
                text[i + 3] == 0x3A, let minutes = two(text, i + 4), hours <= 23, minutes <= 59
            else { return false }
            offset = (hours * 60 + minutes) * (text[i] == 0x2D ? -1 : 1)
        }
        guard second == 60 else { return true }
        let minutes = (hour * 60 + minute - offset + 2 * 1440) % 1440
        return minutes == 1439
    }

    private static func two(_ text: Text, _ i: Int) -> Int? {
        guard i + 1 < text.count, ASCII.isDigit(text[i]), ASCII.isDigit(text[i + 1]) else { return nil }
        return Int(text[i] &- 48) * 10 + Int(text[i + 1] &- 48)
    }

    /// RFC 3339, appendix A: no unit between two others may be left out.
    static func isDuration(_ text: Text) -> Bool {
        guard text.count >= 3, text[0] == UInt8(ascii: "P") else { return false }
        var i = 1
        var isTime = false
        var last = 0
        var hasPart = false
        while i < text.count {
            if text[i] == UInt8(ascii: "T") {
                guard !isTime else { return false }
                (isTime, hasPart, last) = (true, false, 0)
                i += 1
                continue
            }
            let start = i
            while i < text.count, ASCII.isDigit(text[i]) { i += 1 }
            guard i > start, i < text.count else { return false }
            let order: Int
            switch (text[i], isTime) {
            case (UInt8(ascii: "Y"), false), (UInt8(ascii: "H"), true): order = 1
            case (UInt8(ascii: "M"), _): order = 2
            case (UInt8(ascii: "D"), false), (UInt8(ascii: "S"), true): order = 3
            case (UInt8(ascii: "W"), false): return start == 1 && i + 1 == text.count
            default: return false
            }
            guard last == 0 || order == last + 1 else { return false }
            (last, hasPart) = (order, true)
            i += 1
        }
        return hasPart
    }
}

import Glibc

/// A value of an atomic simple type, as a view of the bytes it was read from.
///
/// Numbers keep their digits, so that no precision is lost; calendar values are points of a time line.
struct XSDValue {
    var primitive = XSDPrimitive.string
    /// The text, without white space around it.
    var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    // decimal and integer: the digits without leading and trailing zeros.
    var isNegative = false
    var whole = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    var fraction = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// float and double.
    var number = 0.0
    /// Calendar types: seconds from the start of year 0, in UTC when there is a zone. Durations: seconds.
    var seconds: Int64 = 0
    /// The part of a second in units of 10⁻¹⁸.
    var subsecond: Int64 = 0
    /// Durations.
    var months: Int64 = 0
    /// Whether a calendar value has a time zone; for `boolean` the value.
    var flag = false
    /// The number of bytes of a binary value.
    var octets = 0

    /// -1, 0 or 1; nil when neither comes first (XML Schema Part 2, sections 3.2.6.2 and 3.2.7.4).
    static func compare(_ a: XSDValue, _ b: XSDValue) -> Int? {
        switch a.primitive {
        case .decimal, .integer:
            guard b.primitive == .decimal || b.primitive == .integer else { return nil }
            return decimals(a, b)
        case .float, .double:
            guard b.primitive == a.primitive else { return nil }
            if a.number.isNaN || b.number.isNaN { return a.number.isNaN && b.number.isNaN ? 0 : nil }
            return a.number < b.number ? -1 : a.number > b.number ? 1 : 0
        case .duration:
            guard b.primitive == .duration else { return nil }
            return durations(a, b)
        case .boolean: return b.primitive == .boolean && a.flag == b.flag ? 0 : nil
        case .hexBinary: return b.primitive == .hexBinary && sameHexadecimal(a.text, b.text) ? 0 : nil
        case .base64Binary: return b.primitive == .base64Binary && sameBase64(a.text, b.text) ? 0 : nil
        case _ where a.primitive.isCalendar:
            guard b.primitive == a.primitive else { return nil }
            return calendars(a, b)
        default:
            guard b.primitive.isText, a.text.count == b.text.count else { return nil }
            return same(a.text, b.text) ? 0 : nil
        }
    }

    static func same(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count == 0 }
        return memcmp(left, right, a.count) == 0
    }

    private static func decimals(_ a: XSDValue, _ b: XSDValue) -> Int {
        let aIsZero = a.whole.isEmpty && a.fraction.isEmpty
        let bIsZero = b.whole.isEmpty && b.fraction.isEmpty
        if aIsZero, bIsZero { return 0 }
        let aNegative = a.isNegative && !aIsZero
        let bNegative = b.isNegative && !bIsZero
        if aNegative != bNegative { return aNegative ? -1 : 1 }
        let magnitude = magnitudes(a, b)
        return aNegative ? -magnitude : magnitude
    }

    private static func magnitudes(_ a: XSDValue, _ b: XSDValue) -> Int {
        if a.whole.count != b.whole.count { return a.whole.count < b.whole.count ? -1 : 1 }
        for k in 0..<a.whole.count where a.whole[k] != b.whole[k] { return a.whole[k] < b.whole[k] ? -1 : 1 }
        let common = min(a.fraction.count, b.fraction.count)
        for k in 0..<common where a.fraction[k] != b.fraction[k] { return a.fraction[k] < b.fraction[k] ? -1 : 1 }
        return a.fraction.count == b.fraction.count ? 0 : a.fraction.count < b.fraction.count ? -1 : 1
    }

    private static func order(_ a: XSDValue, _ b: XSDValue, shift: Int64 = 0) -> Int {
        let left = a.seconds &+ shift
        if left != b.seconds { return left < b.seconds ? -1 : 1 }
        return a.subsecond == b.subsecond ? 0 : a.subsecond < b.subsecond ? -1 : 1
    }

    /// A value without a zone may be anywhere within 14 hours.
    private static func calendars(_ a: XSDValue, _ b: XSDValue) -> Int? {
        if a.flag == b.flag { return order(a, b) }
        let zone: Int64 = 14 * 3600
        if a.flag {
            // b lies between b - 14 h and b + 14 h.
            if order(a, b, shift: zone) < 0 { return -1 }
            return order(a, b, shift: -zone) > 0 ? 1 : nil
        }
        if order(a, b, shift: zone) < 0 { return -1 }
        return order(a, b, shift: -zone) > 0 ? 1 : nil
    }

    /// Durations are compared by what they make of four dates.
    private static func durations(_ a: XSDValue, _ b: XSDValue) -> Int? {
        var result: Int?
        for (year, month) in [(Int64(1696), Int64(9)), (1697, 2), (1903, 3), (1903, 7)] {
            let one = order(point(a, year, month), point(b, year, month))
            if let result, result != one { return nil }
            result = one
        }
        return result
    }

    private static func point(_ value: XSDValue, _ year: Int64, _ month: Int64) -> XSDValue {
        var result = XSDValue()
        let (total, overflow) = (year * 12 + month - 1).addingReportingOverflow(value.months)
        let months = overflow ? 0 : total
        let floor = months >= 0 ? months / 12 : (months - 11) / 12
        let days = XSDCalendar.days(year: floor, month: months - floor * 12 + 1, day: 1)
        result.seconds = days &* 86_400 &+ value.seconds
        result.subsecond = value.subsecond
        return result
    }

    private static func sameHexadecimal(
        _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard a.count == b.count else { return false }
        for k in 0..<a.count where a[k] | 0x20 != b[k] | 0x20 { return false }
        return true
    }

    private static func sameBase64(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        var j = 0
        while true {
            while i < a.count, a[i] <= 0x20 { i += 1 }
            while j < b.count, b[j] <= 0x20 { j += 1 }
            if i == a.count || j == b.count { return i == a.count && j == b.count }
            if a[i] != b[j] { return false }
            i += 1
            j += 1
        }
    }
}

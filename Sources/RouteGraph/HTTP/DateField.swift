import Documents
import Glibc

/// The `Date` field of answers (RFC 9110, section 6.6.1), rendered anew once a second.
///
/// One per event loop. The clock is the kernel's coarse one: it is read from memory, and its second is what the field shows.
struct DateField {
    private static let days: StaticString = "SunMonTueWedThuFriSat"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    private var second = Int.min
    private let line = ByteWriter(capacity: 64)

    init() {}

    /// Writes the whole field line.
    @inline(__always)
    mutating func write(into head: ByteWriter) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        if now.tv_sec != second { render(now.tv_sec) }
        head.write(UnsafePointer(line.base), line.count)
    }

    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end, by arithmetic on days of the Gregorian calendar.
    mutating func render(_ now: Int) {
        second = now
        let day = now >= 0 ? now / 86_400 : 0
        let rest = now >= 0 ? now % 86_400 : 0
        // Years are counted from 1 March, so that a leap day is the last of its year.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 2 : fromMarch - 10
        line.clear()
        line.write("Date: ")
        line.write(Self.days.utf8Start + 3 * ((day + 4) % 7), 3)
        line.write(", ")
        twoDigits(dayOfYear - (153 * fromMarch + 2) / 5 + 1)
        line.write(" ")
        line.write(Self.months.utf8Start + 3 * month, 3)
        line.write(" ")
        line.writeInteger(yearOfEra + era * 400 + (month < 2 ? 1 : 0))
        line.write(" ")
        twoDigits(rest / 3600)
        line.write(":")
        twoDigits(rest / 60 % 60)
        line.write(":")
        twoDigits(rest % 60)
        line.write(" GMT\r\n")
    }

    private func twoDigits(_ value: Int) {
        line.write(UInt8(truncatingIfNeeded: 0x30 + value / 10))
        line.write(UInt8(truncatingIfNeeded: 0x30 + value % 10))
    }

    /// The line as it was rendered last.
    var text: String { line.string }
}

/// The `Via` field (RFC 9110, section 7.6.3): the version of the message that came in, and who hands it on. What earlier hops
/// wrote stays before it, as lines of their own.
enum ViaField {
    @inline(__always)
    static func write(_ source: MessageHead, into head: ByteWriter) {
        if source.majorVersion == 2 { return head.write("Via: 2.0 waybill\r\n") }
        head.write(source.minorVersion == 0 ? "Via: 1.0 waybill\r\n" : "Via: 1.1 waybill\r\n")
    }
}

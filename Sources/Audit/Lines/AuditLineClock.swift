/// Writes times of records. The text of the second is kept: calls of one second differ in their microseconds only.
@usableFromInline
final class AuditLineClock {
    /// Bytes of a time: `2026-11-21T14:25:07.123456Z`.
    @inlinable static var count: Int { 27 }
    private static var keptCount: Int { 20 }

    /// The first nanosecond of the second that `text` is of.
    private var second = Int64.min
    private let text = UnsafeMutablePointer<UInt8>.allocate(capacity: AuditLineClock.count)

    deinit { text.deallocate() }

    /// Writes ``count`` bytes.
    @usableFromInline
    func write(_ nanoseconds: Int64, to out: UnsafeMutablePointer<UInt8>) {
        var within = UInt64(bitPattern: nanoseconds &- second)
        if within >= 1_000_000_000 {
            change(to: nanoseconds)
            within = UInt64(bitPattern: nanoseconds &- second)
        }
        out.initialize(from: text, count: AuditLineClock.keptCount)
        DecimalDigits.six(UInt(within / 1000), out + AuditLineClock.keptCount)
        out[AuditLineClock.count - 1] = UInt8(ascii: "Z")
    }

    @inline(never)
    private func change(to nanoseconds: Int64) {
        let time = UTCTime(nanoseconds: nanoseconds)
        time.withDigits { digits in
            if let base = digits.baseAddress { text.update(from: base, count: AuditLineClock.count) }
        }
        second = nanoseconds &- Int64(time.nanosecond)
    }
}

/// Numbers with a unit, as settings write them. Whole numbers only: `1.5s` is `1500ms`.
enum Quantity {
    /// `100ms`, `5s`, `1m30s`: units from greater to lesser, each once.
    static func duration(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        var total: Int64 = 0
        var last = Int64.max
        repeat {
            guard let number = takeNumber(&rest) else { return nil }
            let unit = rest.prefix { !(0x30...0x39).contains($0) }
            guard let nanoseconds = nanoseconds(Substring(unit)), nanoseconds < last else { return nil }
            last = nanoseconds
            rest = rest[unit.endIndex...]
            let (product, overflow) = Int64(number).multipliedReportingOverflow(by: nanoseconds)
            let (sum, carry) = total.addingReportingOverflow(product)
            guard !overflow, !carry else { return nil }
            total = sum
        } while !rest.isEmpty
        return .nanoseconds(total)
    }

    static func durationRange(_ text: String) -> ClosedRange<Duration>? {
        let bytes = Array(text.utf8)
        guard bytes.count > 4,
            let dot = bytes.indices.dropLast().first(where: { bytes[$0] == 0x2E && bytes[$0 + 1] == 0x2E })
        else { return nil }
        guard let least = duration(String(decoding: bytes[..<dot], as: UTF8.self)),
            let greatest = duration(String(decoding: bytes[(dot + 2)...], as: UTF8.self)), least <= greatest
        else { return nil }
        return least...greatest
    }

    static func bytes(_ text: String) -> Int? {
        var rest = text.utf8[...]
        guard let number = takeNumber(&rest) else { return nil }
        let factor: Int
        switch Substring(rest) {
        case "", "B": factor = 1
        case "KiB": factor = 1 << 10
        case "MiB": factor = 1 << 20
        case "GiB": factor = 1 << 30
        default: return nil
        }
        let (result, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : result
    }

    static func takeNumber(_ rest: inout Substring.UTF8View) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 18, let number = Int(Substring(digits)) else { return nil }
        rest = rest[digits.endIndex...]
        return number
    }

    static func nanoseconds(_ unit: Substring) -> Int64? {
        switch unit {
        case "us": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        default: nil
        }
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}

/// Calls per time.
struct Rate: Sendable, Equatable {
    let count: Int
    let interval: Duration

    /// `100/s`, `30/m`, `5/10s`.
    init?(text: String) {
        var rest = text.utf8[...]
        guard let count = Quantity.takeNumber(&rest), count > 0, rest.first == 0x2F else { return nil }
        rest = rest.dropFirst()
        let startsWithDigit = rest.first.map { (0x30...0x39).contains($0) } ?? false
        guard let interval = Quantity.duration((startsWithDigit ? "" : "1") + String(Substring(rest))), interval > .zero
        else { return nil }
        self.count = count
        self.interval = interval
    }
}

/// A share of a hundred.
struct Percentage: Sendable, Equatable {
    let hundredths: Int

    init?(text: String) {
        var rest = text.utf8[...]
        guard let number = Quantity.takeNumber(&rest), number <= 100, rest.elementsEqual("%".utf8) else { return nil }
        hundredths = number
    }
}

import Documents

/// Percent-encoding (RFC 3986, section 2.1).
enum Percent {
    /// Decoded text, or nil when an escape is broken or the result is not UTF-8.
    static func decode(_ raw: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool = false) -> String? {
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var i = 0
        while i < raw.count {
            let c = raw[i]
            if c == 0x25 {
                guard i + 2 < raw.count, let high = digit(raw[i + 1]), let low = digit(raw[i + 2]) else { return nil }
                out.append(high << 4 | low)
                i += 3
            } else {
                out.append(plusIsSpace && c == 0x2B ? 0x20 : c)
                i += 1
            }
        }
        return String(validating: out, as: UTF8.self)
    }

    private static func digit(_ c: UInt8) -> UInt8? {
        switch c {
        case 0x30...0x39: c - 0x30
        case 0x41...0x46: c - 0x37
        case 0x61...0x66: c - 0x57
        default: nil
        }
    }

    /// The value of a query parameter; several give a list, none gives null.
    static func queryValue(_ query: UnsafeBufferPointer<UInt8>, _ name: String) -> Value {
        var found: [Value] = []
        var start = 0
        while start < query.count {
            var end = start
            while end < query.count, query[end] != 0x26 { end += 1 }
            var equals = start
            while equals < end, query[equals] != 0x3D { equals += 1 }
            let key = decode(UnsafeBufferPointer(rebasing: query[start..<equals]), plusIsSpace: true)
            if key == name, found.count < 64 {
                let raw =
                    equals < end
                    ? UnsafeBufferPointer(rebasing: query[(equals + 1)..<end]) : .init(rebasing: query[end..<end])
                found.append(decode(raw, plusIsSpace: true).map(Value.string) ?? .null)
            }
            start = end + 1
        }
        return found.count == 1 ? found[0] : (found.isEmpty ? .null : .list(found))
    }
}

import Documents

/// Correlation and trace context of a call: taken over when they are sane, else made.
public struct Correlation {
    /// xorshift128+ state; identifiers need to be unique, not secret.
    private var s0: UInt64
    private var s1: UInt64

    public init(seed: UInt64) {
        var generator = SystemRandomNumberGenerator()
        s0 = generator.next() ^ seed
        s1 = generator.next() | 1
    }

    private mutating func random() -> UInt64 {
        var x = s0
        let y = s1
        s0 = y
        x ^= x << 23
        s1 = x ^ y ^ (x >> 17) ^ (y >> 26)
        return s1 &+ y
    }

    /// Gives the call its correlation ID and its trace context.
    public mutating func assign(to call: Call) {
        if let given = call.head.value(of: .correlationID), Self.isSane(given) {
            call.correlationBytes.update(from: given.baseAddress!, count: given.count)
            call.correlationCount = given.count
        } else {
            makeUUID(call)
        }
        if let parent = call.head.value(of: .traceparent), Self.isTraceparent(parent) {
            call.traceBytes.update(from: parent.baseAddress! + 3, count: 32)
            call.traceFlags = Self.digit(parent[53]) << 4 | Self.digit(parent[54])
        } else {
            Self.hex(random() | 1, call.traceBytes)
            Self.hex(random(), call.traceBytes + 16)
            call.traceFlags = 1
        }
        Self.hex(random() | 1, call.traceBytes + 32)
        call.hasTrace = true
    }

    /// Sane: 1 to 128 characters of the set that no log, header or URL has to escape.
    static func isSane(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 1, text.count <= Call.maximumCorrelation else { return false }
        for c in text {
            switch c {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A: continue
            default: return false
            }
        }
        return true
    }

    /// `00-<32 hex>-<16 hex>-<2 hex>`, neither ID all zero (W3C Trace Context, section 3.2.2).
    static func isTraceparent(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 55, text[0] == 0x30, text[1] == 0x30, text.count == 55 else { return false }
        for i in [2, 35, 52] where text[i] != 0x2D { return false }
        var trace: UInt8 = 0
        var span: UInt8 = 0
        for i in 3..<35 {
            guard isLowerHex(text[i]) else { return false }
            trace |= text[i] ^ 0x30
        }
        for i in 36..<52 {
            guard isLowerHex(text[i]) else { return false }
            span |= text[i] ^ 0x30
        }
        guard isLowerHex(text[53]), isLowerHex(text[54]) else { return false }
        return trace != 0 && span != 0
    }

    private static func isLowerHex(_ c: UInt8) -> Bool { (0x30...0x39).contains(c) || (0x61...0x66).contains(c) }
    private static func digit(_ c: UInt8) -> UInt8 { c <= 0x39 ? c &- 0x30 : c &- 0x57 }

    /// UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random.
    private mutating func makeUUID(_ call: Call) {
        let milliseconds = UInt64(bitPattern: call.wallClock / 1_000_000)
        let a = milliseconds << 16 | 0x7000 | (random() & 0x0FFF)
        let b = (random() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let out = call.correlationBytes
        var digits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { raw in
            guard let p = raw.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            Self.hex(a, p)
            Self.hex(b, p + 16)
            out.update(from: p, count: 8)
            (out + 9).update(from: p + 8, count: 4)
            (out + 14).update(from: p + 12, count: 4)
            (out + 19).update(from: p + 16, count: 4)
            (out + 24).update(from: p + 20, count: 12)
            out[8] = 0x2D
            out[13] = 0x2D
            out[18] = 0x2D
            out[23] = 0x2D
        }
        call.correlationCount = 36
    }

    /// Sixteen lower-case digits, eight at a time: the nibbles are spread to bytes, then all become characters at once.
    private static func hex(_ value: UInt64, _ out: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(out)
        raw.storeBytes(of: digits(value >> 32).littleEndian, as: UInt64.self)
        (raw + 8).storeBytes(of: digits(value & 0xFFFF_FFFF).littleEndian, as: UInt64.self)
    }

    /// The digits of a 32-bit value, the first in the lowest byte.
    @inline(__always)
    private static func digits(_ value: UInt64) -> UInt64 {
        var x = value >> 16 | (value & 0xFFFF) << 32
        x = (x >> 8 & 0x0000_00FF_0000_00FF) | (x & 0x0000_00FF_0000_00FF) << 16
        x = (x >> 4 & 0x000F_000F_000F_000F) | (x & 0x000F_000F_000F_000F) << 8
        let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}

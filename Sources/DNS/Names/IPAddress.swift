import Glibc

/// An address of a machine, by IPv4 or IPv6.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The bytes in the order of the network; of IPv4 in the first four of `high`.
    private let high: UInt64
    private let low: UInt64
    public let isIPv6: Bool

    /// - Parameter bytes: 4 or 16 of them, in the order of the network; nil for any other number.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        var place = 0
        for byte in bytes {
            let shift = UInt64(56 - place % 8 * 8)
            if place < 8 { words.0 |= UInt64(byte) << shift } else { words.1 |= UInt64(byte) << shift }
            place += 1
        }
        (high, low) = words
        isIPv6 = place == 16
    }

    /// An address as it is written: `192.0.2.1`, `2001:db8::1`. Nothing else is understood, no shortened forms of IPv4 either.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
        } else {
            return nil
        }
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for place in 0..<(isIPv6 ? 16 : 4) {
            bytes.append(UInt8(truncatingIfNeeded: (place < 8 ? high : low) >> UInt64(56 - place % 8 * 8)))
        }
        return bytes
    }

    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let bytes = bytes
        inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a partner can be at it: not "no address", nor one of many machines.
    var isOfOneMachine: Bool {
        let bytes = bytes
        if isIPv6 { return bytes[0] != 0xFF && bytes.contains { $0 != 0 } }
        return bytes[0] != 0 && bytes[0] < 224
    }
}

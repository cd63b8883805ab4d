import Crypto

/// A SHA-256 value (FIPS 180-4) of the record chain.
public struct AuditHash: Hashable, Sendable, CustomStringConvertible {
    // The 32 bytes in memory order; the words are never read as numbers.
    private var words: SIMD4<UInt64>

    /// What the first record of a chain names as its predecessor.
    public static let zero = AuditHash(words: SIMD4(repeating: 0))

    static let hexCount = 64

    private init(words: SIMD4<UInt64>) { self.words = words }

    /// The hash of a record: SHA-256 over the predecessor's 32 bytes and the record's line without its `hash` member.
    init(after previous: AuditHash, line: UnsafeRawBufferPointer) {
        var hasher = SHA256()
        withUnsafeBytes(of: previous.words) { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: line)
        var words = SIMD4<UInt64>(repeating: 0)
        hasher.finalize().withUnsafeBytes { digest in
            withUnsafeMutableBytes(of: &words) { words in
                words.copyMemory(from: UnsafeRawBufferPointer(rebasing: digest.prefix(32)))
            }
        }
        self.words = words
    }

    /// Reads exactly 64 lower-case hexadecimal digits.
    public init?(hex: UnsafeRawBufferPointer) {
        guard hex.count == AuditHash.hexCount else { return nil }
        var words = SIMD4<UInt64>(repeating: 0)
        let valid = withUnsafeMutableBytes(of: &words) { bytes -> Bool in
            for index in 0..<32 {
                guard let high = AuditHash.digit(hex[index * 2]), let low = AuditHash.digit(hex[index * 2 + 1]) else {
                    return false
                }
                bytes[index] = high << 4 | low
            }
            return true
        }
        guard valid else { return nil }
        self.words = words
    }

    /// Reads the text that ``description`` gives.
    public init?(_ text: String) {
        var text = text
        guard let hash = text.withUTF8({ AuditHash(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = hash
    }

    /// The 64 lower-case hexadecimal digits, ready to be stored.
    struct Digits {
        private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)

        init(_ hash: AuditHash) {
            withUnsafeMutableBytes(of: &words) { words in
                withUnsafeBytes(of: hash.words) { bytes in
                    for index in 0..<8 {
                        let value = bytes.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self).bigEndian
                        words.storeBytes(of: Digits.of(value), toByteOffset: index &* 8, as: UInt64.self)
                    }
                }
            }
        }

        /// Eight digits at a time: the nibbles are spread to bytes, then all become characters at once.
        @inline(__always)
        private static func of(_ value: UInt32) -> UInt64 {
            let value = UInt64(value)
            var x = value >> 16 | (value & 0xFFFF) << 32
            x = (x >> 8 & 0x0000_00FF_0000_00FF) | (x & 0x0000_00FF_0000_00FF) << 16
            x = (x >> 4 & 0x000F_000F_000F_000F) | (x & 0x000F_000F_000F_000F) << 8
            let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
            return (x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
        }

        /// Stores 64 bytes, and goes behind them.
        @inline(__always)
        func put(_ end: inout UnsafeMutablePointer<UInt8>) {
            withUnsafeBytes(of: words) { words in
                guard let base = words.baseAddress else { return }
                UnsafeMutableRawPointer(end).copyMemory(from: base, byteCount: AuditHash.hexCount)
            }
            end += AuditHash.hexCount
        }

        var text: String {
            withUnsafeBytes(of: words) { String(decoding: $0, as: UTF8.self) }
        }
    }

    var digits: Digits { Digits(self) }

    public var description: String { digits.text }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

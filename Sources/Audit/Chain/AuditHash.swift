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

    func appendHex(to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: AuditHash.hexCount) { digits in
            withUnsafeBytes(of: words) { bytes in
                for index in 0..<32 {
                    digits[index &* 2] = AuditHash.character(bytes[index] >> 4)
                    digits[index &* 2 &+ 1] = AuditHash.character(bytes[index] & 15)
                }
            }
            out.append(contentsOf: UnsafeBufferPointer(digits))
        }
    }

    public var description: String {
        var out: [UInt8] = []
        out.reserveCapacity(AuditHash.hexCount)
        appendHex(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func character(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

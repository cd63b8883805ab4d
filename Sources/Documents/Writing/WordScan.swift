/// Tests of eight bytes at once, in a 64-bit word that was loaded from memory.
///
/// Each test marks matching bytes with their top bit. Borrows can mark a byte after a true match wrongly, so only the
/// first mark counts; `firstMatch` takes just that one.
enum WordScan {
    @inline(__always)
    static func load(_ p: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    static func load(_ p: UnsafeMutablePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    }

    /// Bytes below a limit of at most 128.
    @inline(__always)
    static func below(_ word: UInt64, _ limit: UInt8) -> UInt64 {
        (word &- (0x0101_0101_0101_0101 &* UInt64(limit))) & ~word & 0x8080_8080_8080_8080
    }

    @inline(__always)
    static func notASCII(_ word: UInt64) -> UInt64 { word & 0x8080_8080_8080_8080 }

    /// The index of the first marked byte.
    @inline(__always)
    static func firstMatch(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }
}

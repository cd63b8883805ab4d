/// Puts the chunked transfer coding on a body (RFC 9112, section 7.1).
enum ChunkedEncoder {
    /// The most bytes that a size line takes.
    static let sizeLineCapacity = 18

    /// Writes `<size in hexadecimal> CR LF` and gives the number of bytes. A size of zero would end the body: it is never passed.
    @inline(__always)
    static func writeSizeLine(_ size: Int, into out: UnsafeMutablePointer<UInt8>) -> Int {
        var shift = max(0, (Int.bitWidth - size.leadingZeroBitCount - 1) & ~3)
        var count = 0
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: (size >> shift) & 15)
            out[count] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
            count &+= 1
            shift &-= 4
        }
        out[count] = 0x0D
        out[count + 1] = 0x0A
        return count + 2
    }

    /// Ends the body: the last chunk, the trailer fields, the empty line.
    static let lastChunk: StaticString = "0\r\n"
    static let end: StaticString = "\r\n"
}

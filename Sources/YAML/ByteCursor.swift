/// Turns libyaml's marks, which count code points, into byte offsets.
///
/// Marks come nearly in order, so walking from the last one costs no memory and, over a file, linear time. A file of
/// ASCII only needs no walk at all.
struct ByteCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let isASCII: Bool
    private let base: Int
    private var index = 0
    private var offset: Int

    /// `base` is where libyaml began to read: after a byte-order mark.
    init(_ bytes: UnsafeBufferPointer<UInt8>, base: Int, isASCII: Bool) {
        self.bytes = bytes
        self.isASCII = isASCII
        self.base = base
        self.offset = base
    }

    @inline(__always)
    mutating func offset(of mark: Int) -> Int {
        if isASCII { return min(mark + base, bytes.count) }
        return walk(to: mark)
    }

    private mutating func walk(to mark: Int) -> Int {
        while index < mark, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            index += 1
        }
        while index > mark, offset > base {
            offset -= 1
            while offset > base, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
            index -= 1
        }
        return offset
    }
}

/// A line of a file, looked at around one offset.
struct Line {
    let bytes: UnsafeBufferPointer<UInt8>
    let start: Int
    /// Without the line end.
    let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) {
        self.bytes = bytes
        var start = min(offset, bytes.count)
        while start > 0, bytes[start - 1] != 0x0A, bytes[start - 1] != 0x0D { start -= 1 }
        if start == 0, bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
        var end = min(offset, bytes.count)
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        self.start = start
        self.end = max(start, end)
    }

    /// The first byte that is neither space nor tab.
    var content: Int {
        var i = start
        while i < end, bytes[i] == 0x20 || bytes[i] == 0x09 { i += 1 }
        return i
    }

    var indent: Int { content - start }

    /// Where the first key of the line begins: after the indentation and the dashes of list items.
    var firstKey: Int {
        var i = content
        while i + 1 < end, bytes[i] == UInt8(ascii: "-"), bytes[i + 1] == 0x20 {
            i += 1
            while i < end, bytes[i] == 0x20 { i += 1 }
        }
        return i
    }

    /// The end of the text before a comment and without trailing spaces.
    func textEnd(from offset: Int) -> Int {
        var i = offset
        while i < end {
            if bytes[i] == UInt8(ascii: "#"), i > start, bytes[i - 1] <= 0x20 { break }
            i += 1
        }
        while i > offset, bytes[i - 1] <= 0x20 { i -= 1 }
        return i
    }

    /// The nearest byte before `offset` on this line that isn't white space.
    func previous(_ offset: Int) -> Int? {
        var i = offset
        while i > start {
            i -= 1
            if bytes[i] > 0x20 { return i }
        }
        return nil
    }

    struct BlockPlace {
        /// What is to be replaced begins here: after the colon of a key, or at the value itself.
        var start: Int
        /// The column of the lines that are written instead.
        var column: Int
        /// The first of them stands on this line.
        var isInline: Bool
    }

    /// Where the value at `offset` would go in block style; `nil` inside of brackets.
    func blockPlace(of offset: Int) -> BlockPlace? {
        guard let last = previous(offset), last >= firstKey else {
            return BlockPlace(start: offset, column: offset - start, isInline: true)
        }
        guard bytes[last] == UInt8(ascii: ":") else { return nil }
        var braces = 0
        var brackets = 0
        for byte in bytes[firstKey..<last] {
            switch byte {
            case UInt8(ascii: "{"): braces += 1
            case UInt8(ascii: "}"): braces -= 1
            case UInt8(ascii: "["): brackets += 1
            case UInt8(ascii: "]"): brackets -= 1
            default: break
            }
        }
        guard braces <= 0, brackets <= 0 else { return nil }
        return BlockPlace(start: last + 1, column: firstKey - start + 2, isInline: false)
    }
}

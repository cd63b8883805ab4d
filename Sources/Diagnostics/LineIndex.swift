/// A place as a reader counts it, from 1.
public struct SourcePosition: Hashable, Sendable {
    public var line: Int
    /// In characters (extended grapheme clusters), as a reader counts.
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// Where the lines of a file begin; turns byte offsets into lines and columns.
///
/// Lines end with LF, CR LF or CR, as in YAML 1.2.2 section 5.4. An offset inside a character counts as that character.
public struct LineIndex: Sendable {
    public let bytes: [UInt8]
    /// The offset of the first byte of each line; never empty.
    public let lineStarts: [Int]

    public init(_ bytes: [UInt8]) {
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x0D {
                if index < bytes.count, bytes[index] == 0x0A { index += 1 }
                starts.append(index)
            } else if byte == 0x0A {
                starts.append(index)
            }
        }
        self.bytes = bytes
        self.lineStarts = starts
    }

    public var lineCount: Int { lineStarts.count }

    /// The line that holds a byte offset, from 1.
    public func line(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// The bytes of a line without its line end.
    public func range(ofLine line: Int) -> Range<Int> {
        guard line >= 1, line <= lineStarts.count else { return bytes.count..<bytes.count }
        let start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] : bytes.count
        while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }

    /// The text of a line without its line end; a byte-order mark is left out.
    public func text(ofLine line: Int) -> String {
        var range = range(ofLine: line)
        if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { range = min(3, range.upperBound)..<range.upperBound }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// Line and column in characters.
    public func position(at offset: Int) -> SourcePosition {
        let line = line(at: offset)
        return SourcePosition(line: line, column: prefix(of: line, to: offset).count + 1)
    }

    /// Line and column from 1 in UTF-16 units, as SARIF and the Language Server Protocol count (the latter from 0).
    public func utf16Position(at offset: Int) -> SourcePosition {
        let line = line(at: offset)
        return SourcePosition(line: line, column: prefix(of: line, to: offset).utf16.count + 1)
    }

    /// The byte offset of a line (from 1) and a column in UTF-16 units (from 1), clamped to the line.
    public func offset(line: Int, utf16Column: Int) -> Int {
        let range = range(ofLine: line)
        var offset = range.lowerBound
        var remaining = utf16Column - 1
        for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars where remaining > 0 {
            remaining -= scalar.utf16.count
            offset += scalar.utf8.count
        }
        return min(offset, range.upperBound)
    }

    /// The text of a line before an offset.
    func prefix(of line: Int, to offset: Int) -> String {
        let range = range(ofLine: line)
        var end = min(max(offset, range.lowerBound), range.upperBound)
        while end > range.lowerBound, end < range.upperBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        var start = range.lowerBound
        if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = min(3, end) }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

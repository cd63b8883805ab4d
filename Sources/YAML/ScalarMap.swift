/// Where the pieces of a scalar's text stand in the file, relative to the scalar's first byte (quote or block header).
///
/// Within a piece, text and file run in step. Found by walking both side by side, which needs no knowledge of the
/// chomping and indentation indicators: what libyaml left out is what differs.
final class ScalarMap: Sendable {
    struct Piece: Sendable {
        var text: Int
        var source: Int
        /// The piece begins on a new line of the file.
        var followsBreak: Bool
    }

    let pieces: [Piece]

    init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    private func piece(at offset: Int) -> Piece {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].text <= offset { low = middle } else { high = middle }
        }
        return pieces[low]
    }

    func offset(of text: Int) -> Int {
        let piece = piece(at: text)
        return piece.source + text - piece.text
    }

    func end(of range: Range<Int>) -> Int {
        guard !range.isEmpty else { return offset(of: range.lowerBound) }
        let next = piece(at: range.upperBound)
        // A range that ends where an escape ends goes to the escape's end, one that ends with a line stays on it.
        if next.text == range.upperBound, !next.followsBreak { return next.source }
        return offset(of: range.upperBound - 1) + 1
    }

    /// The map of a scalar, or `nil` where text and file run in step.
    static func make(
        style: YAMLScalar.Style, text: UnsafeBufferPointer<UInt8>, source: UnsafeBufferPointer<UInt8>
    ) -> ScalarMap? {
        switch style {
        case .plain:
            return source.count == text.count ? nil : ScalarMap(flow(text, source, from: 0, quote: 0))
        case .singleQuoted:
            return source.count == text.count + 2 ? nil : ScalarMap(flow(text, source, from: 1, quote: 0x27))
        case .doubleQuoted:
            return source.count == text.count + 2 ? nil : ScalarMap(flow(text, source, from: 1, quote: 0x22))
        case .literal, .folded:
            return ScalarMap(block(text, source))
        }
    }
}

// MARK: - Walking

extension ScalarMap {
    @inline(__always)
    private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func flow(
        _ text: UnsafeBufferPointer<UInt8>, _ source: UnsafeBufferPointer<UInt8>, from: Int, quote: UInt8
    ) -> [Piece] {
        var pieces = [Piece(text: 0, source: from, followsBreak: false)]
        var i = from
        var j = 0
        let end = quote == 0 ? source.count : source.count - 1
        while i < end {
            let byte = source[i]
            if isBlank(byte) || isBreak(byte) {
                var k = i
                var hasBreak = false
                while k < end, isBlank(source[k]) || isBreak(source[k]) {
                    if isBreak(source[k]) { hasBreak = true }
                    k += 1
                }
                guard hasBreak else {
                    j += k - i
                    i = k
                    continue
                }
                // Folded: one line end is a space, more are line feeds (YAML 1.2.2 section 6.5).
                if j < text.count, text[j] == 0x20 { j += 1 } else { while j < text.count, text[j] == 0x0A { j += 1 } }
                i = k
                pieces.append(Piece(text: j, source: i, followsBreak: true))
            } else if quote == 0x27, byte == quote {
                j += 1
                i += 2
                pieces.append(Piece(text: j, source: i, followsBreak: false))
            } else if quote == 0x22, byte == 0x5C, i + 1 < end {
                if isBreak(source[i + 1]) {
                    i += 1
                    while i < end, isBlank(source[i]) || isBreak(source[i]) { i += 1 }
                    pieces.append(Piece(text: j, source: i, followsBreak: true))
                    continue
                }
                let digits =
                    switch source[i + 1] {
                    case UInt8(ascii: "x"): 2
                    case UInt8(ascii: "u"): 4
                    case UInt8(ascii: "U"): 8
                    default: 0
                    }
                if j < text.count { j += utf8Length(text[j]) }
                i += 2 + digits
                pieces.append(Piece(text: j, source: i, followsBreak: false))
            } else {
                i += 1
                j += 1
            }
        }
        return pieces
    }

    private static func utf8Length(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...: 4
        default: 1
        }
    }

    private static func block(
        _ text: UnsafeBufferPointer<UInt8>, _ source: UnsafeBufferPointer<UInt8>
    ) -> [Piece] {
        var i = lineEnd(source, 0)
        var j = 0
        var pieces: [Piece] = []
        var indent: Int?
        while i < source.count {
            i = afterBreak(source, i)
            var content = i
            while content < source.count, source[content] == 0x20 { content += 1 }
            let stop = lineEnd(source, i)
            if content >= stop, content - i <= (indent ?? .max) {
                // An empty line: it is in the text, if at all, as a line feed that is passed over below.
                i = stop
                continue
            }
            // A literal's line ends are in the text; a folded one's may be spaces.
            if j > 0, j < text.count, text[j] == 0x20, pieces.count > 0 {
                j += 1
            } else {
                while j < text.count, text[j] == 0x0A { j += 1 }
            }
            if indent == nil {
                var own = 0
                while j + own < text.count, text[j + own] == 0x20 { own += 1 }
                indent = max(0, content - i - own)
            }
            let begin = min(i + (indent ?? 0), stop)
            pieces.append(Piece(text: j, source: begin, followsBreak: true))
            j += stop - begin
            i = stop
        }
        return pieces.isEmpty ? [Piece(text: 0, source: 0, followsBreak: false)] : pieces
    }

    private static func lineEnd(_ source: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
        var i = from
        while i < source.count, !isBreak(source[i]) { i += 1 }
        return i
    }

    private static func afterBreak(_ source: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
        guard from < source.count, isBreak(source[from]) else { return from }
        return source[from] == 0x0D && from + 1 < source.count && source[from + 1] == 0x0A ? from + 2 : from + 1
    }
}

import Diagnostics

/// Reads the inside of brackets as its author meant it: commas inside of parentheses and quotes don't separate.
struct FlowText {
    /// The items' bytes, trimmed.
    var items: [Range<Int>] = []
    /// From the opening bracket to behind the closing one.
    var range: Range<Int>
    var isMapping: Bool

    /// `nil` if the bracket that opens at `start` isn't closed, or if comments stand inside.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[") else {
            return nil
        }
        isMapping = bytes[start] == UInt8(ascii: "{")
        range = start..<start
        var closers: [UInt8] = []
        var itemStart = start + 1
        var i = start
        while i < bytes.count {
            let byte = bytes[i]
            switch byte {
            case UInt8(ascii: "{"): closers.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["): closers.append(UInt8(ascii: "]"))
            case UInt8(ascii: "("): closers.append(UInt8(ascii: ")"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"):
                guard closers.popLast() == byte else { return nil }
                if closers.isEmpty {
                    add(bytes, itemStart..<i)
                    range = start..<i + 1
                    return
                }
            case UInt8(ascii: "\""):
                guard let end = Self.quoteEnd(bytes, i) else { return nil }
                i = end
            case UInt8(ascii: "'") where i > 0 && Self.opensQuote(after: bytes[i - 1]):
                guard let end = Self.quoteEnd(bytes, i) else { return nil }
                i = end
            case UInt8(ascii: "#") where i > 0 && bytes[i - 1] <= 0x20:
                return nil
            case UInt8(ascii: ",") where closers.count == 1:
                add(bytes, itemStart..<i)
                itemStart = i + 1
            default:
                break
            }
            i += 1
        }
        return nil
    }

    private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        if start < end { items.append(start..<end) }
    }

    private static func opensQuote(after byte: UInt8) -> Bool {
        byte <= 0x20 || [UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "(")].contains(byte)
    }

    /// The position of the closing quote.
    private static func quoteEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        let quote = bytes[start]
        var i = start + 1
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                i += 1
            } else if bytes[i] == quote {
                return i
            }
            i += 1
        }
        return nil
    }

    /// How many parentheses a text opens without closing them; those in double quotes don't count.
    static func openParentheses(_ text: String) -> Int {
        var open = 0
        var inQuotes = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): inQuotes.toggle()
            case UInt8(ascii: "(") where !inQuotes: open += 1
            case UInt8(ascii: ")") where !inQuotes: open -= 1
            default: break
            }
        }
        return open
    }
}

/// Writes brackets in block style, for fix-its.
enum BlockStyle {
    /// Replaces the brackets that begin at `start` by lines of their own; `nil` where that takes more, as
    /// inside of other brackets or before more text on the line.
    static func fixIt(at start: Int, file: FileID, _ bytes: UnsafeBufferPointer<UInt8>) -> FixIt? {
        guard let flow = FlowText(bytes, at: start), !flow.items.isEmpty else { return nil }
        guard let place = Line(bytes, at: start).blockPlace(of: start) else { return nil }
        var after = flow.range.upperBound
        while after < bytes.count, bytes[after] == 0x20 { after += 1 }
        guard after == bytes.count || bytes[after] <= 0x20 || bytes[after] == UInt8(ascii: "#") else { return nil }

        let indent = String(repeating: " ", count: place.column)
        let items = flow.items.map { String(decoding: bytes[$0], as: UTF8.self) }
        // A line end inside of an item would need an indentation of its own.
        guard !items.contains(where: { $0.utf8.contains(0x0A) || $0.utf8.contains(0x0D) }) else { return nil }
        guard !flow.isMapping || items.allSatisfy({ $0.contains(":") }) else { return nil }
        let lines = flow.isMapping ? items : items.map { "- " + $0 }
        let text =
            (place.isInline ? lines[0] : "\n" + indent + lines[0])
            + lines.dropFirst().map { "\n" + indent + $0 }.joined()
        let span = SourceSpan(file: file, start: place.start, end: flow.range.upperBound)
        return FixIt("write this in block style", [TextEdit(span, text)])
    }
}

/// Reads elements of the distinguished encoding rules (X.690) one after the other.
struct DERReader {
    struct Element {
        var tag: UInt8
        var content: ArraySlice<UInt8>
        /// With tag and length.
        var whole: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// The content of the next element, when it has this tag.
    mutating func next(tag: UInt8) -> ArraySlice<UInt8>? {
        guard let element = next(), element.tag == tag else { return nil }
        return element.content
    }

    mutating func next() -> Element? {
        let start = rest.startIndex
        guard rest.count >= 2 else { return nil }
        let tag = rest[start]
        guard tag & 0x1F != 0x1F else { return nil }
        var at = start + 2
        var length = Int(rest[start + 1])
        if length >= 0x80 {
            let octets = length & 0x7F
            guard octets >= 1, octets <= 4, rest.count >= 2 + octets else { return nil }
            length = 0
            for _ in 0..<octets {
                length = length << 8 | Int(rest[at])
                at += 1
            }
        }
        guard length <= rest.endIndex - at else { return nil }
        let element = Element(tag: tag, content: rest[at..<at + length], whole: rest[start..<at + length])
        rest = rest[(at + length)...]
        return element
    }
}

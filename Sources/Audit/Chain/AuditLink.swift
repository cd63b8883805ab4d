/// The end of a chain: the number and the hash of its last record. Kept outside the gateway, it also proves that
/// nothing was cut off the end.
public struct AuditLink: Hashable, Sendable {
    public var sequence: UInt64
    public var hash: AuditHash

    public init(sequence: UInt64, hash: AuditHash) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Before the first record.
    public static let none = AuditLink(sequence: 0, hash: .zero)
}

/// How a record carries its place in the chain. A line is one JSON object whose last three members are
/// `"seq":N,"prev":"<64 hex digits>","hash":"<64 hex digits>"`, written without spaces.
enum AuditChain {
    /// Bytes that ``AuditSealer`` adds to a line at most, its line feed included.
    static let overhead = 32 + 2 * (AuditHash.hexCount + 11)

    private static let sequenceKey = Array(#""seq":"#.utf8)
    private static let previousKey = Array(#","prev":""#.utf8)
    private static let hashKey = Array(#","hash":""#.utf8)
    private static let hashEnd = Array(#""}"#.utf8)
    private static let hashMemberCount = 9 + AuditHash.hexCount + 2
    private static let previousMemberCount = 9 + AuditHash.hexCount + 1

    /// The chain members of a line (without its line feed); nil when it does not end with them.
    static func parse(_ line: UnsafeRawBufferPointer) -> (link: AuditLink, previous: AuditHash)? {
        let hashStart = line.count - hashMemberCount
        let previousStart = hashStart - previousMemberCount
        guard previousStart > sequenceKey.count, line[0] == UInt8(ascii: "{"),
            holds(hashKey, in: line, at: hashStart), holds(hashEnd, in: line, at: line.count - 2),
            holds(previousKey, in: line, at: previousStart), line[hashStart - 1] == UInt8(ascii: "\""),
            let hash = AuditHash(hex: slice(line, hashStart + hashKey.count)),
            let previous = AuditHash(hex: slice(line, previousStart + previousKey.count))
        else { return nil }
        var position = previousStart
        var scale: UInt64 = 1
        var sequence: UInt64 = 0
        while position > 0, line[position - 1] >= UInt8(ascii: "0"), line[position - 1] <= UInt8(ascii: "9") {
            guard previousStart - position < 19 else { return nil }
            position -= 1
            sequence += UInt64(line[position] - UInt8(ascii: "0")) * scale
            scale = scale &* 10
        }
        let keyStart = position - sequenceKey.count
        guard position < previousStart, keyStart > 0, holds(sequenceKey, in: line, at: keyStart),
            line[keyStart - 1] == UInt8(ascii: ",") || keyStart == 1
        else { return nil }
        return (AuditLink(sequence: sequence, hash: hash), previous)
    }

    /// Whether the hash of a parsed line is that of its bytes after `previous`. Changes the line's storage.
    static func isSound(_ line: UnsafeMutableRawBufferPointer, hash: AuditHash, previous: AuditHash) -> Bool {
        let end = line.count - hashMemberCount
        line[end] = UInt8(ascii: "}")
        return AuditHash(after: previous, line: UnsafeRawBufferPointer(rebasing: line[...end])) == hash
    }

    private static func slice(_ line: UnsafeRawBufferPointer, _ start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: line[start..<(start + AuditHash.hexCount)])
    }

    private static func holds(_ text: [UInt8], in line: UnsafeRawBufferPointer, at start: Int) -> Bool {
        line[start..<(start + text.count)].elementsEqual(text)
    }
}

/// The text that takes the place of a match, read once: XPath functions 3.1, section 5.6.4.
public struct PatternReplacement: Sendable {
    private enum Part: Sendable {
        case text([UInt8])
        case group(Int)
    }

    private var parts: [Part] = []

    /// Reads a replacement for a pattern. An error's range is in the replacement, except where the pattern itself
    /// cannot be used because it matches the empty text.
    public init(_ source: String, for pattern: Pattern) throws(PatternError) {
        if let refusal = pattern.refusalToSplit() { throw refusal }
        let bytes = Array(source.utf8)
        guard !pattern.isLiteral else {
            parts = [.text(bytes)]
            return
        }
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch byte {
            case UInt8(ascii: "\\"):
                guard next == UInt8(ascii: "\\") || next == UInt8(ascii: "$") else {
                    throw PatternError(
                        .badReplacement, "in a replacement `\\` comes before `$` or `\\`", help: "write `\\\\`",
                        range: index..<min(index + 2, bytes.count))
                }
                text.append(next)
                index += 2
            case UInt8(ascii: "$"):
                guard Self.digit(next) != nil else {
                    throw PatternError(
                        .badReplacement, "in a replacement `$` comes before the number of a group",
                        help: "for the character write `\\$`", range: index..<index + 1)
                }
                parts.append(.text(text))
                text = []
                index += 1
                parts.append(.group(Self.group(bytes, &index, count: pattern.compiled.program.captureCount)))
            default:
                text.append(byte)
                index += 1
            }
        }
        parts.append(.text(text))
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= 0x30 && byte <= 0x39 ? Int(byte) - 0x30 : nil
    }

    /// The number at `index`: as many digits as still name a group. A first digit that names none stands for nothing.
    private static func group(_ bytes: [UInt8], _ index: inout Int, count: Int) -> Int {
        var number = 0
        var digits = 0
        while index < bytes.count, let digit = digit(bytes[index]) {
            if digits > 0, number * 10 + digit > count { break }
            number = number * 10 + digit
            digits += 1
            index += 1
        }
        return number
    }

    func append(to result: inout [UInt8], _ match: PatternMatch, _ text: UnsafeBufferPointer<UInt8>) {
        for part in parts {
            switch part {
            case .text(let bytes): result.append(contentsOf: bytes)
            case .group(let number):
                guard number < match.groups.count, let range = match.groups[number] else { continue }
                result.append(contentsOf: text[range])
            }
        }
    }
}

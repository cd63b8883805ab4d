/// Where a match lies in a text, in UTF-8 bytes.
public struct PatternMatch: Sendable, Equatable {
    /// The whole match first, then each group; nil for a group that took no part.
    public var groups: [Range<Int>?]

    /// The whole match.
    public var range: Range<Int> { groups.first.flatMap { $0 } ?? 0..<0 }
}

extension Pattern {
    /// The leftmost match that begins at `offset` or later, the first alternative preferred. Takes time linear in the
    /// text. Groups after the 99th are not kept. Only for patterns without lookaround, as all of XPath's are: with one,
    /// nothing is found.
    public func firstMatch(in text: UnsafeBufferPointer<UInt8>, from offset: Int = 0) -> PatternMatch? {
        guard offset >= 0, offset <= text.count else { return nil }
        var run = GroupRun(compiled)
        return Self.match(&run, text, offset, dialect)
    }

    private static func match(
        _ run: inout GroupRun, _ text: UnsafeBufferPointer<UInt8>, _ offset: Int, _ dialect: Dialect
    ) -> PatternMatch? {
        guard let slots = run.first(in: text, from: offset, isWhole: dialect == .xmlSchema) else { return nil }
        return PatternMatch(
            groups: (0..<slots.count / 2).map { group in
                let range = (slots[2 * group], slots[2 * group + 1])
                return range.0 >= 0 && range.1 >= range.0 ? range.0..<range.1 : nil
            })
    }

    /// Every match from left to right, none overlapping. The pattern must not match the empty text.
    func allMatches(in text: UnsafeBufferPointer<UInt8>) -> [PatternMatch] {
        var run = GroupRun(compiled)
        var found: [PatternMatch] = []
        var offset = 0
        while offset < text.count, let match = Self.match(&run, text, offset, dialect), !match.range.isEmpty {
            found.append(match)
            offset = match.range.upperBound
        }
        return found
    }

    /// The error that XPath calls FORX0003, when the pattern matches the empty text.
    public func refusalToSplit() -> PatternError? {
        guard matches("") else { return nil }
        return PatternError(
            .matchesEmptyText, "the pattern matches the empty text, so it cannot say what to replace or where to split",
            help: "use `+` rather than `*`", range: 0..<source.utf8.count)
    }

    /// The text with each match replaced: `$1` to `$99` are groups, `$0` the whole match, `\$` and `\\` the characters.
    public func replacing(_ text: String, with replacement: String) throws(PatternError) -> String {
        replacing(text, with: try PatternReplacement(replacement, for: self))
    }

    /// The text with each match replaced by a replacement that was read before.
    public func replacing(_ text: String, with replacement: PatternReplacement) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            var end = 0
            for match in allMatches(in: bytes) {
                result.append(contentsOf: bytes[end..<match.range.lowerBound])
                replacement.append(to: &result, match, bytes)
                end = match.range.upperBound
            }
            if end == 0 { return String(decoding: bytes, as: UTF8.self) }
            result.append(contentsOf: bytes[end...])
            return String(decoding: result, as: UTF8.self)
        }
    }

    /// The parts of a text between the matches; one more than there are matches.
    public func split(_ text: String) throws(PatternError) -> [String] {
        if let refusal = refusalToSplit() { throw refusal }
        var text = text
        return text.withUTF8 { bytes in
            var parts: [String] = []
            var end = 0
            for match in allMatches(in: bytes) {
                parts.append(String(decoding: bytes[end..<match.range.lowerBound], as: UTF8.self))
                end = match.range.upperBound
            }
            parts.append(String(decoding: bytes[end...], as: UTF8.self))
            return parts
        }
    }
}

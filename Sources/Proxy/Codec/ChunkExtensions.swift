/// Reads the extensions of one chunk, a byte at a time (RFC 9112, section 7.1.1):
/// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`, where a value is a token or a quoted string.
///
/// They mean nothing to the gateway and are not handed on. They are read by their grammar because what one hop takes for an
/// extension, and another for the line's end, is how a request is hidden in a body.
struct ChunkExtensions {
    private enum State: UInt8 {
        case semicolon, nameStart, name, nameSpace, valueStart, value, quoted, quotedPair, afterQuoted
    }

    private var state = State.semicolon

    /// Whether the line may end here.
    var mayEnd: Bool { state == .name || state == .value || state == .afterQuoted }

    /// False when the byte can't come here. A carriage return never can: the caller looks for it first.
    mutating func take(_ c: UInt8) -> Bool {
        let isSpace = c == 0x20 || c == 0x09
        switch state {
        case .semicolon:
            if c == 0x3B { state = .nameStart }
            return isSpace || c == 0x3B
        case .nameStart:
            if isSpace { return true }
            state = .name
            return ByteClasses.isToken(c)
        case .name:
            return ByteClasses.isToken(c) || leaveName(c, isSpace)
        case .nameSpace:
            return leaveName(c, isSpace)
        case .valueStart:
            if isSpace { return true }
            state = c == 0x22 ? .quoted : .value
            return c == 0x22 || ByteClasses.isToken(c)
        case .value:
            return ByteClasses.isToken(c) || leaveValue(c, isSpace)
        case .quoted:
            if c == 0x22 { state = .afterQuoted }
            if c == 0x5C { state = .quotedPair }
            return Self.isText(c)
        case .quotedPair:
            state = .quoted
            return Self.isText(c)
        case .afterQuoted:
            return leaveValue(c, isSpace)
        }
    }

    private mutating func leaveName(_ c: UInt8, _ isSpace: Bool) -> Bool {
        state = c == 0x3D ? .valueStart : c == 0x3B ? .nameStart : .nameSpace
        return isSpace || c == 0x3D || c == 0x3B
    }

    private mutating func leaveValue(_ c: UInt8, _ isSpace: Bool) -> Bool {
        state = c == 0x3B ? .nameStart : .semicolon
        return isSpace || c == 0x3B
    }

    private static func isText(_ c: UInt8) -> Bool { c == 0x09 || (c >= 0x20 && c != 0x7F) }
}

import RouteGraph

/// What a head may have at most.
struct HeadLimits: Equatable {
    /// Bytes from the first of the start line to the empty line.
    var bytes = 16 * 1024
    /// Bytes of the start line.
    var startLine = 8 * 1024
    /// Header fields.
    var fields = 100
}

/// Reads one message head, strictly by RFC 9112, as its bytes arrive.
///
/// Each line is read once: after ``Result/needMore`` the next call goes on at the line that was not whole. The caller keeps the
/// bytes from the message's first byte on until the head is complete; they may move meanwhile. Nothing here knows a transport.
struct HeadParser {
    enum Result: Equatable {
        case needMore
        /// The head is in the `MessageHead`; this many bytes belong to it.
        case complete(consumed: Int)
        case refused(CodecError)
    }

    /// What is read. A response's framing depends on the method of its request (RFC 9112, section 6.3).
    enum Kind {
        case request
        case response(toHead: Bool)
    }

    /// Where the message begins, behind one empty line at most (RFC 9112, section 2.2).
    private var base = 0
    private var lineStart = 0
    /// No line feed lies before this.
    private var searched = 0
    private var lines = 0
    var framing = FramingFields()

    init() {}

    /// Whether a byte of the message has been seen.
    var hasBegun: Bool { searched > base }

    mutating func parse(
        _ p: UnsafePointer<UInt8>, _ count: Int, _ kind: Kind, limits: HeadLimits, into head: MessageHead
    ) -> Result {
        while true {
            let feed = ByteClasses.find(0x0A, p, from: searched, to: count)
            guard feed >= 0 else {
                searched = count
                if lines == 0, count > lineStart, !mayBegin(p + lineStart, count - lineStart, kind) {
                    return .refused(.notHTTP)
                }
                if lines == 0, count - base > limits.startLine { return .refused(tooLongStart(kind)) }
                return count - base > limits.bytes ? .refused(.headTooLarge) : .needMore
            }
            guard feed > lineStart, p[feed - 1] == 0x0D else { return .refused(.bareLineFeed) }
            let lineEnd = feed - 1
            let next = feed + 1
            if next - base > limits.bytes { return .refused(lines == 0 ? tooLongStart(kind) : .headTooLarge) }
            if lineEnd == lineStart {
                if lines == 0 {
                    guard case .request = kind, base == 0 else { return .refused(.emptyStartLine) }
                    base = next
                    lineStart = next
                    searched = next
                    continue
                }
                head.assign(p + base, next - base)
                if framing.pathIsMissing { head.bytes[head.targetStart] = 0x2F }
                if let error = finish(kind, head) { return .refused(error) }
                return .complete(consumed: next)
            }
            let error: CodecError?
            if lines == 0 {
                if lineEnd - base > limits.startLine { return .refused(tooLongStart(kind)) }
                if case .request = kind {
                    error = RequestLine.parse(p + base, lineEnd - base, head, &framing)
                } else {
                    error = ResponseLine.parse(p + base, lineEnd - base, head)
                }
            } else {
                error = head.fieldCount < limits.fields ? field(p, lineEnd, head) : .tooManyFields
            }
            if let error { return .refused(error) }
            lines &+= 1
            lineStart = next
            searched = next
        }
    }

    /// Whether a start line may begin so; what can't is refused before its line ends, if it ever does.
    @inline(never)
    private func mayBegin(_ p: UnsafePointer<UInt8>, _ count: Int, _ kind: Kind) -> Bool {
        guard case .response = kind else { return p[0] == 0x0D || ByteClasses.isToken(p[0]) }
        let protocolName: StaticString = "HTTP/"
        for i in 0..<min(count, protocolName.utf8CodeUnitCount) where p[i] != protocolName.utf8Start[i] { return false }
        return true
    }

    private func tooLongStart(_ kind: Kind) -> CodecError {
        if case .request = kind { .targetTooLong } else { .headTooLarge }
    }

    /// One field line: `name ":" OWS value OWS` (RFC 9112, section 5).
    @inline(__always)
    private mutating func field(_ p: UnsafePointer<UInt8>, _ lineEnd: Int, _ head: MessageHead) -> CodecError? {
        let i = ByteClasses.tokenEnd(p, from: lineStart, to: lineEnd)
        guard i < lineEnd, p[i] == 0x3A, i > lineStart else { return Self.nameError(p, lineStart, i, lineEnd) }
        let nameCount = i - lineStart
        var start = i + 1
        var end = lineEnd
        while start < end, p[start] == 0x20 || p[start] == 0x09 { start &+= 1 }
        while end > start, p[end - 1] == 0x20 || p[end - 1] == 0x09 { end &-= 1 }
        guard ByteClasses.isFieldContent(p + start, end - start) else { return .badValue }
        let known = KnownHeader.named(p + lineStart, nameCount)
        let stored = head.append(
            MessageHead.Field(
                nameStart: UInt32(truncatingIfNeeded: lineStart - base),
                nameCount: UInt32(truncatingIfNeeded: nameCount),
                valueStart: UInt32(truncatingIfNeeded: start - base),
                valueCount: UInt32(truncatingIfNeeded: end - start),
                known: known))
        guard stored else { return .tooManyFields }
        if known == .other {
            let imitated = KnownHeader.imitated(p + lineStart, nameCount)
            return imitated == .other ? nil : framing.noteImitation(of: imitated)
        }
        return framing.note(known, p + start, end - start, head)
    }

    /// Says what is wrong with a line that does not begin with a name and a colon.
    @inline(never)
    private static func nameError(_ p: UnsafePointer<UInt8>, _ start: Int, _ stop: Int, _ end: Int) -> CodecError {
        if stop == start {
            switch p[start] {
            case 0x20, 0x09: return .foldedLine
            case 0x3A: return .emptyName
            default: return .badName
            }
        }
        if stop == end { return .missingColon }
        return p[stop] == 0x20 || p[stop] == 0x09 ? .spaceBeforeColon : .badName
    }

    private func finish(_ kind: Kind, _ head: MessageHead) -> CodecError? {
        switch kind {
        case .request: framing.finishRequest(head)
        case .response(let toHead): framing.finishResponse(head, toHead: toHead)
        }
    }
}

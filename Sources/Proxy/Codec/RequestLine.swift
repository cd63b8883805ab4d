import RouteGraph

/// `method SP request-target SP HTTP-version` (RFC 9112, section 3), with exactly one space at each place.
enum RequestLine {
    static func parse(
        _ p: UnsafePointer<UInt8>, _ count: Int, _ head: MessageHead, _ framing: inout FramingFields
    ) -> CodecError? {
        var i = 0
        while i < count, ByteClasses.isToken(p[i]) { i &+= 1 }
        guard i > 0, i < count, p[i] == 0x20 else { return .badMethod }
        head.methodCount = i
        head.method = HTTPMethod.named(p, i)
        let start = i + 1
        var end = start
        while end < count, ByteClasses.isTarget(p[end]) { end &+= 1 }
        guard end > start, end < count, p[end] == 0x20 else { return .badTarget }
        if let error = version(p + end + 1, count - end - 1, head) { return error }
        if head.method == .other, isConnect(p, i) { return .connectMethod }
        return target(p, start, end, head, &framing)
    }

    /// `HTTP/1.0` or `HTTP/1.1`, case-sensitive (RFC 9112, section 2.3).
    static func version(_ p: UnsafePointer<UInt8>, _ count: Int, _ head: MessageHead) -> CodecError? {
        guard count == 8, p[0] == 0x48, p[1] == 0x54, p[2] == 0x54, p[3] == 0x50, p[4] == 0x2F, p[6] == 0x2E,
            ByteClasses.isDigit(p[5]), ByteClasses.isDigit(p[7])
        else { return .badVersion }
        guard p[5] == 0x31, p[7] == 0x30 || p[7] == 0x31 else { return .unsupportedVersion }
        head.minorVersion = Int(p[7] &- 0x30)
        return nil
    }

    private static func isConnect(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let word: StaticString = "CONNECT"
        guard count == word.utf8CodeUnitCount else { return false }
        for i in 0..<count where p[i] != word.utf8Start[i] { return false }
        return true
    }

    /// Finds the path and the query in an origin-form, absolute-form or asterisk-form target (RFC 9112, section 3.2).
    private static func target(
        _ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ head: MessageHead, _ framing: inout FramingFields
    ) -> CodecError? {
        var pathStart = start
        if p[start] == 0x2A, end - start == 1 {
            guard head.method == .options else { return .badTargetForm }
            head.targetStart = start
            head.targetCount = 1
            head.pathCount = 1
            return nil
        }
        if p[start] != 0x2F {
            pathStart = absolutePath(p, start, end)
            guard pathStart > 0 else { return .badTargetForm }
            if pathStart < start + 8 {
                // No path: the slash before the authority stands for it (RFC 9110, section 4.2.3).
                framing.authority = TargetAuthority(p + pathStart + 1, end - pathStart - 1)
                head.targetStart = pathStart
                head.targetCount = 1
                head.pathCount = 1
                return nil
            }
            let authority = p[start + 4] == 0x3A ? start + 7 : start + 8
            framing.authority = TargetAuthority(p + authority, pathStart - authority)
            framing.pathIsMissing = p[pathStart] == 0x3F
        }
        var i = pathStart
        var path = end
        var isPlain = true
        while i < end {
            switch p[i] {
            case 0x25:
                isPlain = false
                guard i + 2 < end, ByteClasses.hexValue(p[i + 1]) >= 0, ByteClasses.hexValue(p[i + 2]) >= 0,
                    p[i + 1] != 0x30 || p[i + 2] != 0x30
                else { return .badTarget }
                i &+= 3
                continue
            case 0x3F where path == end: path = i
            case 0x3B where path == end: isPlain = false
            case 0x5B, 0x5D: if path == end { return .badTarget }
            default: break
            }
            i &+= 1
        }
        if DotSegments.occur(p, pathStart, path) { return .dotSegment }
        if framing.pathIsMissing {
            // The head's copy gets its slash where the authority ends.
            head.targetStart = pathStart - 1
            head.targetCount = end - pathStart + 1
            head.pathCount = 1
            return nil
        }
        head.targetStart = pathStart
        head.targetCount = end - pathStart
        head.pathCount = path - pathStart
        head.pathIsPlain = isPlain
        return nil
    }

    /// Where the path of an absolute URI begins, or its query when it has no path, or -1. Of a URI without either it is the slash
    /// before the authority.
    /// A user name is refused (RFC 9110, section 4.2.4).
    private static func absolutePath(_ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        let authority: Int
        if end - start > 7, ByteClasses.equals(p + start, 7, "http://") {
            authority = start + 7
        } else if end - start > 8, ByteClasses.equals(p + start, 8, "https://") {
            authority = start + 8
        } else {
            return -1
        }
        var i = authority
        while i < end, p[i] != 0x2F, p[i] != 0x3F { i &+= 1 }
        guard HostSyntax.isValid(p + authority, i - authority) else { return -1 }
        if i == end { return authority - 1 }
        return i
    }
}

/// `HTTP-version SP status-code [ SP reason-phrase ]` (RFC 9112, section 4). The space before an empty reason may be missing,
/// which is common and changes no framing.
enum ResponseLine {
    static func parse(_ p: UnsafePointer<UInt8>, _ count: Int, _ head: MessageHead) -> CodecError? {
        guard count >= 12 else { return .badStatus }
        if let error = RequestLine.version(p, 8, head) { return error }
        guard p[8] == 0x20, ByteClasses.isDigit(p[9]), ByteClasses.isDigit(p[10]), ByteClasses.isDigit(p[11]),
            count == 12 || p[12] == 0x20
        else { return .badStatus }
        let status = Int(p[9] &- 0x30) * 100 + Int(p[10] &- 0x30) * 10 + Int(p[11] &- 0x30)
        guard status >= 100, status < 600 else { return .badStatus }
        guard status != 101 else { return .switchingProtocols }
        guard ByteClasses.isFieldContent(p + 12, count - 12) else { return .badStatus }
        head.status = status
        return nil
    }
}

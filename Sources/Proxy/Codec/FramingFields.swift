import RouteGraph

/// The fields of a head that decide how the message is framed and whether its connection lives on, gathered while the head is
/// read, judged at its end (RFC 9112, sections 6 and 9.3).
///
/// Wherever the RFC lets a recipient choose between repairing and refusing, this refuses: a message that one hop repairs is a
/// message that the next hop may frame otherwise.
struct FramingFields {
    private var length = -1
    private var hasTransferCoding = false
    private var hosts = 0
    private var closes = false
    private var keepsAlive = false
    private var expects = false
    /// Known fields that were there, and those that were there twice: bits by raw value.
    private var seen: UInt32 = 0
    private var repeated: UInt32 = 0
    private var hasImitation = false
    /// What the request target brought along as its own authority (absolute form); it has to be what Host says.
    var authority = TargetAuthority()
    /// The target is absolute and has a query but no path: `http://host?query`.
    var pathIsMissing = false

    init() {}

    /// Takes note of a known field.
    mutating func note(
        _ known: KnownHeader, _ p: UnsafePointer<UInt8>, _ count: Int, _ head: MessageHead
    ) -> CodecError? {
        let bit = Self.bit(known)
        repeated |= seen & bit
        seen |= bit
        switch known {
        case .contentLength:
            guard length < 0 else { return .repeatedLength }
            length = Self.decimal(p, count)
            return length < 0 ? .badLength : nil
        case .transferEncoding:
            guard !hasTransferCoding, ByteClasses.equals(p, count, "chunked") else { return .transferCoding }
            hasTransferCoding = true
        case .host:
            hosts &+= 1
            guard hosts == 1 else { return .repeatedHost }
            guard HostSyntax.isValid(p, count) else { return .badHost }
            return authority.isEmpty || authority.matches(p, count) ? nil : .hostMismatch
        case .connection:
            return noteConnection(p, count, head)
        case .expect:
            guard ByteClasses.equals(p, count, "100-continue") else { return .expectation }
            expects = true
        default:
            break
        }
        return nil
    }

    /// A name spells a known field with `_` for `-`. Framing is never to be guessed at; the others matter in requests, where some of them
    /// prove who calls, and are not handed on.
    @inline(never)
    mutating func noteImitation(of known: KnownHeader) -> CodecError? {
        hasImitation = true
        return known == .contentLength || known == .transferEncoding ? .badName : nil
    }

    /// `Connection = #token` (RFC 9110, section 7.6.1).
    private mutating func noteConnection(
        _ p: UnsafePointer<UInt8>, _ count: Int, _ head: MessageHead
    ) -> CodecError? {
        // The two that nearly every message has.
        if ByteClasses.equals(p, count, "keep-alive") {
            keepsAlive = true
            return nil
        }
        if ByteClasses.equals(p, count, "close") {
            closes = true
            return nil
        }
        var start = 0
        while start <= count {
            var end = start
            while end < count, p[end] != 0x2C { end &+= 1 }
            var s = start
            var e = end
            while s < e, p[s] == 0x20 || p[s] == 0x09 { s &+= 1 }
            while e > s, p[e - 1] == 0x20 || p[e - 1] == 0x09 { e &-= 1 }
            for i in s..<e where !ByteClasses.isToken(p[i]) { return .badConnection }
            if ByteClasses.equals(p + s, e - s, "close") {
                closes = true
            } else if ByteClasses.equals(p + s, e - s, "keep-alive") {
                keepsAlive = true
            } else if e > s {
                guard Self.mayBeNominated(KnownHeader.named(p + s, e - s)) else { return .badConnection }
                head.hasConnectionOptions = true
            }
            start = end + 1
        }
        return nil
    }

    /// Whether `Connection` may name this field. Fields that frame the message, prove the caller, or say what the content is go
    /// from end to end; a sender that has them removed on the way wants two hops to read the message differently.
    @inline(never)
    private static func mayBeNominated(_ known: KnownHeader) -> Bool {
        switch known {
        case .other, .keepAlive, .te, .trailer, .upgrade, .proxyConnection: true
        default: false
        }
    }

    /// Fields of a request that say who calls, or what the content is, and have one value (RFC 9110, section 5.3): sent twice, two hops
    /// may believe two different things.
    @inline(__always)
    private static var singular: UInt32 {
        bit(.authorization) | bit(.apiKey) | bit(.contentType) | bit(.soapAction) | bit(.correlationID) | bit(.expect)
    }

    @inline(__always)
    private static func bit(_ known: KnownHeader) -> UInt32 { 1 &<< UInt32(known.rawValue) }

    func finishRequest(_ head: MessageHead) -> CodecError? {
        if head.minorVersion == 1, hosts == 0 { return .missingHost }
        if hasImitation { return .badName }
        if repeated & Self.singular != 0 { return .repeatedField }
        if let error = setFraming(head, otherwise: .none) { return error }
        head.keepAlive = persists(head)
        head.expectsContinue = expects && head.minorVersion == 1 && head.framing != .none
        return nil
    }

    func finishResponse(_ head: MessageHead, toHead: Bool) -> CodecError? {
        if let error = setFraming(head, otherwise: .untilClose) { return error }
        head.keepAlive = persists(head)
        if head.status < 200 || head.status == 204 {
            // RFC 9110, section 8.6: neither field may be sent with these. A length of zero does no harm, and is common.
            if hasTransferCoding || length > 0 { return .bodyNotAllowed }
            head.framing = .none
        } else if toHead || head.status == 304 {
            head.framing = .none
        } else if head.framing == .untilClose {
            head.keepAlive = false
        } else if head.status == 205, length > 0 {
            // There can be no content (RFC 9110, section 15.3.6), and clients are known that look for none.
            return .bodyNotAllowed
        }
        return nil
    }

    /// RFC 9112, section 6.3, items 3 to 8.
    private func setFraming(_ head: MessageHead, otherwise: BodyFraming) -> CodecError? {
        if hasTransferCoding {
            if head.minorVersion == 0 { return .transferCodingInVersion10 }
            if length >= 0 { return .lengthAndTransferCoding }
            head.framing = .chunked
        } else if length > 0 {
            head.framing = .length(length)
        } else {
            head.framing = length == 0 ? .length(0) : otherwise
        }
        return nil
    }

    private func persists(_ head: MessageHead) -> Bool {
        head.minorVersion == 1 ? !closes : keepsAlive && !closes
    }

    /// A length that a `content-length` response to HEAD or a 304 announced, for the head that is passed on.
    var announcedLength: Int? { length >= 0 ? length : nil }

    /// `1*DIGIT`, at most 18 of them: no sign, no list, no white space. -1 otherwise.
    static func decimal(_ p: UnsafePointer<UInt8>, _ count: Int) -> Int {
        guard count > 0, count <= 18 else { return -1 }
        var value = 0
        for i in 0..<count {
            guard ByteClasses.isDigit(p[i]) else { return -1 }
            value = value &* 10 &+ Int(p[i] &- 0x30)
        }
        return value
    }
}

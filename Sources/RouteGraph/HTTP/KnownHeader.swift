/// The header fields that the gateway itself reads, drops or writes. A field gets its tag once, while its head is parsed;
/// afterwards no stage compares header names as text.
public enum KnownHeader: UInt8, Sendable, CaseIterable {
    case other = 0
    case host, connection, contentLength, transferEncoding, keepAlive, proxyConnection, te, trailer, upgrade
    case expect, authorization, proxyAuthorization, proxyAuthenticate, cookie, setCookie, apiKey
    case correlationID, traceparent, tracestate, contentType, accept, contentEncoding, soapAction, date, server, via

    /// The field's name in lower case, as it is compared.
    public var name: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .te: "te"
        case .trailer: "trailer"
        case .upgrade: "upgrade"
        case .expect: "expect"
        case .authorization: "authorization"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyAuthenticate: "proxy-authenticate"
        case .cookie: "cookie"
        case .setCookie: "set-cookie"
        case .apiKey: "x-api-key"
        case .correlationID: "x-correlation-id"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .contentType: "content-type"
        case .accept: "accept"
        case .contentEncoding: "content-encoding"
        case .soapAction: "soapaction"
        case .date: "date"
        case .server: "server"
        case .via: "via"
        }
    }

    /// Whether the field belongs to one connection only and is never forwarded (RFC 9110, section 7.6.1).
    @inlinable public var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade, .proxyAuthorization,
            .proxyAuthenticate:
            true
        default: false
        }
    }

    /// The tag of a field name, whatever its case. Candidates are told apart by length, then compared.
    public static func named(_ p: UnsafePointer<UInt8>, _ count: Int) -> KnownHeader {
        @inline(__always) func pick(_ candidate: KnownHeader) -> KnownHeader {
            matches(p, candidate.name) ? candidate : .other
        }
        switch count {
        case 2: return pick(.te)
        case 3: return pick(.via)
        case 4:
            switch p[0] | 0x20 {
            case 0x68: return pick(.host)
            default: return pick(.date)
            }
        case 6:
            switch p[0] | 0x20 {
            case 0x61: return pick(.accept)
            case 0x63: return pick(.cookie)
            case 0x65: return pick(.expect)
            default: return pick(.server)
            }
        case 7: return p[0] | 0x20 == 0x75 ? pick(.upgrade) : pick(.trailer)
        case 9: return pick(.apiKey)
        case 10:
            switch p[0] | 0x20 {
            case 0x63: return pick(.connection)
            case 0x6B: return pick(.keepAlive)
            case 0x74: return pick(.tracestate)
            case 0x73: return p[1] | 0x20 == 0x65 ? pick(.setCookie) : pick(.soapAction)
            default: return .other
            }
        case 11: return pick(.traceparent)
        case 12: return pick(.contentType)
        case 13: return pick(.authorization)
        case 14: return pick(.contentLength)
        case 16:
            switch p[8] | 0x20 {
            case 0x65: return pick(.contentEncoding)
            case 0x6E: return pick(.proxyConnection)
            default: return pick(.correlationID)
            }
        case 17: return pick(.transferEncoding)
        case 18: return pick(.proxyAuthenticate)
        case 19: return pick(.proxyAuthorization)
        default: return .other
        }
    }

    /// The known field that a name spells with `_` for `-`, or `other`. Gateway interfaces that make variables of fields read both as
    /// one, so a hop behind could take such a field for one that this one drops, writes or frames by.
    @inline(__always)
    public static func imitated(_ p: UnsafePointer<UInt8>, _ count: Int) -> KnownHeader {
        count >= 9 && count <= 19 && hasUnderscore(p, count) ? hyphenated(p, count) : .other
    }

    /// - Parameter count: 9 to 19.
    @inline(__always)
    private static func hasUnderscore(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        @inline(__always) func mark(_ offset: Int) -> UInt64 {
            let word = UnsafeRawPointer(p).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let difference = word ^ 0x5F5F_5F5F_5F5F_5F5F
            return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        }
        let ends = mark(0) | mark(count &- 8)
        return (count > 16 ? ends | mark(8) : ends) != 0
    }

    @inline(never)
    private static func hyphenated(_ p: UnsafePointer<UInt8>, _ count: Int) -> KnownHeader {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { name in
            guard let base = name.baseAddress else { return .other }
            for i in 0..<count { base[i] = p[i] == 0x5F ? 0x2D : p[i] }
            return named(base, count)
        }
    }

    /// Compares bytes with a lower-case name, ignoring ASCII case. Both have the same length.
    @inline(__always)
    static func matches(_ p: UnsafePointer<UInt8>, _ name: StaticString) -> Bool {
        let q = name.utf8Start
        for i in 0..<name.utf8CodeUnitCount {
            var c = p[i]
            if c &- 0x41 < 26 { c |= 0x20 }
            if c != q[i] { return false }
        }
        return true
    }
}

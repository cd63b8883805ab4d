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

    /// Whether a name spells a framing field with `_` for `-`, as gateway interfaces that make variables of fields read it.
    @inline(__always)
    public static func imitatesFraming(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        (count == 14 && p[7] == 0x5F && matches(p, "content_length"))
            || (count == 17 && p[8] == 0x5F && matches(p, "transfer_encoding"))
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

import NIOCore
import NIOHPACK
import RouteGraph

/// Why the fields of a stream are refused (RFC 9113, sections 8.1.1, 8.2 and 8.3).
enum StreamFault: Equatable {
    case fieldName
    case fieldValue
    case connectionField
    case te
    case pseudoField
    case latePseudoField
    case missingPseudoField
    case scheme
    case path
    case hostMismatch
    case length
    case trailers

    var reason: String {
        switch self {
        case .fieldName: "A field name is not a lower-case token."
        case .fieldValue: "A field value has a control character, or white space around it."
        case .connectionField: "A field belongs to a connection of HTTP/1.1."
        case .te: "TE is something other than trailers."
        case .pseudoField: "A pseudo-header field is unknown or sent more than once."
        case .latePseudoField: "A pseudo-header field comes after another field."
        case .missingPseudoField: ":method, :scheme or :path is missing."
        case .scheme: ":scheme is neither http nor https."
        case .path: ":path is neither a path nor *."
        case .hostMismatch: "Host is not what :authority says."
        case .length: "The body is not as long as Content-Length says."
        case .trailers: "The trailer section is malformed."
        }
    }

    @inline(never)
    var failure: Failure { .malformedHTTP(reason) }
}

/// Turns the fields of an HTTP/2 request into the bytes of an HTTP/1.1 head, which the one strict parser reads then.
///
/// What could make one field or line into two, or frame the body in another way, is refused here: names are lower-case tokens, values
/// have no control characters, pseudo-header fields come first, once, and no others; nothing of what HTTP/1.1 frames or upgrades
/// by is let in. Everything else (the forms of target and host, limits, repeated lengths) is the parser's to judge.
struct ServerRequestHead {
    private(set) var isHead = false
    /// What `content-length` says; -1 without it, or when it is not a plain number, which the parser refuses.
    private(set) var length = -1
    private var method: String?
    private var scheme: String?
    private var path: String?
    private var authority: String?
    private var cookies: String?
    private var hasBegun = false
    private var hasHost = false

    /// Appends the head to a buffer. After a fault its contents mean nothing.
    /// - Parameter ends: whether the request has no body.
    mutating func write(_ headers: HPACKHeaders, ends: Bool, into buffer: inout ByteBuffer) -> StreamFault? {
        for (name, value, _) in headers {
            if name.utf8.first == 0x3A {
                if hasBegun { return .latePseudoField }
                if let fault = pseudo(name, value) { return fault }
            } else {
                if !hasBegun, let fault = begin(&buffer) { return fault }
                if let fault = field(name, value, &buffer) { return fault }
            }
        }
        if !hasBegun, let fault = begin(&buffer) { return fault }
        if let cookies {
            buffer.writeStaticString("cookie: ")
            buffer.writeString(cookies)
            buffer.writeStaticString("\r\n")
        }
        if ends {
            if length > 0 { return .length }
        } else if length < 0 {
            buffer.writeStaticString("transfer-encoding: chunked\r\n")
        }
        buffer.writeStaticString("\r\n")
        return nil
    }

    private mutating func pseudo(_ name: String, _ value: String) -> StreamFault? {
        switch name {
        case ":method": return Self.set(&method, value)
        case ":scheme": return Self.set(&scheme, value)
        case ":path": return Self.set(&path, value)
        case ":authority": return Self.set(&authority, value)
        default: return .pseudoField
        }
    }

    private static func set(_ field: inout String?, _ value: String) -> StreamFault? {
        guard field == nil else { return .pseudoField }
        field = value
        return nil
    }

    /// Writes the request line, and Host.
    private mutating func begin(_ buffer: inout ByteBuffer) -> StreamFault? {
        hasBegun = true
        guard let method else { return .missingPseudoField }
        // CONNECT has neither :scheme nor :path (RFC 9113, section 8.5); the parser says that it is not served.
        guard method != "CONNECT" else {
            buffer.writeStaticString("CONNECT / HTTP/1.1\r\nhost: connect\r\n")
            hasHost = true
            authority = nil
            return nil
        }
        guard let scheme, let path else { return .missingPseudoField }
        guard scheme == "http" || scheme == "https" else { return .scheme }
        guard Self.all(method, ByteClasses.isToken) else { return .fieldValue }
        guard path.utf8.first == 0x2F || path == "*", Self.all(path, { $0 > 0x20 && $0 < 0x7F }) else { return .path }
        isHead = method == "HEAD"
        buffer.writeString(method)
        buffer.writeStaticString(" ")
        buffer.writeString(path)
        buffer.writeStaticString(" HTTP/1.1\r\n")
        if let authority {
            guard Self.all(authority, { $0 > 0x20 && $0 < 0x7F }) else { return .fieldValue }
            buffer.writeStaticString("host: ")
            buffer.writeString(authority)
            buffer.writeStaticString("\r\n")
        }
        return nil
    }

    private mutating func field(_ name: String, _ value: String, _ buffer: inout ByteBuffer) -> StreamFault? {
        guard Self.isName(name) else { return .fieldName }
        guard Self.isValue(value) else { return .fieldValue }
        switch Self.known(name) {
        case .connection, .proxyConnection, .keepAlive, .transferEncoding, .upgrade:
            return .connectionField
        case .te:
            guard value == "trailers" else { return .te }
        case .host:
            if let authority {
                guard !hasHost, Self.areEqual(authority, value) else { return .hostMismatch }
                hasHost = true
                return nil
            }
        case .contentLength:
            // The parser refuses what is sent twice or is no number.
            length = Self.decimal(value)
        case .cookie:
            // Crumbs become one field again (RFC 9113, section 8.2.3).
            cookies = cookies.map { $0 + "; " + value } ?? value
            return nil
        default: break
        }
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
        return nil
    }

    // MARK: Trailers

    /// Appends the fields of a trailer section as lines. The decoder of chunks judges which of them go on, and how many may be.
    static func writeTrailers(_ headers: HPACKHeaders, into buffer: inout ByteBuffer) -> StreamFault? {
        for (name, value, _) in headers {
            guard isName(name), isValue(value) else { return .trailers }
            switch known(name) {
            case .connection, .proxyConnection, .keepAlive, .transferEncoding, .upgrade, .te, .contentLength, .host:
                return .trailers
            default: break
            }
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        return nil
    }

    // MARK: Bytes

    @inline(__always)
    private static func all(_ text: String, _ isGood: (UInt8) -> Bool) -> Bool {
        guard !text.isEmpty else { return false }
        for byte in text.utf8 where !isGood(byte) { return false }
        return true
    }

    private static func isName(_ name: String) -> Bool {
        all(name) { ByteClasses.isToken($0) && $0 &- 0x41 >= 26 }
    }

    /// Field values have neither control characters nor white space around them (RFC 9113, section 8.2.1).
    private static func isValue(_ value: String) -> Bool {
        let isGood = value.utf8.withContiguousStorageIfAvailable { bytes -> Bool in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
            if isSpace(base[0]) || isSpace(base[bytes.count - 1]) { return false }
            return ByteClasses.isFieldContent(base, bytes.count)
        }
        return isGood ?? false
    }

    private static func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x09 }

    private static func known(_ name: String) -> KnownHeader {
        name.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { KnownHeader.named($0, bytes.count) } ?? .other
        } ?? .other
    }

    private static func decimal(_ value: String) -> Int {
        value.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { FramingFields.decimal($0, bytes.count) } ?? -1
        } ?? -1
    }

    /// Host names know no case.
    private static func areEqual(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        for (x, y) in zip(a.utf8, b.utf8) where lower(x) != lower(y) { return false }
        return true
    }

    private static func lower(_ c: UInt8) -> UInt8 { c &- 0x41 < 26 ? c | 0x20 : c }
}

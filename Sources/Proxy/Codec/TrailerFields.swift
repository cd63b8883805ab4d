import RouteGraph

/// What becomes of a trailer field (RFC 9110, section 6.5.1).
enum TrailerFields {
    enum Use {
        case forward, drop
        /// The message is a bad one.
        case refuse
    }

    /// Names and beginnings of names, of fields that frame or route a message, modify a request, prove somebody, control caches or
    /// say what the content is. None of those may come after the content: who has acted already can't take them into account, and who
    /// merges trailers into the head would be told something that nobody before it was told.
    private static let names: [StaticString] = [
        "age", "cache-control", "expires", "pragma", "vary", "warning", "location", "retry-after", "max-forwards",
        "range",
        "referer", "origin", "from", "forwarded", "www-authenticate", "authentication-info",
        "upgrade-insecure-requests",
        "strict-transport-security", "allow", "refresh", "link", "alt-svc", "early-data", "http2-settings",
    ]
    private static let beginnings: [StaticString] = [
        "content-", "if-", "accept", "x-forwarded", "x-real-", "x-original-", "x-rewrite-", "x-http-method",
        "x-method-",
        "proxy-", "sec-", "access-control-", "waybill-", "ratelimit", "idempotency-", "deprecation",
    ]

    /// - Parameter name: a token.
    @inline(never)
    static func use(of name: UnsafePointer<UInt8>, _ count: Int) -> Use {
        switch KnownHeader.named(name, count) {
        case .contentLength, .transferEncoding: return .refuse
        case .other: break
        default: return .drop
        }
        switch KnownHeader.imitated(name, count) {
        case .contentLength, .transferEncoding: return .refuse
        case .other: break
        default: return .drop
        }
        for word in names where ByteClasses.equals(name, count, word) { return .drop }
        for word in beginnings
        where count >= word.utf8CodeUnitCount && ByteClasses.equals(name, word.utf8CodeUnitCount, word) { return .drop }
        return .forward
    }
}

/// A request method (RFC 9110, section 9). Methods that the gateway has no rule for are `other`; their bytes stay in the head.
public enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, head, post, put, delete, patch, options, other

    /// The method's name on the wire; empty for `other`.
    public var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .other: ""
        }
    }

    /// Whether repeating the request cannot do more than sending it once (RFC 9110, section 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options: true
        case .post, .patch, .other: false
        }
    }

    /// Whether the request only asks (RFC 9110, section 9.2.1).
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .post, .put, .delete, .patch, .other: false
        }
    }

    /// Whether a body has a meaning with this method (RFC 9110, section 9.3). Servers are known that leave one unread with the
    /// others, and would take its bytes for their next request.
    public var takesBody: Bool {
        switch self {
        case .post, .put, .patch: true
        case .get, .head, .delete, .options, .other: false
        }
    }

    /// The method of these bytes. Methods are case-sensitive.
    public static func named(_ p: UnsafePointer<UInt8>, _ count: Int) -> HTTPMethod {
        let candidate: HTTPMethod
        switch count {
        case 3: candidate = p[0] == 0x47 ? .get : .put
        case 4: candidate = p[0] == 0x50 ? .post : .head
        case 5: candidate = .patch
        case 6: candidate = .delete
        case 7: candidate = .options
        default: return .other
        }
        let name = candidate.name.utf8Start
        for i in 0..<count where p[i] != name[i] { return .other }
        return candidate
    }

    /// The method with this name in a route file, where only the upper-case spelling is a method.
    public init?(_ text: String) {
        for method in HTTPMethod.allCases where method != .other && method.name.description == text {
            self = method
            return
        }
        return nil
    }
}

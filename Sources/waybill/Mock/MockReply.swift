import RouteGraph

/// One answer of the mock partner, and the requests that it is for. The first reply that matches is given.
struct MockReply: Sendable {
    /// What a request must have; an empty one matches every request.
    struct Match: Sendable, Equatable {
        var method: String?
        /// Without query. `{name}` stands for one segment, a `*` at the end for any rest.
        var path: String?
        /// Local name of the SOAP body's first element, or of another XML document's root.
        var element: String?
        /// Texts that must all occur in the body.
        var contains: [String] = []
    }

    var match = Match()
    var status = 200
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var delayMilliseconds = 0
    var fault: MockFault?
    /// Given this often, then the search goes on behind it; nil: always.
    var times: Int?

    init(
        match: Match = Match(), status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        delayMilliseconds: Int = 0, fault: MockFault? = nil, times: Int? = nil
    ) {
        self.match = match
        self.status = status
        self.headers = headers
        self.body = body
        self.delayMilliseconds = delayMilliseconds
        self.fault = fault
        self.times = times
    }

    init(match: Match = Match(), status: Int = 200, text: String) {
        self.init(match: match, status: status, body: Array(text.utf8))
    }
}

/// The ways in which a partner can misbehave (`waybill mock --fault`). Of HTTP/2 see ``MockStream``.
enum MockFault: String, Sendable, CaseIterable {
    /// Nobody listens on the port. For the whole partner only.
    case refuse
    /// The connection is reset once the request is there.
    case reset
    /// The request is read and never answered.
    case hang
    /// The answer comes byte by byte.
    case drip
    /// The answer is not HTTP.
    case garbage
    /// The answer is shorter than its Content-Length says, and the connection ends.
    case wrongLength = "wrong-length"
    /// The connection is reset after some bytes of the answer (`--after`).
    case resetMidway = "reset-midway"
    /// A fatal TLS alert in the place of an answer; without TLS the connection is reset.
    case tlsAlert = "tls-alert"
    /// Interim answers (103), and never a final one.
    case interimFlood = "interim-flood"
    /// A head that does not end.
    case endlessHeaders = "endless-headers"
    /// Half of the answer, then this side of the connection is closed.
    case halfClose = "half-close"
    /// A SOAP fault (1.1, or 1.2 when the request is 1.2) with status 500.
    case soapFault = "soap-fault"
}

/// The mock partner's certificate, and whom it lets in.
struct MockTLS: Sendable {
    /// PEM texts.
    var certificate: String
    var key: String
    /// With it, every client must show a certificate that this authority issued.
    var clientAuthority: String?
}

struct MockOptions: Sendable {
    var host = "127.0.0.1"
    /// 0: a free port.
    var port = 0
    var tls: MockTLS?
    /// `auto` needs TLS, which negotiates the version (ALPN); without it that is HTTP/1.1.
    var versions = HTTPVersions.http1
    var replies: [MockReply] = []
    /// Asked before the replies; nil leaves the answer to them.
    var respond: (@Sendable (MockReceived) -> MockReply?)?
    /// Added to each reply's own delay.
    var delayMilliseconds = 0
    /// In the place of each reply's status.
    var status: Int?
    /// In the place of each reply's fault.
    var fault: MockFault?
    var dripMilliseconds = 20
    /// Bytes of the answer before `reset-midway` resets.
    var resetAfterBytes = 100
    /// Newest requests that are kept to be looked at.
    var keepReceived = 1000
}

/// What the mock partner was sent.
struct MockReceived: Sendable {
    var method: String
    /// With the query.
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Local name of the SOAP body's first element, or of another XML document's root.
    var element: String?
    /// The client certificate's subject (RFC 4514), over mTLS.
    var clientSubject: String?
    /// Counts the connections from 1.
    var connection: Int

    var path: String { String(target.prefix { $0 != "?" }) }
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension MockReply.Match {
    func fits(_ request: MockReceived) -> Bool {
        if let method, method.uppercased() != request.method { return false }
        if let path, !MockReply.Match.pathFits(path, request.path) { return false }
        if let element, element != request.element { return false }
        return contains.allSatisfy { MockReply.Match.occurs(Array($0.utf8), in: request.body) }
    }

    static func pathFits(_ pattern: String, _ path: String) -> Bool {
        if pattern.hasSuffix("*") { return prefixFits(pattern.dropLast(), path) }
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let given = path.split(separator: "/", omittingEmptySubsequences: false)
        guard wanted.count == given.count else { return false }
        return zip(wanted, given).allSatisfy { $0 == $1 || $0.hasPrefix("{") && $0.hasSuffix("}") && !$1.isEmpty }
    }

    private static func prefixFits(_ prefix: Substring, _ path: String) -> Bool {
        guard prefix.contains("{") else { return path.hasPrefix(prefix) }
        let wanted = prefix.split(separator: "/", omittingEmptySubsequences: false)
        let given = path.split(separator: "/", maxSplits: wanted.count - 1, omittingEmptySubsequences: false)
        guard wanted.count == given.count, let last = wanted.last, let rest = given.last else { return false }
        return rest.hasPrefix(last)
            && pathFits(
                wanted.dropLast().joined(separator: "/"), given.dropLast().joined(separator: "/"))
    }

    static func occurs(_ text: [UInt8], in body: [UInt8]) -> Bool {
        guard let first = text.first else { return true }
        guard body.count >= text.count else { return false }
        var start = 0
        while let found = body[start...(body.count - text.count)].firstIndex(of: first) {
            if body[found..<(found + text.count)].elementsEqual(text) { return true }
            start = found + 1
            if start > body.count - text.count { return false }
        }
        return false
    }
}

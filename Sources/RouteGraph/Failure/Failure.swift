public import Contracts

/// What kind of trouble ended a call; a consumer can branch on it (`category` of the problem details).
public enum FailureCategory: String, Sendable, CaseIterable {
    case authentication, authorization, routing, contract, rule, mapping, rate, concurrency, circuit, transport, timeout
    case partner
    case `internal`
}

/// Whether the consumer may send the same call again.
public enum RetryAdvice: String, Sendable, CaseIterable {
    case never, later, safe
}

/// What went wrong between the gateway and a partner before a usable answer was there (`transport:` in an error table).
public enum TransportFailure: String, Sendable, CaseIterable {
    case connect, tls, timeout, reset
    case invalidResponse = "invalid-response"
    case circuitOpen = "circuit-open"
    case queueFull = "queue-full"
    /// The proxy on the way to the partner can't be reached, or does not let the connection through.
    case proxy
}

/// A call that does not end as its operation hopes. One small value says all that the answer, the metrics and the audit
/// record need; ``ProblemWriter`` is the one place that turns it into bytes.
public struct Failure: Error, Sendable, Equatable {
    /// Stable identifier, for example `amount-over-limit`.
    public var code: String
    public var category: FailureCategory
    /// The HTTP status of the answer.
    public var status: Int
    public var retry: RetryAdvice
    public var title: String
    public var detail: String?
    /// The partner's own code, when it gave one.
    public var partnerCode: String?
    public var violations: [Violation]
    /// Value of `Allow` on a 405 answer (RFC 9110, section 15.5.6).
    public var allow: String?
    /// Seconds for `Retry-After`.
    public var retryAfter: Int?
    /// Whether the connection cannot be used after this, since its framing is in doubt.
    public var closesConnection: Bool

    public init(
        _ code: String, _ category: FailureCategory, status: Int, retry: RetryAdvice = .never, title: String,
        detail: String? = nil, partnerCode: String? = nil, violations: [Violation] = [], allow: String? = nil,
        retryAfter: Int? = nil, closesConnection: Bool = false
    ) {
        self.code = code
        self.category = category
        self.status = status
        self.retry = retry
        self.title = title
        self.detail = detail
        self.partnerCode = partnerCode
        self.violations = violations
        self.allow = allow
        self.retryAfter = retryAfter
        self.closesConnection = closesConnection
    }
}

// MARK: - The gateway's own failures

extension Failure {
    @inline(never) public static func badRequest(_ detail: String, closesConnection: Bool = false) -> Failure {
        Failure(
            "bad-request", .contract, status: 400, title: "The request cannot be read", detail: detail,
            closesConnection: closesConnection)
    }

    /// HTTP framing that is ambiguous or malformed (RFC 9112): the connection ends with the answer.
    @inline(never) public static func malformedHTTP(_ detail: String, status: Int = 400) -> Failure {
        Failure(
            "malformed-http", .routing, status: status, title: "The HTTP message is not acceptable", detail: detail,
            closesConnection: true)
    }

    @inline(never) public static func headerTooLarge(_ limit: Int) -> Failure {
        Failure(
            "header-too-large", .routing, status: 431, title: "The request head is too large",
            detail: "At most \(limit) bytes are accepted.", closesConnection: true)
    }

    @inline(never) public static func bodyTooLarge(_ limit: Int) -> Failure {
        Failure(
            "body-too-large", .contract, status: 413, title: "The request body is too large",
            detail: "At most \(limit) bytes are accepted.", closesConnection: true)
    }

    @inline(never) public static func notFound() -> Failure {
        Failure("no-operation", .routing, status: 404, title: "No operation answers at this path")
    }

    @inline(never) public static func methodNotAllowed(_ allow: String) -> Failure {
        Failure(
            "method-not-allowed", .routing, status: 405, title: "The operation at this path has another method",
            detail: "Allowed here: \(allow).", allow: allow)
    }

    @inline(never) public static func unauthenticated() -> Failure {
        Failure(
            "unauthenticated", .authentication, status: 401, title: "The consumer is not known",
            detail: "Send a valid API key, or present a client certificate that the gateway knows.")
    }

    @inline(never) public static func forbidden() -> Failure {
        Failure(
            "not-allowed", .authorization, status: 403, title: "The consumer may not call this operation")
    }

    /// The operation can't be run now: a secret is missing, the audit trail can't be written, the gateway drains.
    @inline(never) public static func unavailable(_ detail: String, retryAfter: Int? = nil) -> Failure {
        Failure(
            "unavailable", .internal, status: 503, retry: .later, title: "The operation is not available now",
            detail: detail, retryAfter: retryAfter)
    }

    /// More calls are under way than the gateway's settings allow.
    @inline(never) public static func overloaded() -> Failure {
        Failure(
            "overloaded", .concurrency, status: 503, retry: .later, title: "The gateway has too many calls under way",
            retryAfter: 1)
    }

    /// The process uses more memory than its settings allow.
    @inline(never) public static func memoryIsLow() -> Failure {
        Failure(
            "overloaded", .concurrency, status: 503, retry: .later, title: "The gateway has too little memory left",
            retryAfter: 2)
    }

    @inline(never) public static func requestTimeout() -> Failure {
        Failure(
            "request-timeout", .timeout, status: 408, retry: .safe, title: "The request did not arrive in time",
            closesConnection: true)
    }

    /// A rate limit has no room, and the call has waited as long as it may.
    @inline(never) public static func rateLimited() -> Failure {
        Failure("rate-limited", .rate, status: 429, retry: .later, title: "Too many calls in this time")
    }

    @inline(never) public static func unsupportedMediaType(_ detail: String) -> Failure {
        Failure(
            "unsupported-media-type", .contract, status: 415, title: "The body has a format that is not accepted",
            detail: detail)
    }

    @inline(never) public static func expectationFailed() -> Failure {
        Failure(
            "expectation-failed", .routing, status: 417, title: "The expectation cannot be met",
            closesConnection: true)
    }

    /// A partner's failure that no error table has a row for: a pass-through operation, or none declared.
    @inline(never) public static func transport(_ failure: TransportFailure) -> Failure {
        let category: FailureCategory
        let status: Int
        let title: String
        switch failure {
        case .connect: (category, status, title) = (.transport, 502, "The partner cannot be reached")
        case .tls: (category, status, title) = (.transport, 502, "No secure connection to the partner could be made")
        case .timeout: (category, status, title) = (.timeout, 504, "The partner did not answer in time")
        case .reset: (category, status, title) = (.transport, 502, "The partner ended the connection")
        case .invalidResponse: (category, status, title) = (.partner, 502, "The partner's answer cannot be read")
        case .circuitOpen: (category, status, title) = (.circuit, 503, "The partner is failing and is not called now")
        case .queueFull: (category, status, title) = (.concurrency, 503, "Too many calls wait for the partner")
        case .proxy: (category, status, title) = (.transport, 502, "The proxy before the partner lets no call through")
        }
        return Failure("partner-\(failure.rawValue)", category, status: status, retry: .later, title: title)
    }
}

public import Contracts
public import Documents
public import FEEL

/// Text made at run time of constants and expressions: a path of a call, a header, a problem's detail.
public enum TextPlan: Sendable {
    case constant(String)
    case program(FEELProgram)
}

/// One piece of a target path.
public enum PathPiece: Sendable {
    case literal(String)
    /// Percent-encoded where it lands (RFC 3986, section 2.1).
    case expression(FEELProgram)
}

/// The request that is sent to the partner.
public struct CallPlan: Sendable {
    public var method: String
    public var path: [PathPiece]
    public var query: [QueryPlan]
    public var headers: [(name: String, value: TextPlan)]
    /// `Content-Type` of the mapped body; nil when none is sent.
    public var contentType: String?
    /// What proves us to the partner, complete header lines. A secret.
    public var credentials: Secret?
    public var soapAction: String?
    public var accept: String?

    public init(
        method: String, path: [PathPiece], query: [QueryPlan] = [],
        headers: [(name: String, value: TextPlan)] = [], contentType: String? = nil, credentials: Secret? = nil,
        soapAction: String? = nil, accept: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.contentType = contentType
        self.credentials = credentials
        self.soapAction = soapAction
        self.accept = accept
    }
}

/// A rule: when it holds, the call is refused.
public struct RulePlan: Sendable {
    public var name: String
    public var origin: String
    public var when: FEELProgram
    public var text: String
    public var failure: Failure
    public var title: TextPlan?
    public var detail: TextPlan?

    public init(
        name: String, origin: String, when: FEELProgram, text: String, failure: Failure, title: TextPlan? = nil,
        detail: TextPlan? = nil
    ) {
        self.name = name
        self.origin = origin
        self.when = when
        self.text = text
        self.failure = failure
        self.title = title
        self.detail = detail
    }
}

/// One row of an error-mapping table. All conditions that it has must hold.
public struct ErrorRowPlan: Sendable {
    public struct StatusRange: Sendable {
        public var low: Int
        public var high: Int
        public init(low: Int, high: Int) {
            self.low = low
            self.high = high
        }
    }

    public var origin: String
    /// Patterns (with `*`) of a SOAP fault's code or text.
    public var faults: [String] = []
    public var partnerCodes: [String] = []
    public var statuses: [StatusRange] = []
    public var transports: [TransportFailure] = []
    public var when: FEELProgram?
    public var isOtherwise = false
    /// Status, code, category and advice of the answer.
    public var failure: Failure
    public var title: TextPlan?
    public var detail: TextPlan?

    public init(origin: String, failure: Failure) {
        self.origin = origin
        self.failure = failure
    }
}

/// An error-mapping table.
public final class ErrorTablePlan: Sendable {
    public let rows: [ErrorRowPlan]
    /// Where this partner puts its own code.
    public let partnerCode: FEELProgram?
    /// Codes that are no errors; nil when a code never makes an error of a 200.
    public let success: [String]?

    public init(rows: [ErrorRowPlan], partnerCode: FEELProgram?, success: [String]?) {
        self.rows = rows
        self.partnerCode = partnerCode
        self.success = success
    }

    /// Whether nothing in it is computed.
    public var hasNoPrograms: Bool {
        partnerCode == nil
            && rows.allSatisfy { row in
                guard row.when == nil else { return false }
                for text in [row.title, row.detail] { if case .program? = text { return false } }
                return true
            }
    }
}

/// What a mediated operation does between its two bodies.
public final class MediationPlan: Sendable {
    /// Format of the consumer's body.
    public let accepts: Document.Format
    /// Holds the consumer's body against its contract; nil without one.
    public let requestContract: (any MessageValidator)?
    public let rules: [RulePlan]
    /// nil sends no body (GET) or, with ``forwardsBody``, the consumer's own.
    public let request: MappingPlan?
    public let forwardsBody: Bool
    public let call: CallPlan
    /// Format of the partner's answer.
    public let partnerFormat: Document.Format
    public let isSOAP: Bool
    /// Holds the partner's answer against its contract; nil without one.
    public let answerContract: (any MessageValidator)?
    /// nil hands the partner's answer on as it is.
    public let response: MappingPlan?
    public let responseStatus: Int
    public let responseContentType: String
    /// How a facade's answers differ; nil for an operation that is not called by SOAP.
    public let facade: FacadePlan?
    public let errors: ErrorTablePlan?
    /// How repeated calls are known; nil makes each one a call.
    public var idempotency: IdempotencyPlan? { rareIdempotency.wrappedValue }
    private let rareIdempotency: Rare<IdempotencyPlan>
    /// ``OperationPlan/cache`` of a mediated operation.
    public let cache: CachePlan?

    public init(
        accepts: Document.Format, requestContract: (any MessageValidator)? = nil, rules: [RulePlan],
        request: MappingPlan?, forwardsBody: Bool, call: CallPlan,
        partnerFormat: Document.Format, isSOAP: Bool, answerContract: (any MessageValidator)? = nil,
        response: MappingPlan?, responseStatus: Int, responseContentType: String, facade: FacadePlan? = nil,
        errors: ErrorTablePlan?, idempotency: IdempotencyPlan? = nil, cache: CachePlan? = nil
    ) {
        self.accepts = accepts
        self.requestContract = requestContract
        self.rules = rules
        self.request = request
        self.forwardsBody = forwardsBody
        self.call = call
        self.partnerFormat = partnerFormat
        self.isSOAP = isSOAP
        self.answerContract = answerContract
        self.response = response
        self.responseStatus = responseStatus
        self.responseContentType = responseContentType
        self.facade = facade
        self.errors = errors
        rareIdempotency = Rare(wrappedValue: idempotency)
        self.cache = cache
    }
}

/// What an operation of a SOAP facade adds to its mediation: callers choose the version of SOAP.
public struct FacadePlan: Sendable {
    /// ``MediationPlan/response`` is the answer in SOAP 1.1; this is the one in SOAP 1.2.
    public var response12: MappingPlan?
    /// Whether callers expect no answer (WSDL 1.1, section 2.4.1).
    public var isOneWay: Bool

    public init(response12: MappingPlan?, isOneWay: Bool) {
        self.response12 = response12
        self.isOneWay = isOneWay
    }
}

/// One operation: where it is called, by whom, and what it does.
public final class OperationPlan: Sendable {
    public let name: String
    public let partner: String
    /// Position in ``RouteGraph/operations``; metrics are kept by it within one generation.
    public let index: Int
    /// Position in ``RouteGraph/upstreams``.
    public let upstream: Int
    /// Consumers that may call, by position in ``RouteGraph/consumers``.
    public let allowed: Set<Int>
    public let summary: String
    /// What `accept` says: method and path.
    public let accept: String
    /// nil passes bytes through.
    public let mediation: MediationPlan?
    /// Pass-through: method sent, nil for the consumer's own.
    public let passThroughMethod: String?
    /// Pass-through: path sent, nil for the consumer's own.
    public let passThroughPath: [PathPiece]?
    public let passThroughHeaders: [(name: String, value: TextPlan)]
    public let passThroughCredentials: Secret?
    /// Names, in lower case, of the fields that ``passThroughHeaders`` and ``passThroughCredentials`` write.
    let passThroughOwnFields: [[UInt8]]
    /// Why the operation can't be run, when it can't: a missing secret, for example.
    public var blocked: Failure? { rareBlocked.wrappedValue }
    private let rareBlocked: Rare<Failure>
    /// Names of the path parameters, in the order of the pattern.
    public let parameters: [String]
    /// `audit.capture`: whether bodies are recorded, and which paths are redacted in them.
    public let capturesBodies: Bool
    public let redacted: [String]
    /// How often the operation may be called, by all consumers together.
    public var rate: RateLimitPlan? { rareRate.wrappedValue }
    private let rareRate: Rare<RateLimitPlan>
    /// What the partner's new version has to do with it; nil for nothing.
    public var next: OperationVersionPlan? { rareNext.wrappedValue }
    private let rareNext: Rare<OperationVersionPlan>
    /// Which answers are kept for a while; nil keeps none.
    public let cache: CachePlan?

    public init(
        name: String, partner: String, index: Int, upstream: Int, allowed: Set<Int>, summary: String, accept: String,
        mediation: MediationPlan?, passThroughMethod: String? = nil, passThroughPath: [PathPiece]? = nil,
        passThroughHeaders: [(name: String, value: TextPlan)] = [], passThroughCredentials: Secret? = nil,
        blocked: Failure? = nil, parameters: [String] = [], capturesBodies: Bool = false, redacted: [String] = [],
        rate: RateLimitPlan? = nil, next: OperationVersionPlan? = nil, cache: CachePlan? = nil
    ) {
        self.name = name
        self.partner = partner
        self.index = index
        self.upstream = upstream
        self.allowed = allowed
        self.summary = summary
        self.accept = accept
        self.mediation = mediation
        self.passThroughMethod = passThroughMethod
        self.passThroughPath = passThroughPath
        self.passThroughHeaders = passThroughHeaders
        self.passThroughCredentials = passThroughCredentials
        passThroughOwnFields =
            passThroughHeaders.map { Array($0.name.lowercased().utf8) }
            + (passThroughCredentials?.fieldNames ?? [])
        rareBlocked = Rare(wrappedValue: blocked)
        self.parameters = parameters
        self.capturesBodies = capturesBodies
        self.redacted = redacted
        rareRate = Rare(wrappedValue: rate)
        rareNext = Rare(wrappedValue: next)
        self.cache = cache ?? mediation?.cache
    }

    /// The same operation at another place of a graph.
    public func placed(at index: Int, upstream: Int) -> OperationPlan {
        if index == self.index, upstream == self.upstream { return self }
        return OperationPlan(
            name: name, partner: partner, index: index, upstream: upstream, allowed: allowed, summary: summary,
            accept: accept, mediation: mediation, passThroughMethod: passThroughMethod,
            passThroughPath: passThroughPath, passThroughHeaders: passThroughHeaders,
            passThroughCredentials: passThroughCredentials, blocked: blocked, parameters: parameters,
            capturesBodies: capturesBodies, redacted: redacted, rate: rate, next: next, cache: cache)
    }

    public var isPassThrough: Bool { mediation == nil }

    /// `partner.operation`, unique in a graph and stable across reloads.
    public var identity: String { "\(partner).\(name)" }
}

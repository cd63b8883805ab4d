/// The stages of a call, in order. The names are the same in metrics, in `explain`, in the audit record and in the docs.
public enum Stage: UInt8, Sendable, CaseIterable {
    case match, authenticate, authorise, admit, read, validate, decide, map, sign, call
    case readAnswer = 10
    case validateAnswer, mapBack, respond

    public var name: StaticString {
        switch self {
        case .match: "match"
        case .authenticate: "authenticate"
        case .authorise: "authorise"
        case .admit: "admit"
        case .read: "read"
        case .validate: "validate"
        case .decide: "decide"
        case .map: "map"
        case .sign: "sign"
        case .call: "call"
        case .readAnswer: "read-answer"
        case .validateAnswer: "validate-answer"
        case .mapBack: "map-back"
        case .respond: "respond"
        }
    }
}

/// How a call ended.
public enum Outcome: UInt8, Sendable, CaseIterable {
    /// The operation's own answer went out.
    case answered
    /// The gateway refused: authentication, routing, contract, rule, mapping, limits.
    case refused
    /// The partner answered with an error, or could not be reached.
    case partnerFailed
    /// The consumer went away before the answer.
    case abandoned

    public var name: StaticString {
        switch self {
        case .answered: "answered"
        case .refused: "refused"
        case .partnerFailed: "partner-failed"
        case .abandoned: "abandoned"
        }
    }
}

/// One try to reach the partner.
public struct Attempt: Sendable {
    /// Nanoseconds on the monotonic clock.
    public var started: Int64
    public var ended: Int64 = 0
    /// The partner's status; 0 when none came.
    public var status = 0
    public var failure: TransportFailure?
    /// Whether an open connection was used again.
    public var reusedConnection = false
    /// Which of the partner's places it went to; 0 is the first.
    public var place = 0
    /// Whether it went to the partner's new version.
    public var isNext = false

    public init(started: Int64) {
        self.started = started
    }
}

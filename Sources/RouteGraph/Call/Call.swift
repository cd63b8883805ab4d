public import Contracts
public import Documents

/// One call on its way through the gateway: what was received, who sent it, what it became, and what is to be recorded of it.
///
/// A call belongs to one event loop. Calls are pooled there: ``begin(at:wallClock:)`` makes a used one new, keeping its memory.
public final class Call {
    /// The most path parameters a pattern may have.
    public static let maximumParameters = 16
    /// The longest correlation ID that is accepted from a consumer.
    public static let maximumCorrelation = 128

    public let head = MessageHead()
    public let partnerHead = MessageHead()
    public let requestBody = Document()
    public let partnerBody = Document()

    /// The graph that the call began with and ends with, whatever is installed meanwhile.
    public var graph: RouteGraph?
    public var operation: OperationPlan?
    /// The facade that the call came through, and the version of SOAP that its caller speaks.
    public var service: ServicePlan?
    public var serviceVersion = SOAPVersion.v11
    /// Whether the call came over TLS.
    public var isSecure = false
    /// Position in ``RouteGraph/consumers``.
    public var consumer: Int?
    public var hasRequestBody = false
    public var hasPartnerBody = false

    // MARK: Identity

    let correlationBytes: UnsafeMutablePointer<UInt8> = .allocate(capacity: Call.maximumCorrelation)
    public internal(set) var correlationCount = 0
    /// Trace ID (32 hex digits) and our span ID (16), as in W3C Trace Context, section 3.2.
    let traceBytes: UnsafeMutablePointer<UInt8> = .allocate(capacity: 48)
    public internal(set) var traceFlags: UInt8 = 1
    public internal(set) var hasTrace = false

    public var correlation: UnsafeBufferPointer<UInt8> { .init(start: correlationBytes, count: correlationCount) }
    public var traceID: UnsafeBufferPointer<UInt8> { .init(start: traceBytes, count: hasTrace ? 32 : 0) }
    public var spanID: UnsafeBufferPointer<UInt8> { .init(start: traceBytes + 32, count: hasTrace ? 16 : 0) }

    // MARK: Path parameters

    private let parameterStarts: UnsafeMutablePointer<Int32> = .allocate(capacity: 2 * Call.maximumParameters)
    public internal(set) var parameterCount = 0

    func addParameter(start: Int, count: Int) {
        guard parameterCount < Self.maximumParameters else { return }
        parameterStarts[2 * parameterCount] = Int32(truncatingIfNeeded: start)
        parameterStarts[2 * parameterCount + 1] = Int32(truncatingIfNeeded: count)
        parameterCount &+= 1
    }

    /// The parameter at this position, still percent-encoded.
    public func parameter(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
        guard index < parameterCount else { return nil }
        return UnsafeBufferPointer(
            start: head.bytes + Int(parameterStarts[2 * index]), count: Int(parameterStarts[2 * index + 1]))
    }

    // MARK: What is recorded

    /// Wall clock at the beginning, nanoseconds since 1970.
    public var wallClock: Int64 = 0
    /// Monotonic clock at the beginning, nanoseconds.
    public var started: Int64 = 0
    public var ended: Int64 = 0
    /// Microseconds spent in each stage.
    public let timings: UnsafeMutablePointer<UInt32> = .allocate(capacity: Stage.allCases.count)
    private var mark: Int64 = 0
    public var outcome = Outcome.answered
    /// The status that went to the consumer.
    public var status = 0
    public var failure: Failure?
    public var attempts: [Attempt] = []
    /// Seconds after which a refused call is worth to be made again; 0 when nothing is known.
    public var retryAfter = 0
    /// The rate limit that refused the call.
    public var rateNotice: RateNotice?
    public var partnerStatus = 0
    /// The answer is one that was kept.
    public var isReplay = false
    /// What the cache did for the call; nil without one.
    public var cache: CacheUse?
    /// There is no answer of the partner's that could be understood.
    public var hasLostAnswer = false
    /// What in the partner's answer breaks its contract; recorded, never told to the consumer.
    public var partnerViolations: [Violation] = []
    public var requestBytes = 0
    public var responseBytes = 0
    public var sentBytes = 0
    public var receivedBytes = 0
    /// nil unless the operation keeps bodies.
    public var bodies: CapturedBodies?

    public init() {
        timings.initialize(repeating: 0, count: Stage.allCases.count)
        attempts.reserveCapacity(2)
    }

    deinit {
        correlationBytes.deallocate()
        traceBytes.deallocate()
        parameterStarts.deallocate()
        timings.deallocate()
    }

    /// Makes the call new.
    public func begin(at monotonic: Int64, wallClock: Int64) {
        graph = nil
        operation = nil
        service = nil
        consumer = nil
        hasRequestBody = false
        hasPartnerBody = false
        correlationCount = 0
        hasTrace = false
        traceFlags = 1
        parameterCount = 0
        beginAgain(at: monotonic, wallClock: wallClock)
    }

    /// Makes what is recorded of the call new, and leaves the request as it is: it is made once more.
    public func beginAgain(at monotonic: Int64, wallClock: Int64) {
        hasPartnerBody = false
        self.wallClock = wallClock
        started = monotonic
        mark = monotonic
        ended = 0
        for i in 0..<Stage.allCases.count { timings[i] = 0 }
        outcome = .answered
        status = 0
        failure = nil
        attempts.removeAll(keepingCapacity: true)
        retryAfter = 0
        rateNotice = nil
        partnerStatus = 0
        isReplay = false
        cache = nil
        hasLostAnswer = false
        if !partnerViolations.isEmpty { partnerViolations = [] }
        requestBytes = 0
        responseBytes = 0
        sentBytes = 0
        receivedBytes = 0
        bodies = nil
    }

    /// Keeps a copy of a body for the record, when the operation asks for it.
    @inline(__always)
    func capture(_ part: CapturedBodies.Part, _ bytes: UnsafeRawBufferPointer) {
        guard let operation, operation.capturesBodies else { return }
        keep(part, bytes)
    }

    @inline(never)
    private func keep(_ part: CapturedBodies.Part, _ bytes: UnsafeRawBufferPointer) {
        let bodies = self.bodies ?? CapturedBodies()
        self.bodies = bodies
        bodies.keep(part, bytes)
    }

    /// Books the time since the last mark on a stage.
    @inline(__always)
    public func finish(_ stage: Stage, at monotonic: Int64) {
        let microseconds = (monotonic &- mark) / 1000
        timings[Int(stage.rawValue)] &+= UInt32(clamping: microseconds)
        mark = monotonic
    }

    /// The consumer's name, when it is known.
    public var consumerName: String? {
        guard let consumer, let graph, consumer < graph.consumers.count else { return nil }
        return graph.consumers[consumer].name
    }
}

/// Takes a record of every call of one loop when it has ended. Called on that loop; must not block.
public protocol CallRecorder: AnyObject {
    /// Whether new calls must be refused, since they could not be recorded.
    var refusesCalls: Bool { get }
    func append(_ call: Call)
}

/// Where records of calls go, from all loops.
public protocol CallLog: Sendable {
    /// A recorder for one loop; made before its first call.
    func recorder() -> any CallRecorder
}

/// What a verified client certificate says.
public struct PeerCertificate: Sendable, Equatable {
    /// Distinguished name (RFC 4514).
    public var subject: String

    public init(subject: String) {
        self.subject = subject
    }
}

/// Finds out who calls.
public protocol Authenticator: Sendable {
    /// Position of the caller in ``RouteGraph/consumers``, or nil when it proves nothing.
    func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int?
}

public import Diagnostics
public import RouteGraph

/// What makes a call worth to be made again.
public enum ParsedRetryCause: Sendable, Equatable {
    case transport(TransportFailure)
    case status(ClosedRange<Int>)
}

/// Which failed calls are made again.
public struct ParsedRetry: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var attempts: Located<Int>?
    var backoff: Located<ClosedRange<Duration>>?
    public var causes: [Located<ParsedRetryCause>] = []
    var budget: Located<Percentage>?
    public var idempotencyKey: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

/// When a failing partner is left alone.
public struct ParsedCircuitBreaker: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    var failures: Located<Percentage>?
    public var of: Located<Int>?
    public var within: Located<Duration>?
    public var openFor: Located<Duration>?
    public var slow: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

/// Calls in a time.
public struct ParsedRateLimit: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    var rate: Located<Rate>?
    public var burst: Located<Int>?
    public var wait: Located<Duration>?

    init(span: SourceSpan) { self.span = span }

    var plan: RateLimitPlan? {
        guard let rate = rate?.value else { return nil }
        return RateLimitPlan(
            count: rate.count, interval: rate.interval.bounded, burst: burst?.value ?? 1,
            wait: wait?.value.bounded ?? 0)
    }
}

/// Calls at once.
public struct ParsedConcurrency: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var limit: Located<Int>?
    public var queue: Located<Int>?
    public var adaptive: Located<Bool>?

    init(span: SourceSpan) { self.span = span }
}

/// How long a consumer says that it waits.
public struct ParsedDeadline: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var header: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

/// One place of several where a partner answers.
public struct ParsedPlace: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var url: Located<ParsedURL>?
    public var weight: Located<Int>?
    public var priority: Located<Int>?

    init(span: SourceSpan) { self.span = span }
}

/// How places are asked whether they work.
public struct ParsedHealth: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var path: Located<String>?
    public var interval: Located<Duration>?
    public var timeout: Located<Duration>?
    public var healthy: Located<Int>?
    public var unhealthy: Located<Int>?

    init(span: SourceSpan) { self.span = span }
}

/// When a place that fails is left out.
public struct ParsedOutliers: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var failures: Located<Int>?
    public var ejectFor: Located<Duration>?
    var most: Located<Percentage>?

    init(span: SourceSpan) { self.span = span }
}

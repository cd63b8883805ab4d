public import Diagnostics

/// How partners' names are looked up.
public struct ParsedDNS: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var servers: [Located<ParsedAddress>] = []
    public var ttl: ParsedTTL?
    public var stale: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

/// For how long answers of DNS count.
public struct ParsedTTL: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var minimum: Located<Duration>?
    public var maximum: Located<Duration>?

    init(span: SourceSpan) { self.span = span }
}

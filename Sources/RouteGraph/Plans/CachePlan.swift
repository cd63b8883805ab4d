public import FEEL

/// `cache` of an operation: answers are kept for a while, and given again to calls with the same key.
///
/// Times are nanoseconds.
public final class CachePlan: Sendable {
    /// How long an answer is good.
    public let ttl: Int64
    /// What tells answers apart; nil for the whole request.
    public let key: [FEELProgram]?
    /// Names of headers, in lower case, that are part of the whole request since a mapping reads them.
    public let headers: [[UInt8]]
    /// Whether consumers get each other's answers.
    public let isShared: Bool
    /// Bytes that kept answers may take, over all loops.
    public let bytes: Int
    /// How long after its time an answer may stand in for a partner that fails.
    public let staleIfError: Int64
    /// How long after its time an answer is still given while it is fetched anew.
    public let staleWhileRevalidate: Int64
    /// Changes with everything that an answer depends on: the operation, its partner, its mappings, tables and contracts. It has no
    /// meaning outside of the process.
    public let fingerprint: Int

    public init(
        ttl: Int64, key: [FEELProgram]? = nil, headers: [[UInt8]] = [], isShared: Bool = false, bytes: Int = 16 << 20,
        staleIfError: Int64 = 0,
        staleWhileRevalidate: Int64 = 0, fingerprint: Int = 0
    ) {
        self.ttl = ttl
        self.key = key
        self.headers = headers
        self.isShared = isShared
        self.bytes = bytes
        self.staleIfError = staleIfError
        self.staleWhileRevalidate = staleWhileRevalidate
        self.fingerprint = fingerprint
    }
}

/// What the cache did for a call; recorded by these names.
public enum CacheUse: String, Sendable {
    /// A kept answer in its time.
    case hit
    /// The partner was called.
    case miss
    /// A kept answer after its time.
    case stale
    /// The answer of another call that was under way.
    case coalesced
    /// The call can't be answered from the cache.
    case bypass
    /// A call that nobody waited for: a kept answer is fetched anew.
    case refresh
}

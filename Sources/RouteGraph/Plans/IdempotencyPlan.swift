public import FEEL

/// `idempotency`: the same key gives the same answer, and one call.
public struct IdempotencyPlan: Sendable {
    public enum Source: Sendable {
        /// The field `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
        case header
        case expression(FEELProgram)
    }

    public var source: Source
    /// Whether a call without a key is refused; else it is made as if nothing was declared.
    public var isRequired: Bool
    /// How long an answer is kept, nanoseconds.
    public var keep: Int64
    /// Whether a call whose key is under way waits for that answer; else it is refused.
    public var waits: Bool
    /// Whether a call is made again when nobody knows what became of the first; else it is refused.
    public var retriesUnknown: Bool

    public init(
        source: Source, isRequired: Bool = true, keep: Int64 = 86_400_000_000_000, waits: Bool = true,
        retriesUnknown: Bool = false
    ) {
        self.source = source
        self.isRequired = isRequired
        self.keep = keep
        self.waits = waits
        self.retriesUnknown = retriesUnknown
    }
}

/// `store` of the gateway: where answers are kept.
public struct StorePlan: Sendable, Equatable {
    public var directory: String
    /// Bytes that the file may have at most.
    public var bytes: Int

    public init(directory: String, bytes: Int = 256 << 20) {
        self.directory = directory
        self.bytes = bytes
    }
}

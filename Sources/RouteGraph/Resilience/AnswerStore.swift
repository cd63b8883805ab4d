/// A SHA-256 digest as a value that can be compared and hashed without memory of its own.
public struct Digest256: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    /// - Parameter bytes: 32 bytes; nil for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var words = SIMD4<UInt64>()
        for i in 0..<4 {
            words[i] = bytes[(8 * i)..<(8 * i + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.words = words
    }

    private init(words: SIMD4<UInt64>) { self.words = words }

    public static let zero = Digest256(words: .zero)

    public var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(8 * (7 - $0 % 8))) }
    }
}

/// An answer as it is kept: enough to give it again, and nothing that belongs to one call or connection.
public struct StoredAnswer: Sendable, Equatable {
    public var status: Int
    /// Whole header lines that matter to the consumer: neither framing, date nor correlation.
    public var headers: [UInt8]
    public var body: [UInt8]

    public init(status: Int, headers: [UInt8], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A call that asks for its key.
public struct Reservation: Sendable, Equatable {
    /// Of consumer, operation and key.
    public var key: Digest256
    /// Of method, path, query and body: what has to be the same in a repetition.
    public var fingerprint: Digest256
    /// Tells this call from all others of the process.
    public var ticket: UInt64
    public var waits: Bool
    public var retriesUnknown: Bool
    /// How long the answer is kept, nanoseconds.
    public var keep: Int64

    public init(
        key: Digest256, fingerprint: Digest256, ticket: UInt64, waits: Bool = true, retriesUnknown: Bool = false,
        keep: Int64 = 86_400_000_000_000
    ) {
        self.key = key
        self.fingerprint = fingerprint
        self.ticket = ticket
        self.waits = waits
        self.retriesUnknown = retriesUnknown
        self.keep = keep
    }
}

/// What becomes of a call that asked for its key.
public enum ReservationReply: Sendable, Equatable {
    /// The key is this call's: the reservation is on the disk, and the partner may be called.
    case run
    /// The call was made before: this was its answer.
    case replay(StoredAnswer)
    /// The first call is under way, and this one does not wait.
    case inProgress
    /// The key was used for another request.
    case reused
    /// The call was sent before, and nobody knows what became of it.
    case unknown
    /// The store can't be written: nothing may be called.
    case unavailable
}

/// How a call ends that leaves no answer to be kept.
public enum ReservationEnd: Sendable, Equatable {
    /// The partner has not seen it, or has answered that it may come again: the key is free.
    case released
    /// It was sent, and there was no answer that could be understood.
    case unknown
}

/// Keeps keys and answers so that they survive the process. No method blocks; replies come on a thread of the store's own.
public protocol AnswerStore: Sendable {
    /// False while it waits for another process to let go of what is kept: replies come when it has.
    var isOpen: Bool { get }
    /// The digest of these parts; where one ends and the next begins counts too.
    func digest(_ parts: [UnsafeRawBufferPointer]) -> Digest256
    /// Asks for a key. The reply comes once; it may come late, when a first call is waited for.
    func reserve(_ reservation: Reservation, reply: @escaping @Sendable (ReservationReply) -> Void)
    /// The call gave up before its reply came.
    func withdraw(_ key: Digest256, ticket: UInt64)
    /// Keeps the answer of the call that holds the key. `done` says whether it is on the disk.
    func keep(_ key: Digest256, _ answer: StoredAnswer, done: @escaping @Sendable (Bool) -> Void)
    /// The call that holds the key ends without an answer to keep.
    func settle(_ key: Digest256, _ end: ReservationEnd)
}

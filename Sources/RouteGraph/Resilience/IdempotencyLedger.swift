/// Which keys are under way, and who waits for them: the decisions of `idempotency`, without time, thread or disk.
///
/// ```
///                 ask                      answered
///   (nothing) ──────────► under way ─────────────────────► answered    a repetition gets the answer
///       ▲                  │   │  ▲ ask: joins, or is       │
///       │ released, nobody │   │  │ told that it goes on     │ expired
///       │ waits            │   └──┘                          ▼
///       ├──────────────────┘ released: the first that waits  (nothing)
///       │                    gets the key
///       │ expired, or asked again where that is allowed
///     unknown ◄──── unknown outcome, or the process ended while it was under way
/// ```
/// What is answered or unknown stands in the store alone; the ledger is shown the record that was found there. A record that
/// says "under way" while the ledger knows nothing of it was left by a process that ended: its outcome is unknown.
public struct IdempotencyLedger: Sendable {
    /// What the store has of a key.
    public struct Record: Sendable, Equatable {
        public var fingerprint: Digest256
        public var isAnswered: Bool
        /// Wall clock, nanoseconds since 1970.
        public var expires: Int64

        public init(fingerprint: Digest256, isAnswered: Bool, expires: Int64) {
            self.fingerprint = fingerprint
            self.isAnswered = isAnswered
            self.expires = expires
        }
    }

    public enum Decision: Sendable, Equatable {
        /// The key is the call's. The reservation has to be written, in place of any record.
        case run
        /// The stored answer is the call's.
        case replay
        /// The call waits; a later event names its ticket.
        case wait
        case inProgress, reused, unknown
    }

    /// A key that is under way in this process.
    public struct Run: Sendable, Equatable {
        public var holder: Reservation
        public var waiting: [Reservation] = []
    }

    /// Calls that may wait for one key.
    public static let longestLine = 1000

    public private(set) var runs: [Digest256: Run] = [:]

    public init() {}

    /// Whether the ledger decides about the key by itself, so that the store need not be asked.
    public func knows(_ key: Digest256) -> Bool { runs[key] != nil }

    /// A call asks for its key.
    /// - Parameter stored: what the store has of it; without meaning when the ledger ``knows(_:)`` the key.
    public mutating func ask(_ call: Reservation, stored: Record?, wallClock: Int64) -> Decision {
        if let run = runs[call.key] {
            guard run.holder.fingerprint == call.fingerprint else { return .reused }
            guard call.waits, run.waiting.count < Self.longestLine else { return .inProgress }
            runs[call.key]?.waiting.append(call)
            return .wait
        }
        if let stored, stored.expires > wallClock {
            guard stored.fingerprint == call.fingerprint else { return .reused }
            if stored.isAnswered { return .replay }
            guard call.retriesUnknown else { return .unknown }
        }
        runs[call.key] = Run(holder: call)
        return .run
    }

    /// A call that waits has gone.
    public mutating func withdraw(_ key: Digest256, ticket: UInt64) {
        runs[key]?.waiting.removeAll { $0.ticket == ticket }
    }

    /// The answer of the key's call is in the store.
    /// - Returns: the calls that waited for it.
    public mutating func answered(_ key: Digest256) -> [Reservation] {
        runs.removeValue(forKey: key)?.waiting ?? []
    }

    /// Who is told what when a call ends without an answer.
    public struct Handover: Sendable, Equatable {
        /// Gets the key, and may call the partner.
        public var next: Reservation?
        /// Are told that the outcome is unknown.
        public var refused: [Reservation] = []

        public init(next: Reservation? = nil, refused: [Reservation] = []) {
            self.next = next
            self.refused = refused
        }
    }

    /// The key's call has ended without an answer to keep.
    public mutating func ended(_ key: Digest256, _ end: ReservationEnd) -> Handover {
        guard let run = runs.removeValue(forKey: key) else { return Handover() }
        guard let next = run.waiting.first else { return Handover() }
        if end == .unknown, !next.retriesUnknown { return Handover(refused: run.waiting) }
        runs[key] = Run(holder: next, waiting: Array(run.waiting.dropFirst()))
        return Handover(next: next)
    }
}

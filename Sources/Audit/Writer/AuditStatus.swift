import Synchronization

/// What the audit thread and the event loops tell each other, and readiness, about how it goes.
final class AuditStatus: Sendable {
    private static let failing: UInt8 = 1
    private static let backlogged: UInt8 = 2

    private let flags = Atomic<UInt8>(0)
    private let policy: Atomic<UInt8>
    private let reason = Mutex("")
    /// When the system call that is running began; 0 when none is.
    private let busySince = Atomic<UInt64>(0)
    private let stallNanoseconds: UInt64

    let records = Atomic<UInt64>(0)
    let bytes = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)
    let rotateBytes: Atomic<Int>
    let head = Mutex(AuditLink.none)

    init(_ options: AuditOptions) {
        policy = Atomic(options.onFailure.rawValue)
        stallNanoseconds = UInt64(max(1, options.stallMilliseconds)) * 1_000_000
        rotateBytes = Atomic(options.rotateBytes)
    }

    func setPolicy(_ policy: AuditFailurePolicy) { self.policy.store(policy.rawValue, ordering: .relaxed) }

    func failed(_ error: AuditError) {
        reason.withLock { $0 = error.description }
        failures.wrappingAdd(1, ordering: .relaxed)
        flags.bitwiseOr(AuditStatus.failing, ordering: .releasing)
    }

    func worked() { flags.bitwiseAnd(~AuditStatus.failing, ordering: .releasing) }

    var isBacklogged: Bool { flags.load(ordering: .relaxed) & AuditStatus.backlogged != 0 }

    func crowded() { flags.bitwiseOr(AuditStatus.backlogged, ordering: .releasing) }

    func relaxed() { flags.bitwiseAnd(~AuditStatus.backlogged, ordering: .releasing) }

    func busy<Result>(_ body: () throws(AuditError) -> Result) throws(AuditError) -> Result {
        busySince.store(UTCTime.monotonicNanoseconds, ordering: .relaxed)
        defer { busySince.store(0, ordering: .relaxed) }
        return try body()
    }

    private var stalledFor: UInt64? {
        let since = busySince.load(ordering: .relaxed)
        guard since != 0 else { return nil }
        let now = UTCTime.monotonicNanoseconds
        guard now > since, now - since > stallNanoseconds else { return nil }
        return now - since
    }

    var refusesCalls: Bool {
        guard policy.load(ordering: .relaxed) == AuditFailurePolicy.refuse.rawValue else { return false }
        return flags.load(ordering: .relaxed) != 0 || stalledFor != nil
    }

    var state: AuditState {
        let flags = flags.load(ordering: .acquiring)
        if flags & AuditStatus.failing != 0 { return .failing(reason: reason.withLock { $0 }) }
        if let stalled = stalledFor {
            return .failing(reason: "the disk has not answered for \(stalled / 1_000_000) ms")
        }
        return flags & AuditStatus.backlogged != 0 ? .backlogged : .ok
    }
}

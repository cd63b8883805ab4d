public import RouteGraph

/// Calls that one version of a partner answered, or failed to.
public struct VersionCounts: Sendable, Equatable {
    public var calls: UInt64 = 0
    /// Transport failures and answers with 5xx.
    public var failures: UInt64 = 0
    /// Sum of their times.
    public var microseconds: UInt64 = 0

    public init() {}

    mutating func add(_ other: VersionCounts) {
        calls += other.calls
        failures += other.failures
        microseconds += other.microseconds
    }
}

/// What became of the copies of one operation's calls.
public struct ShadowCounts: Sendable, Equatable {
    /// Copies that were sent, or are about to be.
    public var copies: UInt64 = 0
    /// Both versions answered.
    public var compared: UInt64 = 0
    /// The new version gave no answer.
    public var failed: UInt64 = 0
    /// The current version gave none, or nobody waited for it.
    public var unmatched: UInt64 = 0
    /// Not made: as many were under way as there may be.
    public var dropped: UInt64 = 0
    /// Not made: the request's body was streamed, and not kept.
    public var streamed: UInt64 = 0
    /// By field.
    public var differences: [String: UInt64] = [:]

    public init() {}

    mutating func add(_ other: ShadowCounts) {
        copies += other.copies
        compared += other.compared
        failed += other.failed
        unmatched += other.unmatched
        dropped += other.dropped
        streamed += other.streamed
        differences.merge(other.differences, uniquingKeysWith: +)
    }
}

/// One difference that was seen. It has no values: they may be secret.
public struct ShadowDifference: Sendable, Equatable {
    /// Wall clock, nanoseconds since 1970.
    public var time: Int64
    public var operation: String
    /// Finds the call in the audit trail, and the copy in the partner's logs.
    public var correlation: String
    public var difference: AnswerDifference

    public init(time: Int64, operation: String, correlation: String, difference: AnswerDifference) {
        self.time = time
        self.operation = operation
        self.correlation = correlation
        self.difference = difference
    }
}

extension ProxyMetrics {
    /// A partner's new version beside its current one, over all loops.
    public struct Version: Sendable {
        public var partner: String
        /// `host:port/path` of the new version.
        public var address: String
        /// Shares as they are set, of ``NextVersionPlan/whole``.
        public var split: Int
        public var shadow: Int
        public var current: VersionCounts
        public var next: VersionCounts
        /// The new version's circuit: open before half-open before closed, of all loops.
        public var circuit: CircuitBreaker.State
        /// Calls of the new version's share that the current one got, since the new one did not work.
        public var displaced: UInt64
        /// By the operation's name.
        public var operations: [String: ShadowCounts]
        /// The newest differences, oldest first.
        public var recent: [ShadowDifference]

        mutating func add(_ other: Version) {
            current.add(other.current)
            next.add(other.next)
            if other.circuit.rawValue > circuit.rawValue { circuit = other.circuit }
            displaced += other.displaced
            operations.merge(other.operations) { counts, more in
                var sum = counts
                sum.add(more)
                return sum
            }
            recent = Array((recent + other.recent).sorted { $0.time < $1.time }.suffix(ShadowLedger.kept))
        }
    }

    mutating func add(versions others: [Version]) {
        for version in others {
            if let index = versions.firstIndex(where: { $0.partner == version.partner }) {
                versions[index].add(version)
            } else {
                versions.append(version)
            }
        }
    }
}

/// One loop's counts of copies of one partner's calls, and the differences seen last.
final class ShadowLedger {
    /// Differences that are kept.
    static let kept = 50

    private(set) var operations: [String: ShadowCounts] = [:]
    private(set) var recent: [ShadowDifference] = []
    /// Copies whose comparison is not over.
    var underWay = 0

    func count(_ operation: OperationPlan, _ field: WritableKeyPath<ShadowCounts, UInt64>) {
        operations[operation.name, default: ShadowCounts()][keyPath: field] &+= 1
    }

    func note(_ differences: [AnswerDifference], _ operation: OperationPlan, correlation: String, time: Int64) {
        for difference in differences {
            operations[operation.name, default: ShadowCounts()].differences[difference.field, default: 0] &+= 1
            if recent.count >= Self.kept { recent.removeFirst() }
            recent.append(
                ShadowDifference(
                    time: time, operation: operation.name, correlation: correlation, difference: difference))
        }
    }
}

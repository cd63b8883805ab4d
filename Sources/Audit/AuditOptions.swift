/// What the gateway does with calls while the audit can't keep its records (`audit: on-failure`).
public enum AuditFailurePolicy: UInt8, Sendable, CaseIterable {
    /// No call without a record: calls are refused until the audit writes again. The default.
    case refuse
    /// Calls go on; records that find no room are counted, and the count is itself a record when writing works again.
    case continues
}

/// When written records are forced to the disk. A killed process loses nothing that was written under any policy;
/// this is about a lost machine.
public enum AuditSyncPolicy: Sendable, Equatable {
    /// Left to the operating system.
    case never
    /// At most this long after the write. The default, with 200 ms.
    case interval(milliseconds: Int)
    /// After each batch of records.
    case everyBatch
}

/// Settings of an ``AuditWriter``.
public struct AuditOptions: Sendable, Equatable {
    /// Folder of the audit files; made when missing.
    public var directory: String
    /// A file that would grow beyond this many bytes is closed and the next one begun.
    public var rotateBytes: Int
    public var onFailure: AuditFailurePolicy
    /// Room for records that wait for the disk, those of all loops together. Beyond three quarters of it the audit counts as backlogged.
    public var queueBytes: Int
    /// More room beside it, for the records of calls that were under way when the audit became backlogged: about a kilobyte for
    /// each of them. It is only taken when it is needed.
    public var reserveBytes: Int
    public var sync: AuditSyncPolicy
    /// Pause between two batches: how many records share one write, and how late a record reaches its file.
    public var batchMilliseconds: Int
    /// Pause before a failed write is tried again.
    public var retryMilliseconds: Int
    /// A single write or sync that takes longer counts as a failing disk.
    public var stallMilliseconds: Int

    public init(
        directory: String, rotateBytes: Int = 256 << 20, onFailure: AuditFailurePolicy = .refuse,
        queueBytes: Int = 16 << 20, reserveBytes: Int = 0, sync: AuditSyncPolicy = .interval(milliseconds: 200),
        batchMilliseconds: Int = 5, retryMilliseconds: Int = 500, stallMilliseconds: Int = 5000
    ) {
        self.directory = directory
        self.rotateBytes = rotateBytes
        self.onFailure = onFailure
        self.queueBytes = queueBytes
        self.reserveBytes = reserveBytes
        self.sync = sync
        self.batchMilliseconds = batchMilliseconds
        self.retryMilliseconds = retryMilliseconds
        self.stallMilliseconds = stallMilliseconds
    }
}

/// How the audit is doing, as readiness shows it.
public enum AuditState: Sendable, Equatable {
    case ok
    /// The last attempt to write failed, or one has taken too long; it is tried again until it works.
    case failing(reason: String)
    /// Records come faster than the disk takes them.
    case backlogged
}

/// Counters of an ``AuditWriter``, for metrics.
public struct AuditStatistics: Sendable, Equatable {
    /// Records written by this process, its own ones included.
    public var records: UInt64
    public var bytes: UInt64
    /// Records that found no room and are lost.
    public var dropped: UInt64
    public var queuedBytes: Int
    /// Failed attempts to write.
    public var failures: UInt64
}

import Glibc
import Synchronization

/// The one thread that writes. It takes what waits, seals and writes it, sleeps for the batch pause, and so on; without
/// work it sleeps until a line or the end comes.
///
/// ```
///            lines                 written
///   parked ─────────► writing ───────────────► pause ──┐ no lines: sync, then parked
///      ▲                 │ failed                ▲      │
///      └─────────────────┼───────────────────────┼──────┘
///                        ▼        opened         │
///                     closed ────────────────────┘   tried again every `retry`
/// ```
final class AuditThread {
    private let appender: AuditAppender
    private let queue: AuditQueue
    private let status: AuditStatus
    private let wakeup: AuditWakeup
    private let finished: AuditWakeup
    private let options: AuditOptions

    private var batch: [UInt8] = []
    private var position = 0
    private var settled = 0
    private var droppedUnrecorded: UInt64 = 0
    private var unsyncedSince: UInt64?

    init(
        options: AuditOptions, queue: AuditQueue, status: AuditStatus, wakeup: AuditWakeup, finished: AuditWakeup
    ) {
        self.appender = AuditAppender(directory: options.directory, rotateBytes: options.rotateBytes)
        self.queue = queue
        self.status = status
        self.wakeup = wakeup
        self.finished = finished
        self.options = options
    }

    /// Opens the files on the caller's thread, so that the state is known when the gateway starts to listen.
    /// - Returns: what was cut off of an unfinished record, and where it was moved to.
    func openFirst() -> (bytes: Int, side: String)? {
        _ = attempt { () throws(AuditError) in try appender.open() }
        return appender.recovered
    }

    func run() {
        while step() {}
        appender.close()
        finished.signal()
    }

    /// Starts a thread that owns `self`. Signals are left to the other threads.
    func start() -> Bool {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let owned = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<AuditThread>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, owned.toOpaque())
        guard result == 0 else {
            owned.release()
            status.failed(AuditError("start the audit thread for", options.directory, errno: result))
            return false
        }
        pthread_detach(thread)
        return true
    }

    // MARK: Steps

    /// One turn; false at the end.
    private func step() -> Bool {
        if position == batch.count { takeBatch() }
        if !appender.isOpen, !attempt({ () throws(AuditError) in try appender.open() }) { return giveUpOrWait() }
        guard position < batch.count || droppedUnrecorded > 0 else { return rest() }
        guard attempt({ () throws(AuditError) in try writeBatch() }) else { return giveUpOrWait() }
        status.worked()
        if queue.isRelaxed { status.relaxed() }
        if syncIsDue(), !attempt({ () throws(AuditError) in try syncNow() }) { return giveUpOrWait() }
        if options.batchMilliseconds > 0, !queue.isStopping { wakeup.wait(milliseconds: options.batchMilliseconds) }
        return true
    }

    private func takeBatch() {
        batch.removeAll(keepingCapacity: batch.capacity <= 4 << 20)
        position = 0
        settled = 0
        droppedUnrecorded += queue.take(into: &batch)
    }

    private func writeBatch() throws(AuditError) {
        appender.rotateBytes = status.rotateBytes.load(ordering: .relaxed)
        defer {
            status.records.store(appender.records, ordering: .relaxed)
            status.bytes.store(appender.bytes, ordering: .relaxed)
            status.head.withLock { $0 = appender.link }
            status.settledBytes.wrappingAdd(UInt64(position - settled), ordering: .releasing)
            settled = position
        }
        try appender.write(batch, from: &position)
        if droppedUnrecorded > 0 {
            try appender.write(.dropped(records: droppedUnrecorded))
            droppedUnrecorded = 0
        }
        if unsyncedSince == nil { unsyncedSince = UTCTime.monotonicNanoseconds }
    }

    /// Nothing to write: force what is written to the disk when that is due, sleep until there is more.
    private func rest() -> Bool {
        status.worked()
        status.relaxed()
        status.head.withLock { $0 = appender.link }
        if queue.isStopping {
            guard queue.waitingBytes == 0 else { return true }
            if options.sync != .never { _ = attempt { () throws(AuditError) in try syncNow() } }
            return false
        }
        if syncIsDue(), !attempt({ () throws(AuditError) in try syncNow() }) { return giveUpOrWait() }
        guard queue.park() else { return true }
        wakeup.wait(milliseconds: millisecondsToSync())
        return true
    }

    /// After a failure: wait and try again; at the end, one attempt was all.
    private func giveUpOrWait() -> Bool {
        if queue.isStopping { return false }
        wakeup.wait(milliseconds: options.retryMilliseconds)
        return true
    }

    private func attempt(_ body: () throws(AuditError) -> Void) -> Bool {
        do throws(AuditError) {
            try status.busy(body)
            return true
        } catch {
            status.failed(error)
            return false
        }
    }

    // MARK: Sync

    private func syncNow() throws(AuditError) {
        guard unsyncedSince != nil else { return }
        unsyncedSince = nil
        try appender.sync()
    }

    private func syncIsDue() -> Bool {
        guard unsyncedSince != nil else { return false }
        switch options.sync {
        case .never: return false
        case .everyBatch: return true
        case .interval: return millisecondsToSync() == 0
        }
    }

    /// Negative: never.
    private func millisecondsToSync() -> Int {
        guard let since = unsyncedSince, case .interval(let milliseconds) = options.sync else { return -1 }
        let age = (UTCTime.monotonicNanoseconds &- since) / 1_000_000
        return max(0, milliseconds - Int(clamping: age))
    }
}

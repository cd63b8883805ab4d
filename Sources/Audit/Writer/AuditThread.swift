import Glibc
import Synchronization

/// The one thread that writes. It takes what waits in the lanes, seals and writes it with one system call, sleeps for the batch pause, and so
/// on. Nobody wakes it from that pause: under load a line costs no system call on either side. When it has found nothing for a few pauses it
/// sleeps until a line or the end comes, and only then does a producer ring.
///
/// ```
///            lines                 written
///   parked ─────────► writing ───────────────► pause ──┐ no lines: sync, after a few pauses parked
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

    private var readers: [AuditLaneReader] = []
    private var droppedUnrecorded: UInt64 = 0
    private var emptyTurns = 0
    private var hasClosed = false
    private var unsyncedSince: UInt64?

    /// Turns without a line after which the thread parks.
    private static let patience = 4

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
        refresh()
        if !appender.isOpen, !attempt({ () throws(AuditError) in try appender.open() }) { return giveUpOrWait() }
        guard hasWork else { return rest() }
        emptyTurns = 0
        guard attempt({ () throws(AuditError) in try writeBatch() }) else { return giveUpOrWait() }
        status.worked()
        if queue.isRelaxed { status.relaxed() }
        if syncIsDue(), !attempt({ () throws(AuditError) in try syncNow() }) { return giveUpOrWait() }
        if !isStopping { pause() }
        return true
    }

    private var isStopping: Bool { queue.isStopping.load(ordering: .acquiring) }

    private var hasWork: Bool {
        queue.hasDropped || droppedUnrecorded > 0 || readers.contains { $0.peek() != nil }
    }

    /// Takes in new lanes and lets go of those that are done. At the end all are closed: what was taken by then is written, and
    /// nothing more is taken.
    private func refresh() {
        let isEnding = isStopping
        let lanes = queue.current
        for lane in lanes where !readers.contains(where: { $0.lane === lane }) {
            if let reader = AuditLaneReader(lane, queue: queue) { readers.append(reader) }
        }
        if isEnding, !hasClosed {
            for reader in readers { reader.close() }
            hasClosed = true
        }
        readers.removeAll { reader in
            guard reader.isFinished else { return false }
            reader.keep()
            queue.remove(reader.lane)
            return true
        }
    }

    private func writeBatch() throws(AuditError) {
        appender.rotateBytes = status.rotateBytes.load(ordering: .relaxed)
        defer {
            status.records.store(appender.records, ordering: .relaxed)
            status.bytes.store(appender.bytes, ordering: .relaxed)
            status.head.withLock { $0 = appender.link }
        }
        droppedUnrecorded += queue.takeDropped()
        try appender.write(readers)
        if droppedUnrecorded > 0 {
            try appender.write(.dropped(records: droppedUnrecorded))
            droppedUnrecorded = 0
        }
        if unsyncedSince == nil { unsyncedSince = UTCTime.monotonicNanoseconds }
    }

    /// Nothing to write: force what is written to the disk when that is due, sleep until there is more.
    private func rest() -> Bool {
        for reader in readers { reader.keep() }
        status.worked()
        status.relaxed()
        status.head.withLock { $0 = appender.link }
        if isStopping {
            guard hasClosed else { return true }
            if options.sync != .never { _ = attempt { () throws(AuditError) in try syncNow() } }
            return false
        }
        if syncIsDue(), !attempt({ () throws(AuditError) in try syncNow() }) { return giveUpOrWait() }
        emptyTurns += 1
        if emptyTurns < AuditThread.patience, options.batchMilliseconds > 0 {
            pause()
            return true
        }
        queue.isParked.store(true, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        refresh()
        if !hasWork, !isStopping { wakeup.wait(milliseconds: millisecondsToSync()) }
        queue.isParked.store(false, ordering: .relaxed)
        return true
    }

    /// Lets lines gather. Only the end of the audit ends it early.
    private func pause() {
        if options.batchMilliseconds > 0 { wakeup.wait(milliseconds: options.batchMilliseconds) }
    }

    /// After a failure: wait and try again; at the end, one attempt was all.
    private func giveUpOrWait() -> Bool {
        if isStopping { return false }
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

import Glibc
import Synchronization

/// The audit trail: takes finished JSON lines, chains them by SHA-256 and writes them on a thread of its own. Event loops have a
/// ``AuditProducer`` each, which hands lines over without locks; no call ever waits for the disk.
///
/// A record is the caller's object with three members added at its end:
/// `"seq":N,"prev":"<hash of the record before>","hash":"<SHA-256 of the 32 bytes of prev, then the line without its
/// hash member>"`. ``AuditVerifier`` checks exactly that.
///
/// The disk may be full, slow or gone. Then ``state`` says so, ``refusesCalls`` follows the gateway's policy, lines
/// wait in a bounded queue, and writing is tried again until it works.
public final class AuditWriter: Sendable {
    public let options: AuditOptions
    /// What was cut off at the start of a record that an earlier process, killed or without power, left unfinished: its
    /// bytes, and the file that they were moved to.
    public let recovered: (bytes: Int, side: String)?
    private let queue: AuditQueue
    private let status: AuditStatus
    private let wakeup: AuditWakeup
    private let finished = AuditWakeup()
    private let isRunning: Mutex<Bool>
    /// For callers that have no producer of their own.
    private let shared: Mutex<AuditProducer>

    /// Opens the folder and starts the thread. Never fails: a folder that can't be written is a state, and is tried
    /// again.
    public init(_ options: AuditOptions) {
        self.options = options
        wakeup = AuditWakeup()
        status = AuditStatus(options)
        queue = AuditQueue(options, status: status, wakeup: wakeup)
        shared = Mutex(queue.makeProducer())
        let thread = AuditThread(
            options: options, queue: queue, status: status, wakeup: wakeup, finished: finished)
        recovered = thread.openFirst()
        isRunning = Mutex(thread.start())
    }

    deinit {
        if isRunning.withLock({ $0 }) { queue.stop() }
    }

    /// A way into the audit for one thread, usually an event loop.
    public func makeProducer() -> AuditProducer { queue.makeProducer() }

    /// Hands over one line: a JSON object without line feeds, as ``AuditLineBuilder`` makes it. Callable from any thread. Returns
    /// false when there was no room; such records are counted, and the count is recorded later.
    @discardableResult
    public func append(_ line: UnsafeRawBufferPointer) -> Bool {
        assert(
            line.count >= 2 && line[0] == UInt8(ascii: "{") && line[line.count - 1] == UInt8(ascii: "}")
                && !line.contains(UInt8(ascii: "\n")), "an audit line is one JSON object on one line")
        // As numbers, since a lock's content may not be tied to anything of its caller.
        let (address, count) = (UInt(bitPattern: line.baseAddress), line.count)
        return shared.withLock { producer in
            producer.append(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
        }
    }

    public var state: AuditState { status.state }

    /// Whether calls have to be refused now. A few loads; meant to be asked at each call.
    public var refusesCalls: Bool { status.refusesCalls }

    /// The end of the chain as far as it is written.
    public var head: AuditLink { status.head.withLock { $0 } }

    public var statistics: AuditStatistics {
        AuditStatistics(
            records: status.records.load(ordering: .relaxed), bytes: status.bytes.load(ordering: .relaxed),
            dropped: queue.droppedTotal.load(ordering: .relaxed), queuedBytes: queue.waitingBytes,
            failures: status.failures.load(ordering: .relaxed))
    }

    /// Takes over what may change while the gateway runs; another folder needs another writer.
    public func update(rotateBytes: Int, onFailure: AuditFailurePolicy) {
        status.rotateBytes.store(rotateBytes, ordering: .relaxed)
        status.setPolicy(onFailure)
    }

    /// Waits until the lines handed over so far are written. Blocks: not for event loops.
    public func flush(timeoutMilliseconds: Int = 30_000) -> Bool {
        let goals = queue.current.map { (lane: $0, bytes: $0.appended.load(ordering: .acquiring)) }
        let start = UTCTime.monotonicNanoseconds
        while goals.contains(where: { $0.lane.settled.load(ordering: .acquiring) < $0.bytes }) {
            if UTCTime.monotonicNanoseconds - start > UInt64(timeoutMilliseconds) * 1_000_000 { return false }
            usleep(500)
        }
        return true
    }

    /// Writes what waits, forces it to the disk and ends the thread. Later lines are refused. Returns false when lines
    /// could not be written in that time. Blocks: not for event loops.
    @discardableResult
    public func stop(timeoutMilliseconds: Int = 30_000) -> Bool {
        let wasRunning = isRunning.withLock { running in
            defer { running = false }
            return running
        }
        if wasRunning {
            queue.stop()
            finished.wait(milliseconds: timeoutMilliseconds)
        }
        return queue.waitingBytes == 0
    }
}

import Crypto
import Glibc
public import RouteGraph
import Synchronization

/// The answers of `idempotency` in a SQLite file of the gateway's own.
///
///     loops ──jobs──► StoreQueue ──► StoreThread ──► AnswerTable (answers.db)
///       ▲                                │ one transaction for all that wait, then
///       └────────────replies─────────────┘
///
/// A reply that lets a call go out, and the word that an answer is kept, come when the disk has it: both survive `kill -9` and the
/// loss of power. A reservation without an answer that is found after a restart is a call whose outcome is unknown.
public final class SQLiteAnswerStore: AnswerStore {
    /// The file's name in the store's folder.
    public static let fileName = "answers.db"

    private let queue = StoreQueue()
    private let box = StoreStatusBox()
    private let hasEnded = Mutex(false)

    /// Opens the file, and creates it with its folder when there is none.
    /// - Parameter bytes: what the file may grow to.
    /// - Parameter patience: nanoseconds for which calls wait while another process has the file; they are refused after that, until it
    ///   is free. With 0 a file that another process has can't be opened.
    /// - Parameter wallClock: nanoseconds since 1970.
    /// - Parameter log: takes one line about something that operators should know; it has no key and no content in it.
    public init(
        directory: String, bytes: Int, patience: Int64 = 0,
        wallClock: @escaping @Sendable () -> Int64 = { Clock.wall() },
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StorageError) {
        try Self.makeFolder(directory)
        let path = "\(directory)/\(Self.fileName)"
        // The file holds answers: it is its owner's alone, from the beginning.
        let created = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard created >= 0 else {
            throw StorageError(.other, "cannot open the store \(path): \(String(cString: strerror(errno)))")
        }
        Glibc.close(created)
        let open = { () throws(StorageError) -> AnswerTable in try AnswerTable(path: path, bytes: bytes) }
        var table: AnswerTable?
        do throws(StorageError) {
            table = try open()
        } catch {
            guard error.kind == .inUse, patience > 0 else { throw error }
            box.set(isWaiting: true)
            log("the store \(path) is used by another process: calls with keys wait until that lets go of it")
        }
        let (queue, box) = (queue, box)
        let make = { (table: AnswerTable?) -> StoreThread? in
            if let table { return StoreThread(table, queue, box, wallClock: wallClock, log: log) }
            let door = StoreDoor(open: open, queue: queue, status: box, patience: patience, log: log)
            return door.wait().map { StoreThread($0.table, early: $0.jobs, queue, box, wallClock: wallClock, log: log) }
        }
        guard StoreThread.start(table, make, ended: { [weak self] in self?.end() }) else {
            throw StorageError(.other, "cannot start the thread of the store \(path)")
        }
    }

    deinit { queue.stop() }

    private static func makeFolder(_ directory: String) throws(StorageError) {
        var path = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            path += "/\(part)"
            guard mkdir(path, 0o700) != 0, errno != EEXIST else { continue }
            throw StorageError(.other, "cannot make the folder \(path): \(String(cString: strerror(errno)))")
        }
    }

    public var status: StoreStatus { box.value }

    /// Lets go of the file as soon as no call has a key any more, so that another process can take it. Calls that ask from now on are
    /// refused. Returns at once.
    public func release() { queue.leave() }

    /// Does what waits, and ends. Later calls are refused. Blocks until then; 10 seconds at most.
    public func stop() {
        queue.stop()
        for _ in 0..<10_000 {
            if hasEnded.withLock({ $0 }) { return }
            usleep(1000)
        }
    }

    private func end() { hasEnded.withLock { $0 = true } }

    // MARK: AnswerStore

    public var isOpen: Bool { !box.value.isWaiting }

    public func digest(_ parts: [UnsafeRawBufferPointer]) -> Digest256 {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(bufferPointer: part)
        }
        return Digest256(Array(hash.finalize())) ?? .zero
    }

    public func reserve(_ reservation: Reservation, reply: @escaping @Sendable (ReservationReply) -> Void) {
        if !queue.add(.reserve(reservation, reply)) { reply(.unavailable) }
    }

    public func withdraw(_ key: Digest256, ticket: UInt64) {
        _ = queue.add(.withdraw(key, ticket: ticket))
    }

    public func keep(_ key: Digest256, _ answer: StoredAnswer, done: @escaping @Sendable (Bool) -> Void) {
        if !queue.add(.keep(key, answer, done)) { done(false) }
    }

    public func settle(_ key: Digest256, _ end: ReservationEnd) {
        _ = queue.add(.settle(key, end))
    }
}

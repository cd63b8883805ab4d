import Glibc
import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A folder of its own for one store, and blocking calls to it.
final class StoreFixture: Sendable {
    let directory: String
    /// Nanoseconds since 1970, as the store sees it.
    let clock = Atomic<Int64>(1_800_000_000_000_000_000)

    init() throws {
        var template = Array("/tmp/waybill-store-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        directory = String(cString: made)
    }

    deinit {
        for name in ["answers.db", "answers.db-wal", "answers.db-shm"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    func open(
        bytes: Int = 8 << 20, patience: Int64 = 0, log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> SQLiteAnswerStore {
        try SQLiteAnswerStore(
            directory: directory, bytes: bytes, patience: patience,
            wallClock: { [self] in clock.load(ordering: .relaxed) }, log: log)
    }

    /// Moves the clock on by seconds.
    func pass(_ seconds: Int64) { clock.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }

    static func digest(_ text: String) -> Digest256 {
        var bytes = [UInt8](repeating: 0, count: 32)
        for (i, byte) in text.utf8.prefix(32).enumerated() { bytes[i] = byte }
        return Digest256(bytes) ?? .zero
    }

    static func call(
        _ key: String, _ ticket: UInt64 = 1, request: String = "r", waits: Bool = true, retries: Bool = false,
        keep: Int64 = 3600
    ) -> Reservation {
        Reservation(
            key: digest(key), fingerprint: digest(request), ticket: ticket, waits: waits, retriesUnknown: retries,
            keep: keep * 1_000_000_000)
    }

    static let answer = StoredAnswer(
        status: 201, headers: Array("Content-Type: application/json\r\n".utf8), body: Array("{\"ok\":true}".utf8))
}

/// One value that comes on another thread.
final class Later<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ new: Value) { value.withLock { $0 = new } }
    var now: Value? { value.withLock { $0 } }

    /// Waits for it.
    func get() -> Value? {
        _ = eventuallyOnThread { now != nil }
        return now
    }
}

extension SQLiteAnswerStore {
    func ask(_ call: Reservation) -> Later<ReservationReply> {
        let later = Later<ReservationReply>()
        reserve(call) { later.set($0) }
        return later
    }

    func keepNow(_ call: Reservation, _ answer: StoredAnswer) -> Bool? {
        let later = Later<Bool>()
        keep(call.key, answer) { later.set($0) }
        return later.get()
    }
}

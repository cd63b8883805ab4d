import Synchronization

/// What operators see of the store.
public struct StoreStatus: Sendable, Equatable {
    /// Bytes in use in the file, and keys in it; looked up about once a minute.
    public var bytes: Int64 = 0
    public var keys: Int64 = 0
    /// Why it can't be written; nil while it can.
    public var failure: String?
    /// Whether another process still has the file, so that calls wait for it.
    public var isWaiting = false
}

/// The status, between the store's thread and those who ask.
final class StoreStatusBox: Sendable {
    private let status = Mutex(StoreStatus())

    var value: StoreStatus { status.withLock { $0 } }

    func sized(bytes: Int64, keys: Int64) {
        status.withLock {
            $0.bytes = bytes
            $0.keys = keys
        }
    }

    func set(isWaiting: Bool) { status.withLock { $0.isWaiting = isWaiting } }

    /// - Returns: whether this is news.
    func set(failure: String?) -> Bool {
        status.withLock { status in
            defer { status.failure = failure }
            return (status.failure == nil) != (failure == nil)
        }
    }
}

import Synchronization

/// Calls at once to one partner, counted over all loops, and the calls that wait for one of them to end.
public final class ConcurrencyPermits: Sendable {
    private let used = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    /// How each loop is told that it should look again. Touched only when calls wait.
    private let loops = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

    public init() {}

    /// Has `wake` called, on any thread, when a permit was given back that another loop's calls wait for.
    public func listen(as loop: ObjectIdentifier, wake: @escaping @Sendable () -> Void) {
        loops.withLock { $0[loop] = wake }
    }

    public func stopListening(as loop: ObjectIdentifier) {
        loops.withLock { _ = $0.removeValue(forKey: loop) }
    }

    /// Tells the other loops.
    public func wakeOthers(than loop: ObjectIdentifier) {
        let others = loops.withLock { loops in loops.filter { $0.key != loop }.map(\.value) }
        for wake in others { wake() }
    }

    /// Takes a permit when one is free.
    public func take(limit: Int) -> Bool { Self.raise(used, limit) }

    public func release() { used.subtract(1, ordering: .relaxed) }

    /// Takes a place in the line when there is one.
    public func join(queue: Int) -> Bool { Self.raise(waiting, queue) }

    public func leave() { waiting.subtract(1, ordering: .relaxed) }

    public var inUse: Int { used.load(ordering: .relaxed) }
    public var inLine: Int { waiting.load(ordering: .relaxed) }

    private static func raise(_ counter: borrowing Atomic<Int>, _ limit: Int) -> Bool {
        var seen = counter.load(ordering: .relaxed)
        while seen < limit {
            let result = counter.compareExchange(expected: seen, desired: seen + 1, ordering: .relaxed)
            if result.exchanged { return true }
            seen = result.original
        }
        return false
    }
}

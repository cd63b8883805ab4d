import NIOCore
import NIOPosix
import Synchronization

/// The event loops, and who on other threads needs them still.
///
/// What is given to a loop that has ended is lost, and whoever waits for it waits for ever. So other threads come to the loops as
/// guests, who are refused as soon as the end has begun, and the loops end after the last of them.
///
///     open ── end() ──► ending ── last guest has left ──► over
///      guests: yes       guests: no
final class LoopLife: Sendable {
    private struct State {
        var guests = 0
        var isEnding = false
        /// Waits for the last guest.
        var waiting: CheckedContinuation<Void, Never>?
    }

    let loops: [any EventLoop]
    private let group: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    init(threads: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        loops = Array(group.makeIterator())
    }

    // MARK: Guests

    private func enter() -> Bool {
        state.withLock { state in
            guard !state.isEnding else { return false }
            state.guests += 1
            return true
        }
    }

    private func leave() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.guests -= 1
            guard state.guests == 0 else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Does something for which the loops must live.
    /// - Returns: nil when the loops are ending, and it was not done.
    func visit<Value>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
    ) async rethrows -> Value? {
        guard enter() else { return nil }
        defer { leave() }
        return try await work()
    }

    /// Does something on every loop, on all at the same time; it is told the loop's number.
    /// - Returns: what came of it, in the order of the loops; nil when the loops are ending, and it was done on none.
    func onEach<Value: Sendable>(_ work: @escaping @Sendable (Int) -> Value) async -> [Value]? {
        guard enter() else { return nil }
        defer { leave() }
        let answers = loops.indices.map { index in loops[index].submit { work(index) } }
        var values: [Value] = []
        for answer in answers {
            guard let value = try? await answer.get() else { return nil }
            values.append(value)
        }
        return values
    }

    /// Has something done on a loop soon, from any thread. Not done when the loops are ending.
    func hand(to loop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        guard enter() else { return }
        defer { leave() }
        loop.execute(work)
    }

    // MARK: The end

    /// Ends the loops, after the last guest; once.
    func end() async {
        await withCheckedContinuation { continuation in
            let isAlone = state.withLock { state in
                state.isEnding = true
                if state.guests > 0 { state.waiting = continuation }
                return state.guests == 0
            }
            if isAlone { continuation.resume() }
        }
        try? await group.shutdownGracefully()
    }
}

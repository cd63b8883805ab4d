import Glibc
import Synchronization

/// The line of jobs between the loops and the store's thread, with a bell that wakes the thread.
///
/// Its length is bounded by the calls that may be under way: a call has at most one job in it that asks, and one that ends it.
final class StoreQueue: Sendable {
    private struct State {
        var jobs: [StoreJob] = []
        var isStopping = false
        /// No call gets a key any more; those that have one end as they would.
        var isLeaving = false
        /// The thread sleeps, and is to be woken by the next job.
        var isParked = false
    }

    private let state = Mutex(State())
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // Without a pipe (no descriptors left) every wait is a short sleep.
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        if reading >= 0 { close(reading) }
        if writing >= 0 { close(writing) }
    }

    /// False when the store has stopped, so that nobody would take the job.
    func add(_ job: StoreJob) -> Bool {
        let (isTaken, wakes) = state.withLock { state -> (Bool, Bool) in
            guard !state.isStopping, !(state.isLeaving && job.asks) else { return (false, false) }
            state.jobs.append(job)
            defer { state.isParked = false }
            return (true, state.isParked)
        }
        if wakes { ring() }
        return isTaken
    }

    /// No more jobs are taken; those that wait are still done.
    func stop() {
        state.withLock { $0.isStopping = true }
        ring()
    }

    /// Calls that ask for a key are refused from now on.
    func leave() {
        state.withLock { $0.isLeaving = true }
        ring()
    }

    /// Stops when nothing is asked for any more and nothing waits: the last call with a key has ended.
    func stopIfLeft() {
        state.withLock { if $0.isLeaving, $0.jobs.isEmpty { $0.isStopping = true } }
    }

    /// All jobs that wait. Nil when there are none and none will come.
    /// - Parameter milliseconds: how long a first one is waited for.
    func take(waiting milliseconds: Int32) -> [StoreJob]? {
        for turn in 0..<2 {
            let taken = state.withLock { state -> [StoreJob]?? in
                if !state.jobs.isEmpty {
                    defer { state.jobs = [] }
                    return .some(state.jobs)
                }
                if state.isStopping { return .some(nil) }
                state.isParked = turn == 0
                return nil
            }
            if let taken { return taken }
            if turn == 0 { wait(milliseconds) }
        }
        return []
    }

    private func ring() {
        var byte: UInt8 = 1
        if writing >= 0 { _ = write(writing, &byte, 1) }
    }

    private func wait(_ milliseconds: Int32) {
        guard reading >= 0 else {
            usleep(5000)
            return
        }
        var item = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, milliseconds) > 0 else { return }
        var bytes: (UInt64, UInt64) = (0, 0)
        _ = read(reading, &bytes, MemoryLayout.size(ofValue: bytes))
    }
}

import Glibc
import RouteGraph

/// Opens the file when another process lets go of it: the one that hands over to this one.
///
///     opened ◄── the file is free ── waiting ── patience is over ──► refusing ── the file is free ──► opened
///
/// While it waits, calls that ask for a key wait too, each as long as its own time allows; while it refuses they are told at once. It
/// never gives up, since the other process may end at any time, and never takes the file from anybody.
struct StoreDoor {
    /// Milliseconds between two attempts.
    private static let interval: Int32 = 20

    let open: () throws(StorageError) -> AnswerTable
    let queue: StoreQueue
    let status: StoreStatusBox
    /// Nanoseconds for which calls wait.
    let patience: Int64
    let log: (String) -> Void

    /// The opened table, and the jobs that came meanwhile; nil when the store is stopped before.
    func wait() -> (table: AnswerTable, jobs: [StoreJob])? {
        var held: [StoreJob] = []
        var isRefusing = false
        let end = Clock.monotonic() &+ patience
        var next = Clock.monotonic()
        while let jobs = queue.take(waiting: Self.interval) {
            for job in jobs { Self.hold(job, &held) }
            queue.stopIfLeft()
            let now = Clock.monotonic()
            if now >= next {
                next = now &+ Int64(Self.interval) &* 1_000_000
                do throws(StorageError) {
                    let table = try open()
                    log("the store of answers is free: calls with keys go on")
                    _ = status.set(failure: nil)
                    status.set(isWaiting: false)
                    return (table, held)
                } catch {
                    if !isRefusing, now >= end || error.kind != .inUse {
                        isRefusing = true
                        status.set(isWaiting: false)
                        if status.set(failure: error.description) { log(error.description) }
                    }
                }
            }
            if isRefusing { Self.refuse(&held) }
        }
        Self.refuse(&held)
        return nil
    }

    private static func hold(_ job: StoreJob, _ held: inout [StoreJob]) {
        switch job {
        case .reserve: held.append(job)
        case .withdraw(_, let ticket):
            // Its time was over. What is not held can't grow.
            held.removeAll { job in
                if case .reserve(let call, _) = job { call.ticket == ticket } else { false }
            }
        case .keep(_, _, let done): done(false)
        case .settle: break
        }
    }

    private static func refuse(_ held: inout [StoreJob]) {
        for case .reserve(_, let reply) in held { reply(.unavailable) }
        held.removeAll()
    }
}

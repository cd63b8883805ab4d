import Glibc
import RouteGraph

/// The one thread that uses the file. It takes all jobs that wait, does them in one transaction, and replies when the disk has it:
/// so many calls share one wait for the disk.
///
/// A transaction that fails is undone as a whole, the ledger with it, and its jobs are done again one by one, so that what can't be
/// written (a large answer on a full disk) harms nobody else. A job that fails alone closes: nothing may be called without its
/// reservation on the disk, and an answer that can't be kept leaves its key as one whose outcome is unknown.
final class StoreThread {
    /// What a failed transaction puts back.
    private struct Memory {
        var ledger = IdempotencyLedger()
        /// Whom to tell, by ticket: the calls that wait for another's answer.
        var waiting: [UInt64: @Sendable (ReservationReply) -> Void] = [:]
    }

    /// Milliseconds between two looks for what has expired.
    private static let sweepInterval: Int32 = 30_000

    private let table: AnswerTable
    private let queue: StoreQueue
    private let status: StoreStatusBox
    private let wallClock: @Sendable () -> Int64
    private let log: @Sendable (String) -> Void
    private var memory = Memory()
    private var replies: [StoreReply] = []
    private var nextSweep: Int64 = 0
    /// Came before the file was open.
    private var early: [StoreJob]

    init(
        _ table: AnswerTable, early: [StoreJob] = [], _ queue: StoreQueue, _ status: StoreStatusBox,
        wallClock: @escaping @Sendable () -> Int64, log: @escaping @Sendable (String) -> Void
    ) {
        self.table = table
        self.early = early
        self.queue = queue
        self.status = status
        self.wallClock = wallClock
        self.log = log
    }

    /// What the new thread makes of itself, and tells when it is over.
    private final class Start {
        private var table: AnswerTable?
        private let make: (AnswerTable?) -> StoreThread?
        private let ended: @Sendable () -> Void

        init(
            _ table: AnswerTable?, _ make: @escaping (AnswerTable?) -> StoreThread?,
            _ ended: @escaping @Sendable () -> Void
        ) {
            self.table = table
            self.make = make
            self.ended = ended
        }

        func run() {
            // The file is closed with the thread's object, so that it is free when the end is told.
            made()?.run()
            ended()
        }

        private func made() -> StoreThread? {
            defer { table = nil }
            return make(table)
        }
    }

    /// Starts a thread that makes its object, of the opened table if there is one, and runs it. Signals are left to the other threads.
    static func start(
        _ table: AnswerTable?, _ make: @escaping (AnswerTable?) -> StoreThread?, ended: @escaping @Sendable () -> Void
    ) -> Bool {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let owned = Unmanaged.passRetained(Start(table, make, ended))
        let result = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Start>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, owned.toOpaque())
        guard result == 0 else {
            owned.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        if !early.isEmpty { perform(early[...]) }
        early = []
        while let jobs = queue.take(waiting: Self.sweepInterval) {
            if !jobs.isEmpty { perform(jobs[...]) }
            sweep()
            if memory.ledger.runs.isEmpty { queue.stopIfLeft() }
        }
    }

    // MARK: Jobs

    private func perform(_ jobs: ArraySlice<StoreJob>) {
        let before = memory
        do throws(StorageError) {
            try table.begin()
            for job in jobs { try perform(job) }
            try table.commit()
            worked()
        } catch {
            table.rollback()
            memory = before
            replies.removeAll()
            if jobs.count > 1 {
                for index in jobs.indices { perform(jobs[index...index]) }
                return
            }
            failed(error)
            if let job = jobs.first { giveUp(job) }
        }
        let ready = replies
        replies.removeAll(keepingCapacity: true)
        for reply in ready { reply.deliver() }
    }

    private func perform(_ job: StoreJob) throws(StorageError) {
        switch job {
        case .reserve(let call, let reply): try reserve(call, reply)
        case .withdraw(let key, let ticket): withdraw(key, ticket)
        case .keep(let key, let answer, let done):
            guard let holder = memory.ledger.runs[key]?.holder else {
                replies.append(.kept(done, false))
                return
            }
            try table.keep(holder, answer, until: end(of: holder))
            for call in memory.ledger.answered(key) { tell(call, .replay(answer)) }
            replies.append(.kept(done, true))
        case .settle(let key, let end):
            guard let holder = memory.ledger.runs[key]?.holder else { return }
            let handover = memory.ledger.ended(key, end)
            if let next = handover.next {
                try table.reserve(next, until: self.end(of: next))
            } else if end == .released {
                try table.remove(key)
            } else {
                try table.markUnknown(key, until: self.end(of: holder))
            }
            tell(handover)
        }
    }

    private func reserve(
        _ call: Reservation, _ reply: @escaping @Sendable (ReservationReply) -> Void
    ) throws(StorageError) {
        let found = memory.ledger.knows(call.key) ? nil : try table.record(call.key)
        switch memory.ledger.ask(call, stored: found?.record, wallClock: wallClock()) {
        case .run:
            try table.reserve(call, until: end(of: call))
            replies.append(.reservation(reply, .run))
        case .replay: replies.append(.reservation(reply, found.map { .replay($0.answer) } ?? .unknown))
        case .wait: memory.waiting[call.ticket] = reply
        case .inProgress: replies.append(.reservation(reply, .inProgress))
        case .reused: replies.append(.reservation(reply, .reused))
        case .unknown: replies.append(.reservation(reply, .unknown))
        }
    }

    private func withdraw(_ key: Digest256, _ ticket: UInt64) {
        memory.ledger.withdraw(key, ticket: ticket)
        memory.waiting[ticket] = nil
    }

    private func tell(_ call: Reservation, _ value: ReservationReply) {
        guard let reply = memory.waiting.removeValue(forKey: call.ticket) else { return }
        replies.append(.reservation(reply, value))
    }

    private func tell(_ handover: IdempotencyLedger.Handover) {
        if let next = handover.next { tell(next, .run) }
        for call in handover.refused { tell(call, .unknown) }
    }

    private func end(of call: Reservation) -> Int64 {
        let (sum, overflows) = wallClock().addingReportingOverflow(call.keep)
        return overflows ? .max : sum
    }

    /// What is left to do when the disk does not take a job.
    private func giveUp(_ job: StoreJob) {
        switch job {
        case .reserve(_, let reply): replies.append(.reservation(reply, .unavailable))
        case .withdraw(let key, let ticket): withdraw(key, ticket)
        case .keep(let key, _, let done):
            // The row still says "under way", which will be read as "unknown". Nobody gets the key from here.
            refuseAll(key)
            replies.append(.kept(done, false))
        case .settle(let key, _): refuseAll(key)
        }
    }

    /// Ends a key's run in memory alone.
    private func refuseAll(_ key: Digest256) {
        for call in memory.ledger.answered(key) { tell(call, .unavailable) }
    }

    // MARK: State

    private func worked() {
        if status.set(failure: nil) { log("the store of answers can be written again") }
    }

    private func failed(_ error: StorageError) {
        if status.set(failure: error.description) { log(error.description) }
    }

    private func sweep() {
        let now = wallClock()
        guard now >= nextSweep || now < nextSweep - 2 * Int64(Self.sweepInterval) * 1_000_000 else { return }
        nextSweep = now + Int64(Self.sweepInterval) * 1_000_000
        do throws(StorageError) {
            try table.begin()
            try table.removeExpired(at: now)
            try table.commit()
            let size = try table.size()
            status.sized(bytes: size.bytes, keys: size.rows)
            worked()
        } catch {
            table.rollback()
            failed(error)
        }
    }
}

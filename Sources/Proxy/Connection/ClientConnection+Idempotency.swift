import NIOCore
import RouteGraph

/// `idempotency`: a call asks for its key before its partner is called, and its answer is kept before the client gets it.
///
/// ```
///   mapped ──► asking ──run──► holding ──final answer──► keeping ──kept──► answered
///                │ replay, refusal │ no answer, or one that may change
///                ▼                 ▼
///             answered          answered; the key is freed, or its outcome is unknown
/// ```
/// All of `asking` and `holding` are the exchange's `acquiring` to `collecting`, `keeping` its `answering`. However the call ends,
/// `settleKey` says so to the store. When the client goes while the key is held, the call goes on without it: the one that comes
/// again with the same key is to have the answer.
extension ClientConnection {
    /// The partner's request is ready: asks for the call's key. Nothing may be done after this.
    func reserve(_ call: Call, _ plan: IdempotencyPlan, _ whole: ByteBuffer, _ pool: UpstreamPool, _ now: Int64) {
        switch worker.mediator.idempotencyKey(call, plan) {
        case .missing where plan.isRequired: answer(.keyMissing())
        case .missing: acquire(pool, now, fresh: false)
        case .malformed: answer(.keyMalformed())
        case .key(let key):
            guard let store = worker.answers else {
                worker.metrics.keys.unavailable &+= 1
                return answer(.storeUnavailable())
            }
            worker.tickets &+= 1
            let ticket = worker.tickets
            let reservation = Reservation(
                key: digest(store, call, key), fingerprint: fingerprint(store, call, whole), ticket: ticket,
                waits: plan.waits, retriesUnknown: plan.retriesUnknown, keep: plan.keep)
            keyed = KeyedCall(key: reservation.key, ticket: ticket)
            setDeadline(after: .max / 4, from: now)
            let bound = NIOLoopBound(self, eventLoop: worker.loop)
            let (life, loop) = (worker.life, worker.loop)
            store.reserve(reservation) { reply in
                life.hand(to: loop) { bound.value.keyReplied(ticket, reservation.key, reply) }
            }
        }
    }

    private func digest(_ store: any AnswerStore, _ call: Call, _ key: [UInt8]) -> Digest256 {
        let consumer = Array((call.consumerName ?? "").utf8)
        let operation = Array((call.operation?.identity ?? "").utf8)
        return consumer.withUnsafeBytes { consumer in
            operation.withUnsafeBytes { operation in
                key.withUnsafeBytes { store.digest([consumer, operation, $0]) }
            }
        }
    }

    private func fingerprint(_ store: any AnswerStore, _ call: Call, _ whole: ByteBuffer) -> Digest256 {
        let head = call.head
        let method = UnsafeRawBufferPointer(start: head.bytes, count: head.methodCount)
        return whole.withUnsafeReadableBytes {
            store.digest([method, UnsafeRawBufferPointer(head.path), UnsafeRawBufferPointer(head.query), $0])
        }
    }

    /// The store has replied; the call may be over by now, and another one under way.
    private func keyReplied(_ ticket: UInt64, _ key: Digest256, _ reply: ReservationReply) {
        guard let keyed, keyed.ticket == ticket, keyed.phase == .asking, let call, let pool else {
            if reply == .run { worker.answers?.settle(key, .released) }
            return
        }
        let now = Clock.monotonic()
        call.finish(.admit, at: now)
        if reply == .run {
            self.keyed?.phase = .holding
            acquire(pool, now, fresh: false)
            return flush()
        }
        self.keyed = nil
        switch reply {
        case .run: break
        case .replay(let stored):
            worker.metrics.keys.replayed &+= 1
            exchange.replayed()
            worker.mediator.replay(call, stored)
            sendMediatorAnswer()
        case .reused:
            worker.metrics.keys.reused &+= 1
            answer(.keyReused())
        case .inProgress:
            worker.metrics.keys.inProgress &+= 1
            answer(.keyInProgress())
        case .unknown:
            worker.metrics.keys.unknown &+= 1
            answer(.outcomeUnknown())
        case .unavailable:
            worker.metrics.keys.unavailable &+= 1
            answer(.storeUnavailable())
        }
        flush()
    }

    /// The call's time is over while it waits for its key: what it is told, or nil when it does not wait for one. The exchange is in
    /// `answering`.
    func keyTimedOut() -> Failure? {
        guard let keyed, keyed.phase == .asking else { return nil }
        settleKey()
        guard worker.answers?.isOpen == true else {
            worker.metrics.keys.unavailable &+= 1
            return .storeUnavailable()
        }
        worker.metrics.keys.inProgress &+= 1
        return .keyInProgress()
    }

    // MARK: The answer

    /// The call's answer stands in the mediator: it is kept when it is the last word, and sent after that.
    /// - Returns: false when it is not to be kept, and can be sent at once.
    func keepAnswer(_ call: Call) -> Bool {
        guard let keyed, keyed.phase == .holding, let store = worker.answers else { return false }
        guard Mediator.isFinal(call) else {
            if call.hasLostAnswer { self.keyed?.unanswered += 1 }
            return false
        }
        self.keyed?.phase = .keeping
        let answer = worker.mediator.storedAnswer(call)
        prepareMediatorAnswer(call)
        totalDeadline = .max
        setDeadline(after: Self.keepingTime)
        let bound = NIOLoopBound(self, eventLoop: worker.loop)
        let (life, loop) = (worker.life, worker.loop)
        let ticket = keyed.ticket
        store.keep(keyed.key, answer) { isKept in
            life.hand(to: loop) { bound.value.answerKept(ticket, isKept) }
        }
        return true
    }

    /// How long the disk may take.
    private static var keepingTime: Int64 { 30_000_000_000 }

    /// The answer is on the disk, or can't get there. The client gets it in any case: it is what became of the call.
    private func answerKept(_ ticket: UInt64, _ isKept: Bool) {
        guard let keyed, keyed.ticket == ticket, keyed.phase == .keeping else { return }
        self.keyed = nil
        if !isKept { worker.metrics.keys.lost &+= 1 }
        if isOrphan { return endOrphan() }
        finishAnswer()
        flush()
    }

    /// The call is over: says to the store what became of its key.
    func settleKey() {
        guard let keyed else { return }
        self.keyed = nil
        switch keyed.phase {
        case .asking: worker.answers?.withdraw(keyed.key, ticket: keyed.ticket)
        case .holding:
            if keyed.unanswered > 0 { worker.metrics.keys.lost &+= 1 }
            worker.answers?.settle(keyed.key, keyed.unanswered > 0 ? .unknown : .released)
        case .keeping: break
        }
    }

    // MARK: Without a client

    /// The client has gone. True when its call goes on: the key is held, and the partner may have been called; or others wait for
    /// its answer.
    func becomesOrphan() -> Bool {
        guard keyed?.phase == .holding || cached?.isAwaited == true else { return false }
        switch exchange.phase {
        case .acquiring, .sending, .collecting: break
        // What nobody reads any more is still copied for the others.
        case .streaming where cached?.isCopied == true: break
        default: return false
        }
        isOrphan = true
        isWritable = true
        partner?.resumeReading()
        switch attempt.waiting {
        case .pause: setDeadline(after: 0, from: attempt.next)
        case .rate(let gate): setDeadline(after: gate.plan.wait &+ RateGate.slack)
        case .permit, .answer: setDeadline(after: .max / 4)
        case .nothing, .partner: setDeadline(after: pool?.plan.responseTimeout ?? 0)
        }
        return true
    }

    /// A call without a client is over.
    func endOrphan() {
        guard isOrphan else { return }
        if detached != nil { return endDetached(nil) }
        isOrphan = false
        worker.wheel.remove(self)
        if case .abandon(let cancels) = exchange.clientClosed() {
            abandon(cancelsPartner: cancels)
        } else if call != nil {
            abandon(cancelsPartner: false)
        }
        worker.remove(self)
    }
}

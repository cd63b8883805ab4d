import Documents
import NIOCore
import RouteGraph

/// Where a call stands between "its request is ready" and "a connection is lent": all of it is the exchange's `acquiring`.
struct AttemptState {
    /// What has to be passed, in this order. A further attempt begins at `partnerRate`.
    enum Gate: UInt8 {
        case consumerRate, operationRate, cache, version, partnerRate, permit, circuit, connection
    }

    enum Waiting {
        case nothing
        /// For the time of the next attempt.
        case pause
        case rate(RateGate)
        case permit(ConcurrencyGate)
        /// For the answer of another call with the same key.
        case answer
        /// For a connection, or, when one is lent, for the partner's answer.
        case partner
    }

    var gate = Gate.consumerRate
    var waiting = Waiting.nothing
    /// Whose permit the attempt holds.
    var permit: ConcurrencyGate?
    var isProbe = false
    /// When the next attempt begins.
    var next: Int64 = 0
    /// The place that the attempt was sent to, and the one of the attempt before.
    var place = -1
    var lastPlace = -1
    /// The kept connection had gone stale: the same place, by a new one.
    var fresh = false
    /// Bytes of an answer that is thrown away.
    var discarded = 0
    /// Whether it goes to the partner's new version.
    var isNext = false
    /// Whether only the new version would know a repetition for one: it was sent the call, by a key.
    var isBound = false
    /// Whether the new version gets a copy of the request, and what waits for the answers of both then.
    var copyIsDue = false
    var comparison: ShadowComparison?
}

extension ClientConnection {
    private var link: PartnerLink? {
        guard let call, let operation = call.operation, let graph else { return nil }
        return graph.partners[detached?.upstream ?? operation.upstream]
    }

    /// The request is ready: passes what stands before the partner, and asks for a connection. Nothing may be done after this: the
    /// call may have been answered on the way.
    func acquire(_ pool: UpstreamPool, _ now: Int64, fresh: Bool) {
        guard let call, let graph, let link else { return }
        attempt = AttemptState()
        if link.isPlain, graph.hasNoGates, call.operation?.cache == nil { return open(pool, now, fresh: fresh) }
        if detached != nil {
            attempt.gate = .version
        } else if !link.plan.deadlineHeader.isEmpty, let failure = takeDeadline(call, link.plan.deadlineHeader) {
            return answer(failure)
        }
        pass(link, now)
    }

    /// The consumer says how long it waits. The less of it and of the partner's own time counts.
    private func takeDeadline(_ call: Call, _ header: [UInt8]) -> Failure? {
        guard let value = header.withUnsafeBufferPointer({ call.head.value(named: $0) }) else { return nil }
        guard let time = CallerDeadline.read(value) else {
            return .badRequest("\(String(decoding: header, as: UTF8.self)) is no time: write milliseconds, or `5S`.")
        }
        totalDeadline = min(totalDeadline, call.started &+ time)
        return nil
    }

    /// Passes the gates that are left.
    private func pass(_ link: PartnerLink, _ now: Int64) {
        guard let call, let operation = call.operation, let graph else { return }
        attempt.waiting = .nothing
        guard now < totalDeadline else { return partnerLost(.timeout, wasSilent: false) }
        while true {
            switch attempt.gate {
            case .consumerRate:
                attempt.gate = .operationRate
                if let consumer = call.consumer, let gate = graph.consumerGates[consumer], !enter(gate, now) { return }
            case .operationRate:
                attempt.gate = .cache
                if let gate = graph.operationGates[operation.index], !enter(gate, now) { return }
            case .cache:
                attempt.gate = .version
                if operation.cache != nil, askCache(now) { return }
            case .version:
                attempt.gate = .partnerRate
                // Only a call that goes to the partner has a share in this.
                if let version = link.version { chooseVersion(version, now) }
                if let retry = link.plan.retry { link.state.budget.deposit(percent: retry.budgetPercent) }
            case .partnerRate:
                attempt.gate = .permit
                // A partner that is left alone costs nobody a turn.
                if !attempt.isNext, let wait = link.state.breaker?.refusal(now: now) {
                    return refuseByCircuit(link, wait, now)
                }
                if let gate = link.state.rate, !enter(gate, now) { return }
            case .permit:
                attempt.gate = .circuit
                guard let gate = link.state.concurrency else { continue }
                switch gate.enter(self) {
                case .go: attempt.permit = gate
                case .waiting:
                    attempt.waiting = .permit(gate)
                    setDeadline(after: .max / 4, from: now)
                    return
                case .full:
                    call.retryAfter = 1
                    call.attempts.append(Attempt(started: now))
                    return partnerLost(.queueFull, wasSilent: false)
                }
            case .circuit:
                attempt.gate = .connection
                if attempt.isNext, entersNext(link.version, now) { continue }
                if attempt.isBound { return refuseByCircuit(link, 1_000_000_000, now) }
                switch link.state.breaker?.admit(now: now) {
                case nil, .call: break
                case .probe: attempt.isProbe = true
                case .refused(let wait): return refuseByCircuit(link, wait, now)
                }
            case .connection:
                let fresh = attempt.fresh
                attempt.fresh = false
                if fresh, let pool { return open(pool, now, fresh: true) }
                return open(place(link, now), now, fresh: false)
            }
        }
    }

    private func refuseByCircuit(_ link: PartnerLink, _ wait: Int64, _ now: Int64) {
        link.state.shortCircuits &+= 1
        call?.retryAfter = Seconds.ceiling(wait)
        call?.attempts.append(Attempt(started: now))
        partnerLost(.circuitOpen, wasSilent: false)
    }

    /// False when the call has to wait, or was refused.
    private func enter(_ gate: RateGate, _ now: Int64) -> Bool {
        switch gate.enter(self, consumer: call?.consumer ?? -1, now: now) {
        case .go: return true
        case .waiting:
            attempt.waiting = .rate(gate)
            setDeadline(after: gate.plan.wait &+ RateGate.slack, from: now)
        case .refused(let nanoseconds): refuse(by: gate, nanoseconds, now)
        }
        return false
    }

    private func refuse(by gate: RateGate, _ nanoseconds: Int64, _ now: Int64) {
        guard let call else { return }
        attempt.waiting = .nothing
        if cached != nil, cacheRefused() { return flush() }
        call.retryAfter = Seconds.ceiling(nanoseconds)
        call.rateNotice = gate.notice(now)
        call.finish(.admit, at: now)
        answer(.rateLimited())
        flush()
    }

    /// The call's turn has come at a rate limit.
    func turnCame(_ now: Int64) {
        guard let link, case .rate = attempt.waiting else { return }
        call?.finish(.admit, at: now)
        pass(link, now)
        flush()
    }

    /// Another consumer's turn comes first, and there is no time to wait for the next.
    func turnRefused(_ gate: RateGate, retryIn nanoseconds: Int64) {
        guard case .rate(let present) = attempt.waiting, present === gate else { return }
        refuse(by: gate, nanoseconds, Clock.monotonic())
    }

    /// One of the partner's calls has ended, and this one may begin.
    func permitCame(_ now: Int64) {
        guard let link, case .permit(let gate) = attempt.waiting else { return }
        attempt.permit = gate
        call?.finish(.admit, at: now)
        pass(link, now)
        flush()
    }

    /// Another call's answer was not this one's: asks the cache again, or goes to the partner without it.
    func goOn(asking: Bool, _ now: Int64) {
        guard let link else { return }
        attempt.gate = asking ? .cache : .version
        pass(link, now)
    }

    // MARK: Places

    /// The pool of the place that the attempt is sent to.
    private func place(_ link: PartnerLink, _ now: Int64) -> UpstreamPool {
        if attempt.isNext, let version = link.version { return readdress(to: version.pool) }
        guard link.pools.count > 1 else { return readdress(to: link.pools[0]) }
        let state = link.state
        var index = 0
        if link.epoch == state.epoch {
            index = state.balancer.begin(now: now, avoiding: attempt.lastPlace, &worker.jitter)
            attempt.place = index
        }
        return readdress(to: link.pools[index])
    }

    // MARK: Another attempt

    /// When the next attempt begins after this end of one; nil when there is none.
    private func nextAttempt(after cause: RetryPolicy.Cause, nothingWasSent: Bool) -> Int64? {
        guard let link, let plan = link.plan.retry, let call, requestIsKept else { return nil }
        if attempt.isNext, !nothingWasSent, !requestIsIdempotent { attempt.isBound = true }
        let isSafe = nothingWasSent || requestIsIdempotent || requestHasKey(plan)
        let next = RetryPolicy.next(
            plan, after: cause, attempts: call.attempts.count, isSafe: isSafe, now: Clock.monotonic(),
            deadline: totalDeadline, budget: link.state.budget, jitter: &worker.jitter)
        if next != nil { link.state.retries &+= 1 }
        return next
    }

    /// After a failure of the connection; the exchange says whether it asks.
    func nextAttempt(after failure: TransportFailure, wasProcessed: Bool = true) -> Int64? {
        switch exchange.phase {
        // The current version gets what the new one could not take.
        case .acquiring where attempt.isNext && !attempt.isBound: Clock.monotonic()
        case .acquiring: nextAttempt(after: .transport(failure), nothingWasSent: true)
        case .sending, .collecting:
            exchange.discardsAnswer
                ? nil : nextAttempt(after: .transport(failure), nothingWasSent: !wasProcessed)
        default: nil
        }
    }

    /// After an answer that the policy names.
    func nextAttempt(afterStatus call: Call) -> Int64? {
        guard let plan = link?.plan.retry, plan.causes.contains(status: call.partnerHead.status),
            !exchange.requestIsOpen
        else { return nil }
        let name: StaticString = "retry-after"
        let field = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let asked = call.partnerHead.value(named: field).flatMap { RetryAfter.read($0, wallClock: Clock.wall()) }
        return nextAttempt(
            after: .status(call.partnerHead.status, retryAfter: asked), nothingWasSent: false)
    }

    /// Whether the request carries the key by which the partner knows a repetition.
    private func requestHasKey(_ plan: RetryPlan) -> Bool {
        guard !plan.keyHeader.isEmpty else { return false }
        return request.withUnsafeReadableBytes { bytes in
            let end = ByteSearch.find([0x0D, 0x0A, 0x0D, 0x0A], in: bytes) ?? bytes.count
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            return ByteSearch.find([0x0D, 0x0A] + plan.keyHeader + [0x3A], in: head, ignoringCase: true) != nil
        }
    }

    /// Waits for the time of the next attempt.
    func pause(until next: Int64) {
        attempt.waiting = .pause
        attempt.next = next
        attempt.gate = .partnerRate
        if attempt.isNext, !attempt.isBound {
            attempt.isNext = false
            let now = Clock.monotonic()
            if next <= now, let link { return pass(link, now) }
        }
        setDeadline(after: 0, from: next)
    }

    /// A deadline has passed. True when it was one of an attempt, and has been dealt with.
    func attemptDeadlineReached(_ now: Int64) -> Bool {
        guard now < totalDeadline else {
            leaveLines()
            return false
        }
        switch attempt.waiting {
        case .nothing: return false
        case .pause:
            guard let link, exchange.phase == .acquiring else { return false }
            if now < attempt.next {
                setDeadline(after: 0, from: attempt.next)
            } else {
                pass(link, now)
            }
        case .rate(let gate):
            gate.forget(self)
            gate.countRefusal()
            refuse(by: gate, max(1, gate.meter.resetIn(now: now)), now)
        case .permit, .answer:
            setDeadline(after: .max / 4, from: now)
        case .partner:
            guard link?.plan.retry != nil || attempt.isNext else { return false }
            let waitsForClient = exchange.requestIsOpen && input.readableBytes == 0
            switch exchange.phase {
            case .acquiring:
                let failure = pool?.waitingFailure ?? .connect
                pool?.forget(self)
                partnerLost(failure, wasSilent: false)
            case .sending where !waitsForClient, .collecting:
                cancelPartner()
                partnerLost(.timeout, wasSilent: false)
            default: return false
            }
        }
        flush()
        return true
    }

    // MARK: Ends

    /// Takes the call out of every line that it stands in.
    func leaveLines() {
        switch attempt.waiting {
        case .rate(let gate): gate.forget(self)
        case .permit(let gate): gate.forget(self)
        case .partner: return
        case .nothing, .pause, .answer: break
        }
        attempt.waiting = .nothing
    }

    /// The attempt under way has ended: books it, and gives back what it held.
    /// - Parameter isStale: whether it says nothing about the partner but that it closes connections that are not used.
    func noteAttempt(failure: TransportFailure?, isStale: Bool = false) {
        guard let call, let last = call.attempts.indices.last, call.attempts[last].ended == 0 else { return }
        let now = Clock.monotonic()
        call.attempts[last].ended = now
        call.attempts[last].failure = failure
        if attempt.place > 0 { call.attempts[last].place = attempt.place }
        if attempt.isNext { call.attempts[last].isNext = true }
        guard let link, !link.isPlain else { return }
        let result: CircuitBreaker.Result
        switch failure {
        case .circuitOpen, .queueFull: result = .unknown
        case .some where isStale: result = .unknown
        case .some: result = .failure
        case nil:
            let status = call.attempts[last].status
            result = status == 0 ? .unknown : (status >= 500 ? .failure : .success)
        }
        let took = now &- call.attempts[last].started
        if let version = link.version { noteVersion(version, result, took: took, now: now) }
        if !attempt.isNext, failure != .circuitOpen, failure != .queueFull || attempt.isProbe {
            link.state.breaker?.ended(result, isProbe: attempt.isProbe, took: took, now: now)
        }
        attempt.isProbe = false
        releasePermit(took, attempt.isNext ? .unknown : result)
        attempt.lastPlace = attempt.place
        if attempt.place >= 0 { leavePlace(link, result, now) }
        attempt.place = -1
    }

    private func leavePlace(_ link: PartnerLink, _ result: CircuitBreaker.Result, _ now: Int64) {
        let name = link.pools[attempt.place].plan.place
        // After a reload the place may stand elsewhere in the list.
        let index =
            link.epoch == link.state.epoch
            ? attempt.place : link.state.balancer.members.firstIndex { $0.place == name } ?? -1
        guard link.state.balancer.ended(index, result, now: now) else { return }
        link.state.ejections &+= 1
        worker.log("partner \(link.state.identity): \(name) is left out")
    }

    private func releasePermit(_ took: Int64, _ result: CircuitBreaker.Result) {
        guard let gate = attempt.permit else { return }
        attempt.permit = nil
        gate.release(took: took, result: result)
    }

    /// A call is made again at once, to the same place; by a new connection when it was a stale one that failed.
    func acquireAgain(_ pool: UpstreamPool, fresh: Bool) {
        let now = Clock.monotonic()
        guard let link, !link.isPlain else { return open(pool, now, fresh: fresh) }
        attempt.fresh = fresh
        attempt.gate = .permit
        pass(link, now)
    }

    /// The call is over.
    func endAttempts() {
        leaveLines()
        noteAttempt(failure: nil)
        releasePermit(0, .unknown)
        if let comparison = attempt.comparison {
            attempt.comparison = nil
            comparison.currentEnded()
        }
        attempt.waiting = .nothing
    }
}

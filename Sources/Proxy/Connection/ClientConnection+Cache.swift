import Documents
import NIOCore
import RouteGraph

/// `cache`: a call asks for a kept answer after its consumer's and its operation's rate limit, before anything of the partner's.
///
/// ```
///   mapped ──► limits of consumer and operation ──► asking ──fresh──────────────► answered
///                                                   │ │ │ └──stale, revalidating──► answered; fetched anew, detached
///                                                   │ │ └──unkept, bypass──────────► partner, as without a cache
///                                                   │ └──under way──► waiting ──flightEnded──► answered, or asking again
///                                                   ▼ nothing
///                                                 leading ──► partner ──good──► kept, answered, and those who wait as well
///                                                               └──failed──► the stale answer, when there is one
/// ```
/// Asking and waiting are the exchange's `acquiring`. A call that leads and is waited for goes on when its client has gone.
extension ClientConnection {
    /// Notes the call's key. Called when the partner's request has just been made, while expressions still read this call.
    func noteCacheKey(_ call: Call, _ plan: CachePlan, _ whole: ByteBuffer) {
        let scratch = worker.cacheKeys
        let hasKey = whole.withUnsafeReadableBytes {
            worker.mediator.writeCacheKey(call, plan, body: $0, into: scratch)
        }
        cacheKey.removeAll(keepingCapacity: true)
        if hasKey { cacheKey.append(contentsOf: scratch.bytes) }
    }

    /// Asks for a kept answer.
    /// - Returns: true when the call was answered, or waits for another one's answer.
    func askCache(_ now: Int64) -> Bool {
        guard let call, let operation = call.operation, let plan = operation.cache,
            let cache = graph?.caches[operation.index]
        else { return false }
        cached = nil
        guard !cacheKey.isEmpty else { return bypassCache(call, cache) }
        let (hash, finding) = cacheKey.withUnsafeBytes { key in
            let hash = ResponseCache.hash(key)
            return (hash, cache.answers.find(key, hash: hash, now: now))
        }
        var stale: KeptAnswer?
        switch finding {
        case .fresh(let kept):
            cache.counts.hits &+= 1
            exchange.replayed()
            sendKept(call, kept, .hit, now)
            return true
        case .revalidating(let kept):
            cache.counts.stale &+= 1
            prepareRefresh(plan, cache, hash)
            exchange.replayed()
            sendKept(call, kept, .stale, now)
            return true
        case .onError(let kept): stale = kept
        case .unkept: return bypassCache(call, cache)
        case .nothing: break
        }
        // An answer to HEAD is none to keep.
        guard !requestIsHead else { return bypassCache(call, cache) }
        let key = CacheKey(hash: hash, bytes: cacheKey)
        let cached = CachedCall(plan, cache, key, stale: stale)
        self.cached = cached
        if let flight = cache.flights[key] {
            cached.flight = flight
            attempt.waiting = .answer
            setDeadline(after: .max / 4, from: now)
            flight.join(self, cached)
            return true
        }
        cache.counts.misses &+= 1
        call.cache = .miss
        cached.leads = true
        cached.flight = CacheFlight(key, cache, worker, leader: self)
        return false
    }

    private func bypassCache(_ call: Call, _ cache: OperationCache) -> Bool {
        cache.counts.bypassed &+= 1
        call.cache = .bypass
        return false
    }

    /// Answers with a kept answer. The exchange is in `answering`.
    private func sendKept(
        _ call: Call, _ kept: KeptAnswer, _ use: CacheUse, _ now: Int64, standsIn: Bool = false, partnerStatus: Int = 0
    ) {
        let mediator = worker.mediator
        mediator.kept(call, kept, use, standsIn: standsIn, partnerStatus: partnerStatus, now: now)
        if isOrphan { return endOrphan() }
        exchange.answerPrepared(discardsRequest: false)
        output.clear(minimumCapacity: mediator.head.count + min(kept.body.count, 64 * 1024) + 64)
        output.writeBytes(UnsafeRawBufferPointer(start: mediator.head.base, count: mediator.head.count))
        writePersistence(call)
        if call.head.method == .head {
            call.responseBytes = 0
        } else {
            output.writeBytes(kept.body)
        }
        finishAnswer()
    }

    // MARK: Waiting for another call

    /// The call that this one waits for is over. It may have ended meanwhile, and another one be under way.
    func flightEnded(_ cached: CachedCall, _ end: CacheFlight.End) {
        guard self.cached === cached, let call, case .answer = attempt.waiting else { return }
        attempt.waiting = .nothing
        let now = Clock.monotonic()
        call.finish(.admit, at: now)
        switch end {
        case .answer(let kept):
            self.cached = nil
            cached.cache.counts.coalesced &+= 1
            exchange.replayed()
            sendKept(call, kept, .coalesced, now)
        case .partnerAnswer(let head, let body):
            exchange.replayed()
            call.partnerHead.copy(head)
            body.withUnsafeReadableBytes { worker.mediator.response(call, body: $0) }
            if call.status >= 500, answerStale(call, partnerStatus: head.status) { break }
            call.cache = .coalesced
            cached.cache.counts.coalesced &+= 1
            self.cached = nil
            sendMediatorAnswer()
        case .failure(let failure):
            exchange.replayed()
            if answerStale(call) { break }
            call.cache = .coalesced
            cached.cache.counts.coalesced &+= 1
            self.cached = nil
            worker.mediator.transport(call, failure)
            sendMediatorAnswer()
        case .bad where hasStale(now):
            exchange.replayed()
            _ = answerStale(call)
        case .bad, .alone: goOn(asking: true, now)
        case .refused: goOn(asking: false, now)
        }
        flush()
    }

    // MARK: Good answers

    /// The mapped answer stands in the mediator, or what takes the place of one.
    /// - Returns: true when a kept answer was sent instead.
    func keepMapped(_ call: Call, _ whole: ByteBuffer) -> Bool {
        guard let cached, cached.leads, let flight = cached.flight, !flight.isOver else {
            if call.cache == .bypass { noteForwarded(call) }
            return false
        }
        let now = Clock.monotonic()
        let mediator = worker.mediator
        if Mediator.isGood(call) {
            let kept = KeptAnswer(
                status: call.status, headers: mediator.keptHeaders(), body: Array(mediator.body.bytes),
                plan: cached.plan, now: now)
            let isKept = cached.keep(kept, now)
            mediator.noteForwarded(call, wasStale: cached.stale != nil, isKept: isKept)
            flight.end(.answer(kept))
            return false
        }
        if call.status < 500 { cached.forget() }
        if flight.waitingCount > 0 {
            let head = MessageHead()
            head.copy(call.partnerHead)
            flight.end(.partnerAnswer(head, whole))
        } else {
            flight.end(.alone)
        }
        return call.status >= 500 && answerStale(call, partnerStatus: call.partnerHead.status)
    }

    /// The head of an answer that passes through is written: begins to copy what follows, when it may be kept.
    func beginCopy(_ call: Call, _ announcedLength: Int?) {
        guard let cached, cached.leads, let flight = cached.flight, !flight.isOver else { return }
        let now = Clock.monotonic()
        let status = call.partnerHead.status
        cached.terms = KeepingTerms(call.partnerHead, wallClock: Clock.wall())
        let isWhole = status != 206 && status != 304
        // An error of the partner's is never kept, and is everybody's who waits.
        let isEverybodys = status >= 500 || isWhole && cached.terms.isKept
        guard isEverybodys, announcedLength ?? 0 <= copyLimit(cached) else {
            cached.forget()
            cached.markUnkept(now)
            return flight.end(.alone)
        }
        cached.isCopied = true
        cached.status = status
        cached.headers = worker.mediator.keptHeaders()
        cached.body.reserveCapacity(announcedLength ?? 0)
    }

    /// A call's own marker for its consumer, in the answer's head that was just written.
    func noteForwarded(_ call: Call) {
        worker.mediator.noteForwarded(call, wasStale: cached?.stale != nil, isKept: false)
    }

    private func copyLimit(_ cached: CachedCall) -> Int {
        min(answerLimit, cached.cache.answers.limit)
    }

    func copy(_ buffer: ByteBuffer, at index: Int, count: Int) {
        guard let cached, cached.isCopied else { return }
        guard cached.body.count + count <= copyLimit(cached) else {
            cached.isCopied = false
            cached.body = []
            cached.markUnkept(Clock.monotonic())
            cached.flight?.end(.alone)
            return
        }
        buffer.withUnsafeReadableBytes { cached.body.append(contentsOf: $0.part(index - buffer.readerIndex, count)) }
    }

    /// The last byte of an answer that passed through is there.
    func endCopy() {
        guard let cached, cached.isCopied else { return }
        let now = Clock.monotonic()
        let kept = KeptAnswer(
            status: cached.status, headers: cached.headers, body: cached.body, plan: cached.plan, terms: cached.terms,
            now: now)
        if 200..<300 ~= cached.status {
            _ = cached.keep(kept, now)
        } else if cached.status < 500 {
            cached.forget()
        }
        cached.flight?.end(.answer(kept))
    }

    // MARK: Failures

    /// The partner gave no usable answer. The exchange is in `answering`, unless the answer had begun.
    /// - Returns: true when a kept answer was sent instead.
    func cacheLost(_ failure: TransportFailure, mayAnswer: Bool = true) -> Bool {
        guard let cached, let call else { return false }
        if cached.leads, let flight = cached.flight {
            // Who waits may have more time than this call had.
            let isOwn = failure == .timeout && Clock.monotonic() >= totalDeadline
            flight.end(isOwn ? .alone : .failure(failure))
        }
        return mayAnswer && answerStale(call)
    }

    /// A server error is about to pass through: a kept answer goes out in its place.
    /// - Returns: true when it did.
    func replaceError(_ call: Call, _ status: Int) -> Bool {
        guard let cached, cached.leads, call.operation?.isPassThrough == true, hasStale(Clock.monotonic()) else {
            return false
        }
        cached.flight?.end(.bad)
        noteAttempt(failure: nil)
        if exchange.refused(closesConnection: false) { cancelPartner() }
        return answerStale(call, partnerStatus: status)
    }

    /// The partner's own rate limit has no turn for the call. The exchange is in `acquiring`.
    func cacheRefused() -> Bool {
        guard let call, let cached else { return false }
        let isThere = hasStale(Clock.monotonic())
        if cached.leads { cached.flight?.end(isThere ? .bad : .refused) }
        guard isThere else { return false }
        exchange.replayed()
        return answerStale(call)
    }

    private func hasStale(_ now: Int64) -> Bool {
        cached?.stale.map { now < $0.errorUntil } ?? false
    }

    private func answerStale(_ call: Call, partnerStatus: Int = 0) -> Bool {
        let now = Clock.monotonic()
        guard hasStale(now), let cached, let stale = cached.stale else { return false }
        cached.cache.counts.stale &+= 1
        sendKept(call, stale, .stale, now, standsIn: true, partnerStatus: partnerStatus)
        return true
    }

    // MARK: Ends

    /// The call has ended: who waits for it is told, and what is stale is fetched anew.
    func finishCached(_ cached: CachedCall, _ call: Call, _ graph: WorkerGraph) {
        self.cached = nil
        if cached.leads {
            cached.flight?.end(.alone)
        } else {
            cached.flight?.waitingCount -= 1
        }
        guard let request = cached.refresh else { return worker.finish(call, of: graph) }
        worker.record(call, of: graph)
        call.beginAgain(at: Clock.monotonic(), wallClock: Clock.wall())
        call.cache = .refresh
        let worker = worker
        let flight = CacheFlight(cached.key, cached.cache, worker, leader: nil)
        let isStarted = DetachedCall.start(request, for: call, of: graph, on: worker) { call, result in
            cached.refreshed(call, result, flight, worker)
        }
        if !isStarted {
            flight.end(.alone)
            worker.recycle(call)
        }
    }

    /// The call is about to be answered with an answer after its time.
    private func prepareRefresh(_ plan: CachePlan, _ cache: OperationCache, _ hash: Int) {
        guard !requestIsHead, worker.takesDetached, let upstream = call?.operation?.upstream else { return }
        let key = CacheKey(hash: hash, bytes: cacheKey)
        guard cache.flights[key] == nil else { return }
        let cached = CachedCall(plan, cache, key, stale: nil)
        cached.refresh = DetachedCall.Request(
            bytes: request, upstream: upstream, isIdempotent: requestIsIdempotent, spendsConnection: spendsPartner)
        self.cached = cached
    }
}

extension CachedCall {
    /// A kept answer was fetched anew, or could not be.
    func refreshed(_ call: Call, _ result: DetachedCall.Result, _ flight: CacheFlight, _ worker: Worker) {
        cache.counts.refreshes &+= 1
        switch result {
        case .answered(let body): take(call, body, flight, worker)
        case .failed(let failure):
            call.outcome = .partnerFailed
            flight.end(.failure(failure))
        case .notMade:
            call.outcome = .abandoned
            flight.end(.alone)
        }
        worker.callLog.append(call)
    }

    private func take(_ call: Call, _ body: ByteBuffer, _ flight: CacheFlight, _ worker: Worker) {
        let now = Clock.monotonic()
        let mediator = worker.mediator
        var kept: KeptAnswer?
        call.receivedBytes = body.readableBytes
        if call.operation?.isPassThrough == true {
            mediator.passThroughResponseHead(call)
            let terms = KeepingTerms(call.partnerHead, wallClock: Clock.wall())
            if terms.isKept, 200..<300 ~= call.status, call.status != 206 {
                kept = KeptAnswer(
                    status: call.status, headers: mediator.keptHeaders(), body: Array(body.readableBytesView),
                    plan: plan, terms: terms, now: now)
            }
        } else {
            body.withUnsafeReadableBytes { mediator.response(call, body: $0) }
            if Mediator.isGood(call) {
                kept = KeptAnswer(
                    status: call.status, headers: mediator.keptHeaders(), body: Array(mediator.body.bytes), plan: plan,
                    now: now)
            }
        }
        if let kept {
            _ = keep(kept, now)
            flight.end(.answer(kept))
        } else if call.status >= 500 {
            flight.end(.bad)
        } else {
            forget()
            flight.end(.alone)
        }
    }
}

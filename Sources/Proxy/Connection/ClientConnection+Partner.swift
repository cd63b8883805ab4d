import Documents
import NIOCore
import RouteGraph

extension ClientConnection {
    // MARK: Getting a connection

    /// Asks for a connection to the partner. Nothing may be done after this: it may have been answered on the way.
    func open(_ pool: UpstreamPool, _ now: Int64, fresh: Bool) {
        call?.attempts.append(Attempt(started: now))
        attempt.waiting = .partner
        setDeadline(after: pool.plan.connectTimeout, from: now)
        switch pool.acquire(for: self, fresh: fresh) {
        case .connection(let connection): connectionReady(connection, reused: true)
        case .waiting: break
        case .lineIsFull: partnerLost(.queueFull, wasSilent: true)
        }
    }

    /// A connection is lent to the call.
    func connectionReady(_ connection: UpstreamConnection, reused: Bool) {
        guard let call, let pool else { return connection.giveBack() }
        exchange.connectionReady(reused: reused)
        if keyed != nil { keyed?.unanswered += 1 }
        partner = connection
        if let last = call.attempts.indices.last { call.attempts[last].reusedConnection = reused }
        connection.lend(to: self, answersHead: requestIsHead)
        var request = request
        if pool.sendsAbsoluteForm, let proxy = pool.plan.proxy {
            request = ForwardedRequest.absolute(request, pool.plan, proxy)
        }
        if exchange.requestIsOpen {
            connection.write(request)
            sendContinue()
            setDeadline(after: clientSilence)
            consume()
            connection.flush()
        } else {
            setDeadline(after: pool.plan.responseTimeout)
            connection.writeAndFlush(request)
        }
        if attempt.copyIsDue { sendCopy() }
    }

    /// There will be no connection.
    func connectionUnavailable(_ failure: TransportFailure) {
        partnerLost(failure, wasSilent: true)
        flush()
    }

    func partnerBecameWritable() {
        consume()
        partner?.flush()
    }

    // MARK: The answer comes

    /// Where the answer's head goes. Only asked while a call is under way.
    var partnerHead: MessageHead { call?.partnerHead ?? worker.spareHead }

    func prepareForPartnerHead() {
        partnerHead.reset()
    }

    /// Whether the answer is read whole before anything is done with it.
    var collectsAnswer: Bool { call?.operation?.isPassThrough == false || detached != nil }

    /// Bytes that an answer may have that is read whole.
    var answerLimit: Int { graph?.graph.settings.limits.body ?? 0 }

    /// An interim answer. 100 is ours to give; the others go on to clients that know them (RFC 9110, section 15.2).
    func partnerInterimReceived() {
        guard let call, call.partnerHead.status != 100, call.head.minorVersion == 1, !collectsAnswer else { return }
        let head = call.partnerHead
        output.clear()
        output.writeStaticString("HTTP/1.1 ")
        output.writeString(String(head.status))
        output.writeStaticString(" Interim\r\n")
        for i in 0..<head.fieldCount {
            let field = head.fields[i]
            if field.known != .other || head.connectionNames(head.name(field)) { continue }
            output.writeBytes(head.name(field))
            output.writeStaticString(": ")
            output.writeBytes(head.value(field))
            output.writeStaticString("\r\n")
        }
        output.writeStaticString("\r\n")
        write(output)
    }

    /// The final answer's head is there.
    func partnerHeadReceived(announcedLength: Int?) {
        guard let call, let pool else { return }
        let now = Clock.monotonic()
        call.finish(.call, at: now)
        let status = call.partnerHead.status
        if let last = call.attempts.indices.last { call.attempts[last].status = status }
        setDeadline(after: pool.plan.responseTimeout, from: now)
        let next = nextAttempt(afterStatus: call)
        if cached != nil, status >= 500, next == nil, replaceError(call, status) { return flush() }
        switch exchange.partnerHeadReceived(retries: next != nil) {
        case .discard:
            attempt.next = next ?? now
            attempt.discarded = 0
        case .collect:
            call.partnerStatus = status
            collected.clear()
        case .beginAnswer:
            paceBegan = now
            beginStreaming(call, announcedLength)
        }
    }

    private func beginStreaming(_ call: Call, _ announcedLength: Int?) {
        let framing = call.partnerHead.framing
        let needsChunks = framing == .chunked || framing == .untilClose
        dropsAnswerBody = call.head.method == .head && !requestIsHead
        answerIsChunked = needsChunks && call.head.minorVersion == 1 && !dropsAnswerBody
        if needsChunks, !answerIsChunked, !dropsAnswerBody {
            // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
            exchange.answerEndsWithConnection()
        }
        if needsChunks, !answerIsChunked { call.partnerHead.framing = .none }
        if exchange.requestIsOpen { exchange.answerEndsWithConnection() }
        worker.mediator.passThroughResponseHead(call)
        if call.cache != nil {
            beginCopy(call, announcedLength)
            noteForwarded(call)
        }
        output.clear(minimumCapacity: worker.mediator.head.count + 256)
        output.writeBytes(
            UnsafeRawBufferPointer(start: worker.mediator.head.base, count: worker.mediator.head.count))
        if framing == .none, let announcedLength, call.partnerHead.status != 204 {
            // What GET would have had: an answer to HEAD, or 304 (RFC 9110, section 8.6).
            output.writeStaticString("Content-Length: ")
            output.writeString(String(announcedLength))
            output.writeStaticString("\r\n")
        }
        writePersistence(call)
    }

    /// Bytes of the answer's body.
    func partnerBodyReceived(_ buffer: ByteBuffer, at index: Int, count: Int) {
        guard let call, let pool else { return }
        call.receivedBytes += count
        // While the client is the one that is waited for, its own deadline stands.
        if takesAnswer { setDeadline(after: pool.plan.responseTimeout) }
        if exchange.discardsAnswer {
            attempt.discarded += count
            guard attempt.discarded > Self.discardLimit else { return }
            cancelPartner()
            return partnerLost(.reset, wasSilent: false)
        }
        if exchange.phase == .collecting {
            guard collected.readableBytes + count <= answerLimit else { return rejectAnswer() }
            collected.writeImmutableBuffer(buffer.getSlice(at: index, length: count) ?? worker.noBytes)
            return
        }
        attempt.comparison?.gather(buffer, at: index, count: count)
        if cached != nil { copy(buffer, at: index, count: count) }
        guard !dropsAnswerBody else { return }
        call.responseBytes += count
        if answerIsChunked { appendSizeLine(count, to: &output) }
        if count <= Self.copyLimit {
            buffer.withUnsafeReadableBytes { bytes in
                _ = output.writeBytes(bytes.part(index - buffer.readerIndex, count))
            }
        } else if let slice = buffer.getSlice(at: index, length: count) {
            writeOutput()
            write(slice)
        }
        if answerIsChunked { output.writeStaticString("\r\n") }
    }

    /// Above this a piece of a body is handed on where it lies instead of being copied.
    private static var copyLimit: Int { 4096 }

    /// Hands what has gathered in `output` to the channel.
    func writeOutput() {
        guard output.readableBytes > 0 else { return }
        write(output)
        output.clear()
    }

    /// What was read of the partner's answer in one go has been dealt with.
    func partnerReadCompleted() {
        if exchange.phase == .streaming { writeOutput() }
        flush()
    }

    private func rejectAnswer() {
        cancelPartner()
        worker.log("partner \(pool?.plan.identity ?? ""): the answer is larger than the body limit")
        partnerLost(.invalidResponse, wasSilent: false)
    }

    // MARK: The answer ends

    /// The last byte of the answer is there. The connection has undone its link already.
    func partnerEnded(_ connection: UpstreamConnection, isReusable: Bool, trailers: [UInt8]) {
        partner = nil
        if keyed != nil { keyed?.unanswered -= 1 }
        noteAttempt(failure: nil)
        switch exchange.partnerEnded() {
        case .finishAnswer(let releases):
            attempt.comparison?.currentStreamed(call?.partnerStatus ?? 0)
            if answerIsChunked {
                output.writeStaticString(ChunkedEncoder.lastChunk)
                output.writeBytes(trailers)
                output.writeStaticString(ChunkedEncoder.end)
            }
            giveBack(connection, isReusable && releases)
            if cached != nil { endCopy() }
            if isOrphan { return endOrphan() }
            finishAnswer()
        case .mapBack(let releases):
            giveBack(connection, isReusable && releases)
            mapBack(collected)
        case .retry(let releases):
            giveBack(connection, isReusable && releases)
            pause(until: attempt.next)
        }
    }

    /// The whole answer stands at the beginning of the buffer.
    func partnerAnswered(_ connection: UpstreamConnection, _ buffer: ByteBuffer, count: Int, isReusable: Bool) {
        guard let call else { return }
        partner = nil
        if keyed != nil { keyed?.unanswered -= 1 }
        call.finish(.call, at: Clock.monotonic())
        call.partnerStatus = call.partnerHead.status
        if let last = call.attempts.indices.last { call.attempts[last].status = call.partnerHead.status }
        let next = nextAttempt(afterStatus: call)
        noteAttempt(failure: nil)
        _ = exchange.partnerHeadReceived(retries: next != nil)
        switch exchange.partnerEnded() {
        case .mapBack(let releases): giveBack(connection, isReusable && releases)
        case .retry(let releases):
            giveBack(connection, isReusable && releases)
            return pause(until: next ?? 0)
        case .finishAnswer: return
        }
        mapBack(buffer.getSlice(at: buffer.readerIndex, length: count) ?? worker.noBytes)
    }

    private func giveBack(_ connection: UpstreamConnection, _ isReusable: Bool) {
        if isReusable, !spendsPartner { connection.giveBack() } else { connection.close() }
    }

    private func mapBack(_ whole: ByteBuffer) {
        guard let call else { return }
        if detached != nil { return endDetached(whole) }
        attempt.comparison?.currentAnswered(call.partnerHead.status, whole)
        whole.withUnsafeReadableBytes { worker.mediator.response(call, body: $0) }
        if keyed != nil, keepAnswer(call) { return }
        if call.cache != nil, keepMapped(call, whole) { return }
        sendMediatorAnswer()
    }

    // MARK: The partner fails

    /// The connection could not be made, died, or sent what can't be read. The link is undone already.
    /// - Parameter wasProcessed: false when the partner has said that it did nothing about the request.
    func partnerLost(_ failure: TransportFailure, wasSilent: Bool, wasProcessed: Bool = true) {
        partner = nil
        guard let call, let pool else { return }
        let isReplayable = requestIsReplayable && !exchange.requestIsOpen
        let isStale = exchange.isStale(isReplayable: isReplayable, wasSilent: wasSilent)
        let isUnprocessed = exchange.isUnprocessed(
            isKept: requestIsKept && !exchange.requestIsOpen, wasProcessed: wasProcessed)
        let goesAgain = isStale || isUnprocessed
        if goesAgain || !wasProcessed, keyed != nil { keyed?.unanswered -= 1 }
        noteAttempt(failure: failure, isStale: goesAgain)
        let next = goesAgain ? nil : nextAttempt(after: failure, wasProcessed: wasProcessed)
        switch exchange.partnerFailed(
            isReplayable: isReplayable, wasSilent: wasSilent, isUnprocessed: isUnprocessed, retries: next != nil)
        {
        case .retryUnprocessed:
            worker.metrics.partnerRetries &+= 1
            acquireAgain(pool, fresh: false)
        case .retry:
            worker.metrics.partnerRetries &+= 1
            acquireAgain(pool, fresh: true)
        case .retryLater:
            pause(until: next ?? attempt.next)
        case .answer:
            call.finish(.call, at: Clock.monotonic())
            if cached != nil, cacheLost(failure) { return flush() }
            worker.mediator.transport(call, failure)
            sendMediatorAnswer()
            flush()
        case .cut:
            if cached != nil { _ = cacheLost(failure, mayAnswer: false) }
            cut()
        case .ignore:
            break
        }
    }

    /// The deadline passed while the partner was waited for.
    func partnerTimedOut(cancels: Bool) {
        guard let call else { return }
        if let failure = keyTimedOut() { return answerPrepared(failure) }
        let failure: TransportFailure
        if cancels {
            cancelPartner()
            failure = .timeout
        } else {
            if case .partner = attempt.waiting {
                failure = pool?.waitingFailure ?? .connect
            } else {
                failure = .timeout
            }
            pool?.forget(self)
        }
        noteAttempt(failure: failure)
        call.finish(.call, at: Clock.monotonic())
        if cached != nil, cacheLost(failure) { return }
        worker.mediator.transport(call, failure)
        sendMediatorAnswer()
    }

    /// Undoes the link, then ends the partner's connection: its answer is not wanted any more.
    func cancelPartner() {
        guard let connection = partner else { return }
        partner = nil
        connection.cancel()
    }
}

extension UnsafeRawBufferPointer {
    /// A part of the bytes, without the steps of a slice.
    @inline(__always)
    func part(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: baseAddress.map { $0 + start }, count: count)
    }
}

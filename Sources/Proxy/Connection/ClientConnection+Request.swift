import Documents
import NIOCore
import RouteGraph

extension ClientConnection {
    // MARK: Beginning

    /// A whole head is there: the call begins.
    func begin(_ call: Call) {
        let now = Clock.monotonic()
        let graph = worker.current
        let head = call.head
        let framing = head.framing
        call.begin(at: now, wallClock: Clock.wall())
        call.graph = graph.graph
        call.isSecure = isSecure
        if stream != nil { head.majorVersion = 2 }
        self.graph = graph
        worker.callBegan()
        body.begin(framing)
        exchange.headReceived(hasBody: !body.isFinished, keepAlive: head.keepAlive)
        continueIsDue = head.expectsContinue
        answerIsChunked = false
        totalDeadline = .max
        paceBegan = now
        worker.mediator.correlate(call)
        if worker.hasTooManyCalls {
            worker.metrics.refusals.calls &+= 1
            return answer(.overloaded())
        }
        if let failure = worker.admit(call, graph.graph, peer: peerCertificate) { return answer(failure) }
        if call.operation?.isPassThrough != true, worker.memory.refusesCalls {
            worker.metrics.refusals.memory &+= 1
            return answer(.memoryIsLow())
        }
        if call.service != nil || call.operation?.mediation?.idempotency != nil {
            mayHaveKey = true
            worker.keyedCalls += 1
        }
        if call.service != nil { return serve(call, graph.graph.settings.limits) }
        guard let operation = call.operation else { return answer(.notFound()) }
        let pool = graph.pools[operation.upstream]
        self.pool = pool
        if operation.isPassThrough {
            passThrough(call, pool, now)
        } else {
            mediate(call, graph.graph.settings.limits)
        }
    }

    /// The head can't be read. It is a call all the same: it is answered, counted and recorded.
    func refuseHead(_ call: Call, _ failure: Failure) {
        exchange.headRefused()
        beginUnread(call)
        answer(failure)
    }

    /// The stream's request breaks the rules of HTTP/2.
    func refuseStream(_ failure: Failure, headIsKnown: Bool) {
        if headIsKnown {
            input = worker.noBytes
            if call != nil || exchange.phase == .answering { refuseBody(failure) }
        } else if call == nil, exchange.phase == .idle {
            let call = worker.takeCall()
            self.call = call
            refuseHead(call, failure)
        }
    }

    /// Begins a call whose head is not whole.
    private func beginUnread(_ call: Call) {
        let graph = worker.current
        call.begin(at: Clock.monotonic(), wallClock: Clock.wall())
        call.graph = graph.graph
        self.graph = graph
        // An answer to HEAD has no body, whatever else is wrong with the request (RFC 9110, section 9.3.2).
        let isHead = call.head.method == .head
        call.head.reset()
        if isHead { call.head.method = .head }
        worker.callBegan()
        totalDeadline = .max
        worker.mediator.correlate(call)
    }

    /// The request did not arrive in time. In `idle` its head had only begun.
    func answerRequestTimeout() {
        guard let call else { return }
        if graph == nil { beginUnread(call) }
        answerPrepared(.requestTimeout())
    }

    /// The body breaks its framing.
    func refuseBody(_ failure: Failure) {
        if exchange.phase == .streaming {
            // The answer is on its way: it can only be cut.
            noteAttempt(failure: nil)
            cancelPartner()
            return cut()
        }
        if exchange.phase == .answering {
            exchange.requestGivenUp()
            return closeLingering()
        }
        if exchange.phase == .acquiring { pool?.forget(self) }
        answer(failure)
    }

    // MARK: Mediation

    func mediate(_ call: Call, _ limits: Limits) {
        if case .length(let count) = call.head.framing, count > limits.body {
            return answer(.bodyTooLarge(limits.body))
        }
        exchange.mediationBegan()
        guard exchange.phase == .reading else { return map(worker.noBytes) }
        // The usual case: the body came with the head, and is mapped where it lies.
        if let count = body.remainingLength, input.readableBytes >= count, let whole = input.readSlice(length: count) {
            continueIsDue = false
            body.begin(.none)
            if case .map = exchange.requestEnded() { map(whole) }
            return
        }
        collected.clear()
        sendContinue()
        setDeadline(after: limits.requestTimeout)
    }

    func collectRequest(at index: Int, count: Int) {
        guard let limits = graph?.graph.settings.limits else { return }
        guard collected.readableBytes + count <= limits.body else {
            return answer(.bodyTooLarge(limits.body))
        }
        input.withUnsafeReadableBytes { bytes in
            _ = collected.writeBytes(bytes.part(index - input.readerIndex, count))
        }
        setPacedDeadline(bytes: collected.readableBytes)
    }

    /// The whole request is there: makes the partner's request of it.
    func map(_ whole: ByteBuffer) {
        guard let call else { return }
        let mediator = worker.mediator
        call.finish(.read, at: Clock.monotonic())
        if call.operation == nil, let failure = dispatch(call, whole) { return answer(failure) }
        guard let pool else { return }
        let failure = whole.withUnsafeReadableBytes { mediator.request(call, body: $0) }
        if let failure { return answer(failure) }
        let method = partnerMethod
        requestIsHead = method == .head
        requestIsIdempotent = method.isIdempotent
        requestIsKept = true
        spendsPartner = mediator.body.count > 0 && !method.takesBody
        request.clear(minimumCapacity: mediator.head.count + mediator.body.count + 2)
        request.writeBytes(UnsafeRawBufferPointer(start: mediator.head.base, count: mediator.head.count))
        request.writeStaticString("\r\n")
        request.writeBytes(UnsafeRawBufferPointer(start: mediator.body.base, count: mediator.body.count))
        exchange.mapped()
        let now = Clock.monotonic()
        totalDeadline = now &+ pool.plan.totalTimeout
        if let plan = call.operation?.cache { noteCacheKey(call, plan, whole) }
        if let plan = call.operation?.mediation?.idempotency { return reserve(call, plan, whole, pool, now) }
        acquire(pool, now, fresh: false)
    }

    /// The method of the request head that the mediator has written.
    private var partnerMethod: HTTPMethod {
        let head = worker.mediator.head
        let end = ByteClasses.find(0x20, head.base, from: 0, to: min(head.count, 32))
        return end > 0 ? HTTPMethod.named(head.base, end) : .other
    }

    // MARK: Passing through

    private func passThrough(_ call: Call, _ pool: UpstreamPool, _ now: Int64) {
        let mediator = worker.mediator
        if let failure = mediator.passThroughRequestHead(call) { return answer(failure) }
        call.finish(.map, at: Clock.monotonic())
        let method = partnerMethod
        requestIsHead = method == .head
        requestIsIdempotent = method.isIdempotent
        requestIsKept = true
        spendsPartner = !body.isFinished && !method.takesBody
        request.clear(minimumCapacity: mediator.head.count + input.readableBytes + 64)
        request.writeBytes(UnsafeRawBufferPointer(start: mediator.head.base, count: mediator.head.count))
        request.writeStaticString("\r\n")
        exchange.passThroughBegan()
        if let plan = call.operation?.cache { noteCacheKey(call, plan, worker.noBytes) }
        totalDeadline = now &+ pool.plan.totalTimeout
        // What came with the head goes out with it, in one write.
        if let count = body.remainingLength, count > 0, count <= input.readableBytes, count <= Self.readAhead,
            var whole = input.readSlice(length: count)
        {
            request.writeBuffer(&whole)
            call.requestBytes = count
            call.sentBytes = count
            body.begin(.none)
            continueIsDue = false
            _ = exchange.requestEnded()
        }
        acquire(pool, now, fresh: false)
    }

    /// Whether bytes of a streamed body can go on: to the partner, or into the request that waits for one.
    var canForward: Bool {
        guard let partner else { return request.readableBytes < Self.readAhead }
        return partner.isWritable
    }

    func forwardRequest(at index: Int, count: Int) {
        guard let call, let pool else { return }
        call.requestBytes += count
        call.sentBytes += count
        let isChunked = body.isChunked
        if let partner {
            requestIsKept = false
            if isChunked { partner.write(sizeLine(count)) }
            if let slice = input.getSlice(at: index, length: count) { partner.write(slice) }
            if isChunked { partner.write(worker.lineEnd) }
            if body.isFinished {
                setDeadline(after: pool.plan.responseTimeout)
            } else {
                setPacedDeadline(bytes: call.requestBytes)
            }
        } else {
            if isChunked { appendSizeLine(count, to: &request) }
            input.withUnsafeReadableBytes { bytes in
                _ = request.writeBytes(bytes.part(index - input.readerIndex, count))
            }
            if isChunked { request.writeStaticString("\r\n") }
        }
    }

    /// The last byte of a streamed body has been forwarded.
    func endForwarding() {
        guard let pool else { return }
        if body.isChunked {
            var end = context?.channel.allocator.buffer(capacity: 64) ?? ByteBuffer()
            end.writeStaticString(ChunkedEncoder.lastChunk)
            // A field that `Connection` names would be this connection's only; nobody sends such a trailer for a good reason.
            if call?.head.hasConnectionOptions != true { end.writeBytes(body.trailers) }
            end.writeStaticString(ChunkedEncoder.end)
            if let partner {
                partner.write(end)
            } else {
                request.writeBuffer(&end)
            }
        }
        guard let partner else { return }
        partner.flush()
        if exchange.phase == .sending { setDeadline(after: pool.plan.responseTimeout) }
    }

    /// How long the client may be silent in the middle of its request.
    var clientSilence: Int64 { graph?.graph.settings.limits.requestTimeout ?? 30_000_000_000 }

    /// Tells a client that waits for it to send its body (RFC 9110, section 10.1.1).
    func sendContinue() {
        guard continueIsDue else { return }
        continueIsDue = false
        guard input.readableBytes == 0 else { return }
        var line = context?.channel.allocator.buffer(capacity: 32) ?? ByteBuffer()
        line.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        writeAndFlush(line)
    }

    // MARK: Chunks

    func appendSizeLine(_ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkedEncoder.sizeLineCapacity) { raw in
            guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return ChunkedEncoder.writeSizeLine(count, into: base)
        }
    }

    func sizeLine(_ count: Int) -> ByteBuffer {
        var line = context?.channel.allocator.buffer(capacity: ChunkedEncoder.sizeLineCapacity) ?? ByteBuffer()
        appendSizeLine(count, to: &line)
        return line
    }
}

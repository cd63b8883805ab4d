import Documents
import Glibc
import NIOCore
import NIOSSL
import RouteGraph

extension ClientConnection {
    // MARK: Own answers

    /// Ends the call with a failure of the gateway's own.
    func answer(_ failure: Failure) {
        if exchange.refused(closesConnection: failure.closesConnection) { cancelPartner() }
        answerPrepared(failure)
    }

    /// Writes a failure's answer; the exchange is in `answering` already.
    func answerPrepared(_ failure: Failure) {
        guard let call else { return }
        worker.mediator.fail(call, failure)
        sendMediatorAnswer()
    }

    /// Sends what the mediator has written, and ends the call.
    func sendMediatorAnswer() {
        guard let call else { return }
        if isOrphan { return endOrphan() }
        prepareMediatorAnswer(call)
        finishAnswer()
    }

    /// Puts what the mediator has written into `output`.
    func prepareMediatorAnswer(_ call: Call) {
        let mediator = worker.mediator
        exchange.answerPrepared(discardsRequest: isWorthDiscarding)
        output.clear(minimumCapacity: mediator.head.count + mediator.body.count + 64)
        output.writeBytes(UnsafeRawBufferPointer(start: mediator.head.base, count: mediator.head.count))
        writePersistence(call)
        if call.head.method != .head {
            output.writeBytes(UnsafeRawBufferPointer(start: mediator.body.base, count: mediator.body.count))
        } else {
            call.responseBytes = 0
        }
    }

    /// Whether the rest of the request is little enough to be read so that the connection can be kept. A client that waits
    /// for 100 (Continue) may send its body or not, which nobody can know.
    private var isWorthDiscarding: Bool {
        guard !continueIsDue, let rest = body.remainingLength else { return false }
        return rest <= Self.discardLimit
    }

    /// Says whether the connection stays, and ends the head.
    func writePersistence(_ call: Call) {
        if !exchange.persists {
            output.writeStaticString("Connection: close\r\n\r\n")
        } else if call.head.minorVersion == 0 {
            output.writeStaticString("Connection: keep-alive\r\n\r\n")
        } else {
            output.writeStaticString("\r\n")
        }
    }

    // MARK: Ends of a call

    /// The whole answer is in `output` or has been written.
    func finishAnswer() {
        if output.readableBytes > 0 {
            writeAndFlush(output)
        } else {
            flush()
        }
        // The memory stays for the next answer; a large one is not kept.
        if output.capacity > 64 * 1024 { output = worker.noBytes }
        // The write may have found the client gone, which has ended everything on the way.
        guard exchange.phase == .answering else { return }
        endCall()
        proceed(exchange.answered())
    }

    /// Carries out what comes after an answer.
    func proceed(_ action: Exchange.AnsweredAction) {
        switch action {
        case .next where stream != nil: endStream()
        case .next:
            becomeIdle()
            consume()
        case .close: closeAfterWrites()
        case .linger: closeLingering()
        case .discardRequest: setDeadline(after: clientSilence)
        }
    }

    /// The answer can't be finished: the connection is reset, so that nobody takes it for whole.
    func cut(_ outcome: Outcome = .partnerFailed) {
        if outcome == .partnerFailed, cached != nil { _ = cacheLost(.timeout, mayAnswer: false) }
        if let call {
            call.outcome = outcome
            endCall()
        }
        guard let context else { return endOrphan() }
        if let provider = context.channel as? any SocketOptionProvider {
            _ = provider.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0))
        }
        // Past the TLS handler: its closing alert would say that all is well.
        let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (secure ?? context).close(promise: nil)
    }

    /// The client has gone.
    func abandon(cancelsPartner: Bool) {
        if let call, graph != nil {
            noteAttempt(failure: nil)
            call.outcome = .abandoned
        }
        if cancelsPartner {
            self.cancelPartner()
        } else {
            pool?.forget(self)
        }
        endCall()
    }

    /// Records the call and gives back all that it used.
    private func endCall() {
        endAttempts()
        if keyed != nil { settleKey() }
        if mayHaveKey {
            mayHaveKey = false
            worker.keyedCalls -= 1
        }
        guard let call, let graph else { return }
        let now = Clock.monotonic()
        call.finish(.respond, at: now)
        call.ended = now
        self.call = nil
        self.graph = nil
        pool = nil
        totalDeadline = .max
        parser = HeadParser()
        if request.capacity > 64 * 1024 { request = worker.noBytes }
        if collected.capacity > 64 * 1024 { collected = worker.noBytes }
        if let cached { return finishCached(cached, call, graph) }
        worker.finish(call, of: graph)
    }

    /// Gives back a call whose head never was whole.
    func dropCall() {
        guard let call else { return }
        self.call = nil
        worker.recycle(call)
    }
}

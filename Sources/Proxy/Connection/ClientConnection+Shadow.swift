import Documents
import NIOCore
import RouteGraph

/// `next: shadow`: some calls are sent to the partner's new version as well, and the answers compared.
///
/// A copy begins when the call's own request has been handed to its connection, in a later turn of the loop, and nothing waits
/// for it. There are only so many at once; a further one is not made.
extension ClientConnection {
    /// Says to the new version that nobody waits for the answer.
    private static var marker: StaticString { "Waybill-Shadow: 1\r\n" }

    /// The call has gone to the current version: sends the copy.
    func sendCopy() {
        attempt.copyIsDue = false
        guard let call, let graph, let pool, let operation = call.operation, let plan = operation.next,
            let version = graph.partners[operation.upstream].version
        else { return }
        let ledger = version.state.ledger
        guard !exchange.requestIsOpen, requestIsKept else { return ledger.count(operation, \.streamed) }
        guard ledger.underWay < version.copyLimit,
            let bytes = ReaddressedRequest.make(
                request, from: pool.plan, to: version.pool.plan, adding: Self.marker)
        else { return ledger.count(operation, \.dropped) }
        let comparison = ShadowComparison(
            worker: worker, ledger: ledger, operation: operation, plan: plan,
            limits: graph.graph.settings.limits,
            correlation: String(decoding: call.correlation, as: UTF8.self))
        let copy = DetachedCall.Request(
            bytes: bytes, upstream: version.index, isHead: requestIsHead, isIdempotent: requestIsIdempotent,
            spendsConnection: spendsPartner)
        let isMade = DetachedCall.start(copy, for: operation, of: graph, on: worker) { call, result in
            switch result {
            case .answered(let body): comparison.nextAnswered(call.partnerHead.status, body)
            case .failed, .notMade: comparison.nextFailed()
            }
        }
        guard isMade else { return ledger.count(operation, \.dropped) }
        ledger.count(operation, \.copies)
        ledger.underWay += 1
        attempt.comparison = comparison
    }
}

/// The two answers to one request, on their way to be compared. It ends when both are there, or one will never be.
final class ShadowComparison {
    private enum Side {
        case open
        /// The body is nil when it was too large to be kept.
        case answered(status: Int, ByteBuffer?)
        case failed
    }

    private unowned let worker: Worker
    private let ledger: ShadowLedger
    private let operation: OperationPlan
    private let plan: OperationVersionPlan
    private let limits: Limits
    private let correlation: String
    private var current = Side.open
    private var next = Side.open
    /// A streamed answer of the current version, as far as it has come; nil when it is too large to be kept.
    private var gathered: ByteBuffer?

    init(
        worker: Worker, ledger: ShadowLedger, operation: OperationPlan, plan: OperationVersionPlan, limits: Limits,
        correlation: String
    ) {
        self.worker = worker
        self.ledger = ledger
        self.operation = operation
        self.plan = plan
        self.limits = limits
        self.correlation = correlation
        gathered = plan.fields.isEmpty ? nil : ByteBuffer()
    }

    // MARK: The current version

    /// A piece of an answer that is streamed to the consumer.
    func gather(_ buffer: ByteBuffer, at index: Int, count: Int) {
        guard let present = gathered?.readableBytes else { return }
        guard present + count <= limits.body, let piece = buffer.getSlice(at: index, length: count) else {
            gathered = nil
            return
        }
        gathered?.writeImmutableBuffer(piece)
    }

    /// The streamed answer is over.
    func currentStreamed(_ status: Int) {
        defer { gathered = nil }
        currentAnswered(status, gathered)
    }

    func currentAnswered(_ status: Int, _ body: ByteBuffer?) {
        guard case .open = current else { return }
        current = .answered(status: status, body)
        settle()
    }

    /// The call is over; without an answer, if none has been told.
    func currentEnded() {
        guard case .open = current else { return }
        current = .failed
        settle()
    }

    // MARK: The new version

    func nextAnswered(_ status: Int, _ body: ByteBuffer) {
        guard case .open = next else { return }
        next = .answered(status: status, body)
        settle()
    }

    func nextFailed() {
        guard case .open = next else { return }
        next = .failed
        settle()
    }

    // MARK: Both

    private func settle() {
        switch (current, next) {
        case (.open, _), (_, .open): return
        case (_, .failed): end(\.failed)
        case (.failed, _): end(\.unmatched)
        case (.answered, .answered):
            // The consumer's answer goes out first.
            let bound = NIOLoopBound(self, eventLoop: worker.loop)
            worker.loop.execute { bound.value.compare() }
        }
    }

    private func compare() {
        guard case .answered(let before, let old) = current, case .answered(let after, let new) = next else { return }
        var plan = plan
        if old == nil || new == nil { plan.fields = [] }
        let differences = (old ?? worker.noBytes).withUnsafeReadableBytes { old in
            (new ?? worker.noBytes).withUnsafeReadableBytes { new in
                worker.comparison.differences(
                    plan, currentStatus: before, old, nextStatus: after, new,
                    limits: DocumentLimits(bytes: max(limits.body, 1 << 20), depth: limits.depth))
            }
        }
        ledger.note(differences, operation, correlation: correlation, time: Clock.wall())
        end(\.compared)
    }

    private func end(_ count: WritableKeyPath<ShadowCounts, UInt64>) {
        (current, next) = (.failed, .failed)
        ledger.underWay -= 1
        ledger.count(operation, count)
    }
}

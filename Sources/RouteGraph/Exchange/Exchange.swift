/// The life of one client connection and the calls on it, as a state machine without any I/O.
///
/// ```
///            headReceived            mediationBegan               requestEnded: map
///   idle ─────────────────► deciding ───────────────► reading ───────────────────► mapping
///    ▲                        │   │ passThroughBegan                                  │ mapped
///    │                        │   └──────────────────────────► acquiring ◄────────────┘
///    │                        │ refused                            │ connectionReady      ▲
///    │                        │                                    ▼                      │ partnerFailed: retry
///    │                        │          partnerHeadReceived    sending ──────────────────┘
///    │                        │         ┌────────────────────────┤ │
///    │                        │         ▼ passed through         │ ▼ mediated
///    │                        │     streaming                    │ collecting
///    │                        │         │ partnerEnded           │ │ partnerEnded: map back
///    │                        ▼         ▼                        │ │ partnerFailed: answer
///    └── answered: next ── answering ◄──┴────────────────────────┴─┘
///                             │ answered: close, linger
///                             ▼
///                          closing ───────► closed
/// ```
/// From `acquiring`, `replayed` leads to `answering`: the call was made before (`idempotency`), or its answer is known (`cache`).
///
/// `acquiring` lasts from the moment that the partner's request is ready until a connection is lent: a call stays in it while it waits
/// for its turn (rate, concurrency), for a pause between two attempts, and in the line for a connection.
///
/// By HTTP/2 the connection that is lent is one stream of the partner's connection; the exchange does not know the difference.
///
/// From every state, `clientClosed` leads to `closed`; `deadlinePassed` and `partnerFailed` lead to an answer as long as none has
/// begun, else the client's connection is cut, so that a truncated answer can't be taken for a whole one.
///
/// ## Who owns what
/// ```
///   channel pipeline ──owns──► ClientConnection ──owns──► Exchange, Call, buffers of this call
///                                   │    ▲
///                            partner│    │client          both set by `connectionReady`, both cleared by
///                                   ▼    │                the one event that ends the loan
///   channel pipeline ──owns──► UpstreamConnection ◄──counts── UpstreamPool (idle ones; `open` counts all)
///
///   exit                        who undoes the link             what becomes of the two connections
///   answer whole                UpstreamConnection.detach       partner's: back to the pool, or closed; client's: next call
///   partner gone, bad answer    UpstreamConnection (its side    partner's: closed; client's: answered, or cut when the answer
///                               first), then `partnerFailed`    has begun
///   partner did nothing (a      the stream, by its error;   partner's: the stream ends, its connection may stay; the request
///   refused stream, HTTP/2)     then `partnerFailed`        goes out again at once
///   client gone                 ClientConnection.end            partner's: closed; the call is recorded as abandoned
///   deadline, refused body      ClientConnection.cancelPartner  partner's: closed; client's: answered or cut
///   waiting in line, then any   UpstreamPool.forget             the pool knows the client no more
///   client gone while its key   none: `clientClosed` comes      the call goes on without its client, so that its answer
///   is held (`idempotency`),    when the answer is kept         can be given to a repetition, or to those who wait for it
///   or others wait (`cache`)
/// ```
/// A write may find that the other side is gone and run a whole exit before it returns, so after every flush the state is looked at
/// again before anything is taken for granted.
///
/// The client's connection owns the exchange, the call and the mediation's results. An upstream connection is lent to it: from
/// `connectionReady` until the action that says `releasesPartner` or `cancelsPartner`, the two know each other; after it neither
/// does. The connection undoes that link *before* it does anything else that the action asks, so nothing that happens on the
/// way can reach a connection that is no longer its own. Each exit (client gone, partner gone, deadline, drain, failure in a
/// stage) is one event below, and each event names all that is to be done.
public struct Exchange: Sendable {
    /// Where the exchange stands.
    public enum Phase: UInt8, Sendable {
        case idle, deciding, reading, mapping, acquiring, sending, streaming, collecting, answering, closing, closed
    }

    public private(set) var phase = Phase.idle
    /// Whether bytes of the request are still to come from the client.
    public private(set) var requestIsOpen = false
    /// Whether the connection ends after this call.
    public private(set) var closesAfterAnswer = false
    /// Whether an upstream connection is lent to the exchange.
    public private(set) var hasPartner = false
    /// Whether a byte of the answer went to the client.
    public private(set) var answerHasBegun = false
    private var isMediated = false
    private var retriesLeft: UInt8 = 0
    private var refusalsLeft: UInt8 = 0
    private var reusedPartner = false
    private var drains = false
    /// The answer that is being read is followed by another attempt: its body is of no interest.
    private(set) public var discardsAnswer = false

    /// Tries after the first that a stale connection may cost.
    public static let retries: UInt8 = 1
    /// Tries after the first that a partner may cost which says that it did nothing about the request.
    public static let refusals: UInt8 = 3

    public init() {}

    // MARK: The request

    /// A whole request head is there.
    public mutating func headReceived(hasBody: Bool, keepAlive: Bool) {
        expect(.idle, "headReceived")
        phase = .deciding
        requestIsOpen = hasBody
        closesAfterAnswer = !keepAlive || drains
        answerHasBegun = false
        isMediated = false
        retriesLeft = Self.retries
        refusalsLeft = Self.refusals
        discardsAnswer = false
    }

    /// The call was admitted, and its body is to be read whole.
    public mutating func mediationBegan() {
        expect(.deciding, "mediationBegan")
        isMediated = true
        phase = requestIsOpen ? .reading : .mapping
    }

    /// The call was admitted, and its body is streamed.
    public mutating func passThroughBegan() {
        expect(.deciding, "passThroughBegan")
        phase = .acquiring
    }

    /// What a body's bytes are for.
    public enum BodyUse: Sendable {
        case collect, forward, discard
    }

    public var bodyUse: BodyUse {
        switch phase {
        case .reading: .collect
        case .acquiring, .sending, .streaming: isMediated ? .discard : .forward
        default: .discard
        }
    }

    public enum RequestEndedAction: Equatable, Sendable {
        /// The body is whole: map it.
        case map
        /// The body has been forwarded: end it at the partner's side.
        case endForwarding
        /// The rest of a refused body has been thrown away; the answer went out before it.
        case finish(AnsweredAction)
        case none
    }

    /// The last byte of the request is there.
    public mutating func requestEnded() -> RequestEndedAction {
        requestIsOpen = false
        switch phase {
        case .reading:
            phase = .mapping
            return .map
        case .acquiring, .sending, .streaming:
            return isMediated ? .none : .endForwarding
        case .answering where answerIsOut:
            return .finish(afterAnswer())
        default:
            return .none
        }
    }

    /// The partner's request is ready.
    public mutating func mapped() {
        expect(.mapping, "mapped")
        phase = .acquiring
    }

    // MARK: The partner

    /// A connection to the partner is lent to the exchange.
    public mutating func connectionReady(reused: Bool) {
        expect(.acquiring, "connectionReady")
        phase = .sending
        hasPartner = true
        reusedPartner = reused
    }

    public enum PartnerHeadAction: Equatable, Sendable {
        /// The head of the answer can go to the client, and the body after it.
        case beginAnswer
        /// The answer is read whole.
        case collect
        /// The answer is read so that the connection can be used again, and thrown away.
        case discard
    }

    /// The head of the partner's final answer is there.
    /// - Parameter retries: whether it is an answer that another attempt follows. The whole request must have been sent then.
    public mutating func partnerHeadReceived(retries: Bool = false) -> PartnerHeadAction {
        expect(.sending, "partnerHeadReceived")
        if retries {
            discardsAnswer = true
            phase = .collecting
            return .discard
        }
        if isMediated {
            phase = .collecting
            return .collect
        }
        phase = .streaming
        answerHasBegun = true
        return .beginAnswer
    }

    public enum PartnerEndedAction: Equatable, Sendable {
        /// The answer was streamed and is whole. The partner's connection goes back, or ends if the request was not over.
        case finishAnswer(releasesPartner: Bool)
        /// The answer is whole: map it back.
        case mapBack(releasesPartner: Bool)
        /// The answer was thrown away: the next attempt follows.
        case retry(releasesPartner: Bool)
    }

    /// The last byte of the partner's answer is there.
    public mutating func partnerEnded() -> PartnerEndedAction {
        hasPartner = false
        let releases = isMediated || !requestIsOpen
        switch phase {
        case .streaming:
            phase = .answering
            if requestIsOpen { closesAfterAnswer = true }
            return .finishAnswer(releasesPartner: releases)
        case .collecting where discardsAnswer:
            discardsAnswer = false
            phase = .acquiring
            return .retry(releasesPartner: releases)
        case .collecting:
            phase = .answering
            return .mapBack(releasesPartner: releases)
        default:
            unexpected("partnerEnded")
        }
    }

    public enum PartnerFailedAction: Equatable, Sendable {
        /// Nothing came back on a connection that had been used before, and the request can be sent again: do so, on a new one.
        case retry
        /// The partner has said that it did nothing about the request: send it again at once, whatever it does.
        case retryUnprocessed
        /// The partner's policy has another attempt, after a pause.
        case retryLater
        /// Answer the client with the failure.
        case answer
        /// The answer has begun: cut the client's connection.
        case cut
        case ignore
    }

    /// Whether a failure is that of a kept connection which had gone stale, so that the request is sent again at once
    /// (RFC 9110, section 9.2.2; RFC 9112, section 9.3.1).
    /// - Parameter isReplayable: whether sending the request a second time does no more than sending it once, and all of it is kept.
    /// - Parameter wasSilent: whether the connection ended without a byte of an answer.
    public func isStale(isReplayable: Bool, wasSilent: Bool) -> Bool {
        phase == .sending && reusedPartner && hasPartner && wasSilent && isReplayable && retriesLeft > 0
    }

    /// Whether a request goes out again at once because the partner has said that it did nothing about it: by HTTP/2 it refuses a
    /// stream, or goes away before it (RFC 9113, sections 6.8 and 8.7). It is no matter then what the request does.
    /// - Parameter isKept: whether all of the request is still there.
    public func isUnprocessed(isKept: Bool, wasProcessed: Bool) -> Bool {
        !wasProcessed && phase == .sending && hasPartner && isKept && refusalsLeft > 0
    }

    /// The partner's connection could not be made, died, or sent something that can't be read. It is no longer lent.
    /// - Parameter isUnprocessed: what ``isUnprocessed(isKept:wasProcessed:)`` says.
    /// - Parameter retries: whether the partner's policy has another attempt.
    public mutating func partnerFailed(
        isReplayable: Bool, wasSilent: Bool, isUnprocessed: Bool = false, retries: Bool = false
    ) -> PartnerFailedAction {
        let isStale = isStale(isReplayable: isReplayable, wasSilent: wasSilent)
        hasPartner = false
        switch phase {
        case .sending where isUnprocessed:
            refusalsLeft -= 1
            phase = .acquiring
            return .retryUnprocessed
        case .sending where isStale:
            retriesLeft -= 1
            phase = .acquiring
            return .retry
        case .collecting where discardsAnswer:
            discardsAnswer = false
            phase = .acquiring
            return .retryLater
        case .acquiring where retries, .sending where retries, .collecting where retries:
            phase = .acquiring
            return .retryLater
        case .acquiring, .sending, .collecting:
            phase = .answering
            return .answer
        case .streaming:
            phase = .closed
            return .cut
        default:
            return .ignore
        }
    }

    // MARK: The answer

    /// The head can't be read, so that nobody knows where the next request begins.
    public mutating func headRefused() {
        expect(.idle, "headRefused")
        phase = .deciding
        requestIsOpen = true
        closesAfterAnswer = true
        answerHasBegun = false
    }

    /// The gateway answers by itself: a refusal, or a stage that failed.
    /// - Returns: whether a lent connection has to be closed first.
    public mutating func refused(closesConnection: Bool) -> Bool {
        let cancels = hasPartner
        hasPartner = false
        if closesConnection { closesAfterAnswer = true }
        phase = .answering
        return cancels
    }

    /// The gateway answers by itself and nothing failed: a service's description.
    public mutating func selfAnswered() {
        expect(.deciding, "selfAnswered")
        phase = .answering
    }

    /// The call was made before, and its answer was kept.
    public mutating func replayed() {
        expect(.acquiring, "replayed")
        phase = .answering
    }

    /// The head of the gateway's own answer is about to be written.
    /// - Parameter discardsRequest: whether what is left of the request is little enough to be read for the connection's sake.
    public mutating func answerPrepared(discardsRequest: Bool) {
        expect(.answering, "answerPrepared")
        if requestIsOpen, !discardsRequest { closesAfterAnswer = true }
        answerHasBegun = true
    }

    public enum AnsweredAction: Equatable, Sendable {
        /// The next call may begin.
        case next
        /// End the connection.
        case close
        /// End it so that a client that still sends gets to read the answer (RFC 9112, section 9.6).
        case linger
        /// The rest of the request comes first; `requestEnded` will say how to go on.
        case discardRequest
    }

    /// The whole answer has been handed to the connection.
    public mutating func answered() -> AnsweredAction {
        expect(.answering, "answered")
        if requestIsOpen {
            if persists {
                answerIsOut = true
                return .discardRequest
            }
            phase = .closing
            return .linger
        }
        return afterAnswer()
    }

    private var answerIsOut = false

    private mutating func afterAnswer() -> AnsweredAction {
        answerIsOut = false
        if !persists {
            phase = .closing
            return .close
        }
        phase = .idle
        answerHasBegun = false
        return .next
    }

    /// The answer has no other end than the connection's (HTTP/1.0), or the request may not be over when it ends.
    public mutating func answerEndsWithConnection() {
        closesAfterAnswer = true
    }

    /// What is left of a request that has been answered is not worth reading, or can't be read.
    public mutating func requestGivenUp() {
        expect(.answering, "requestGivenUp")
        closesAfterAnswer = true
        answerIsOut = false
        phase = .closing
    }

    // MARK: Exits

    public enum ExitAction: Equatable, Sendable {
        /// No call was under way.
        case none
        /// A call ends without an answer.
        case abandon(cancelsPartner: Bool)
    }

    /// The client's connection has ended.
    public mutating func clientClosed() -> ExitAction {
        let cancels = hasPartner
        hasPartner = false
        defer { phase = .closed }
        switch phase {
        case .idle, .closing, .closed: return .none
        case .answering where answerIsOut: return .none
        default: return .abandon(cancelsPartner: cancels)
        }
    }

    public enum DeadlineAction: Equatable, Sendable {
        /// Close the connection without a word.
        case close
        /// The request did not come: answer that.
        case answerRequestTimeout(cancelsPartner: Bool)
        /// The partner did not come, or did not answer: say so.
        case answerPartnerTimeout(cancelsPartner: Bool)
        /// The answer has begun and can't be finished.
        case cut(cancelsPartner: Bool)
    }

    /// The deadline of the present phase has passed.
    /// - Parameter headHasBegun: in `idle`, whether bytes of a next request are there.
    /// - Parameter waitsForClient: whether it is the client's bytes that are missing.
    public mutating func deadlinePassed(headHasBegun: Bool, waitsForClient: Bool = false) -> DeadlineAction {
        let cancels = hasPartner
        switch phase {
        case .idle where headHasBegun, .deciding, .reading, .mapping:
            closesAfterAnswer = true
            requestIsOpen = true
            phase = .answering
            return .answerRequestTimeout(cancelsPartner: false)
        case .sending where waitsForClient && requestIsOpen:
            hasPartner = false
            closesAfterAnswer = true
            phase = .answering
            return .answerRequestTimeout(cancelsPartner: cancels)
        case .acquiring, .sending, .collecting:
            hasPartner = false
            if requestIsOpen { closesAfterAnswer = true }
            phase = .answering
            return .answerPartnerTimeout(cancelsPartner: cancels)
        case .streaming:
            hasPartner = false
            phase = .closed
            return .cut(cancelsPartner: cancels)
        case .idle, .answering, .closing, .closed:
            phase = .closed
            return .close
        }
    }

    /// The next answer's head says that the connection ends with it. One whose head has said that it stays keeps its word: its client may
    /// be sending the next request already.
    /// - Returns: whether it can be closed at once.
    public mutating func drainBegan() -> Bool {
        drains = true
        if !answerHasBegun { closesAfterAnswer = true }
        return phase == .idle
    }

    /// Whether the connection can take another call after this one, as far as is known when the answer's head is written.
    public var persists: Bool { !closesAfterAnswer }

    // MARK: Bugs

    @inline(__always)
    private func expect(_ expected: Phase, _ event: StaticString) {
        if phase != expected { unexpected(event) }
    }

    @inline(never)
    private func unexpected(_ event: StaticString) -> Never {
        preconditionFailure("\(event) in state \(phase)")
    }
}

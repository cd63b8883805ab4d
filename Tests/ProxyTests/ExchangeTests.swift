import RouteGraph
import Testing

@Suite struct ExchangeTests {
    private func passThrough(hasBody: Bool = false, keepAlive: Bool = true) -> Exchange {
        var exchange = Exchange()
        exchange.headReceived(hasBody: hasBody, keepAlive: keepAlive)
        exchange.passThroughBegan()
        return exchange
    }

    private func mediated(reused: Bool = false) -> Exchange {
        var exchange = Exchange()
        exchange.headReceived(hasBody: false, keepAlive: true)
        exchange.mediationBegan()
        exchange.mapped()
        exchange.connectionReady(reused: reused)
        return exchange
    }

    @Test func passThroughCall() {
        var exchange = passThrough()
        #expect(exchange.phase == .acquiring)
        exchange.connectionReady(reused: true)
        #expect(exchange.partnerHeadReceived() == .beginAnswer)
        #expect(exchange.partnerEnded() == .finishAnswer(releasesPartner: true))
        #expect(exchange.answered() == .next)
        #expect(exchange.phase == .idle)
    }

    @Test func mediatedCallReadsItsBodyFirst() {
        var exchange = Exchange()
        exchange.headReceived(hasBody: true, keepAlive: true)
        exchange.mediationBegan()
        #expect(exchange.phase == .reading)
        #expect(exchange.bodyUse == .collect)
        #expect(exchange.requestEnded() == .map)
        exchange.mapped()
        exchange.connectionReady(reused: false)
        #expect(exchange.partnerHeadReceived() == .collect)
        #expect(exchange.partnerEnded() == .mapBack(releasesPartner: true))
        exchange.answerPrepared(discardsRequest: false)
        #expect(exchange.answered() == .next)
    }

    @Test func staleConnectionIsRetriedOnce() {
        var exchange = passThrough()
        exchange.connectionReady(reused: true)
        #expect(exchange.partnerFailed(isReplayable: true, wasSilent: true) == .retry)
        #expect(exchange.phase == .acquiring)
        exchange.connectionReady(reused: true)
        #expect(exchange.partnerFailed(isReplayable: true, wasSilent: true) == .answer)
    }

    /// What the partner says that it did nothing about goes again whatever it does, but not for ever.
    @Test func anUnprocessedRequestGoesAgain() {
        var exchange = passThrough()
        #expect(!exchange.isUnprocessed(isKept: true, wasProcessed: false), "nothing was sent")
        for _ in 0..<Exchange.refusals {
            exchange.connectionReady(reused: false)
            #expect(!exchange.isUnprocessed(isKept: false, wasProcessed: false))
            #expect(!exchange.isUnprocessed(isKept: true, wasProcessed: true))
            let isUnprocessed = exchange.isUnprocessed(isKept: true, wasProcessed: false)
            #expect(isUnprocessed)
            let action = exchange.partnerFailed(
                isReplayable: false, wasSilent: false, isUnprocessed: isUnprocessed)
            #expect(action == .retryUnprocessed && exchange.phase == .acquiring && !exchange.hasPartner)
        }
        exchange.connectionReady(reused: false)
        #expect(!exchange.isUnprocessed(isKept: true, wasProcessed: false))
        #expect(exchange.partnerFailed(isReplayable: false, wasSilent: false) == .answer)
    }

    @Test(arguments: [(false, true, true), (true, false, true), (true, true, false)])
    func otherFailuresAreNotRetried(_ reused: Bool, _ replayable: Bool, _ silent: Bool) {
        var exchange = passThrough()
        exchange.connectionReady(reused: reused)
        #expect(exchange.partnerFailed(isReplayable: replayable, wasSilent: silent) == .answer)
        #expect(!exchange.hasPartner)
    }

    @Test func policyRetriesWhereNoAnswerHasBegun() {
        var waiting = passThrough()
        #expect(waiting.partnerFailed(isReplayable: false, wasSilent: true, retries: true) == .retryLater)
        #expect(waiting.phase == .acquiring)
        waiting.connectionReady(reused: false)
        #expect(waiting.partnerFailed(isReplayable: true, wasSilent: false, retries: true) == .retryLater)
        waiting.connectionReady(reused: false)
        _ = waiting.partnerHeadReceived()
        #expect(waiting.partnerFailed(isReplayable: true, wasSilent: false, retries: true) == .cut)
    }

    @Test func aStaleConnectionComesBeforeThePolicy() {
        var exchange = passThrough()
        exchange.connectionReady(reused: true)
        #expect(exchange.isStale(isReplayable: true, wasSilent: true))
        #expect(exchange.partnerFailed(isReplayable: true, wasSilent: true, retries: false) == .retry)
        exchange.connectionReady(reused: true)
        #expect(!exchange.isStale(isReplayable: true, wasSilent: true))
    }

    @Test func aDiscardedAnswerIsFollowedByTheNextAttempt() {
        for isMediated in [true, false] {
            var exchange = isMediated ? mediated() : passThrough()
            if !isMediated { exchange.connectionReady(reused: false) }
            #expect(exchange.partnerHeadReceived(retries: true) == .discard)
            #expect(exchange.discardsAnswer)
            #expect(exchange.partnerEnded() == .retry(releasesPartner: true))
            #expect(exchange.phase == .acquiring)
            #expect(!exchange.answerHasBegun)
            exchange.connectionReady(reused: false)
            #expect(exchange.partnerHeadReceived() == (isMediated ? .collect : .beginAnswer))
        }
        var broken = mediated()
        _ = broken.partnerHeadReceived(retries: true)
        #expect(broken.partnerFailed(isReplayable: false, wasSilent: false) == .retryLater)
        #expect(broken.phase == .acquiring)
        #expect(!broken.discardsAnswer)
        // Whoever leaves or runs out of time meanwhile ends it as ever.
        var left = mediated()
        _ = left.partnerHeadReceived(retries: true)
        #expect(left.clientClosed() == .abandon(cancelsPartner: true))
        var late = mediated()
        _ = late.partnerHeadReceived(retries: true)
        #expect(late.deadlinePassed(headHasBegun: false) == .answerPartnerTimeout(cancelsPartner: true))
    }

    @Test func failureAfterTheAnswerHasBegunCuts() {
        var exchange = passThrough()
        exchange.connectionReady(reused: true)
        _ = exchange.partnerHeadReceived()
        #expect(exchange.partnerFailed(isReplayable: true, wasSilent: false) == .cut)
        #expect(exchange.phase == .closed)
    }

    @Test func failureWhileCollectingIsAnswered() {
        var exchange = mediated()
        _ = exchange.partnerHeadReceived()
        #expect(exchange.partnerFailed(isReplayable: false, wasSilent: false) == .answer)
    }

    @Test func clientGoneCancelsThePartner() {
        var exchange = mediated()
        #expect(exchange.clientClosed() == .abandon(cancelsPartner: true))
        var waiting = passThrough()
        #expect(waiting.clientClosed() == .abandon(cancelsPartner: false))
        var idle = Exchange()
        #expect(idle.clientClosed() == .none)
    }

    @Test func earlyAnswerClosesBothSides() {
        var exchange = passThrough(hasBody: true)
        exchange.connectionReady(reused: false)
        _ = exchange.partnerHeadReceived()
        #expect(exchange.partnerEnded() == .finishAnswer(releasesPartner: false))
        #expect(exchange.answered() == .linger)
    }

    @Test func refusedBodyIsReadWhenSmall() {
        var exchange = Exchange()
        exchange.headReceived(hasBody: true, keepAlive: true)
        let flag1 = exchange.refused(closesConnection: false)
        #expect(!flag1)
        exchange.answerPrepared(discardsRequest: true)
        #expect(exchange.persists)
        #expect(exchange.answered() == .discardRequest)
        #expect(exchange.bodyUse == .discard)
        #expect(exchange.requestEnded() == .finish(.next))
        #expect(exchange.phase == .idle)
    }

    @Test func refusedBodyThatIsLargeEndsTheConnection() {
        var exchange = Exchange()
        exchange.headReceived(hasBody: true, keepAlive: true)
        _ = exchange.refused(closesConnection: false)
        exchange.answerPrepared(discardsRequest: false)
        #expect(!exchange.persists)
        #expect(exchange.answered() == .linger)
    }

    @Test func unreadableHeadEndsTheConnection() {
        var exchange = Exchange()
        exchange.headRefused()
        _ = exchange.refused(closesConnection: true)
        exchange.answerPrepared(discardsRequest: false)
        #expect(exchange.answered() == .linger)
    }

    @Test func deadlines() {
        var idle = Exchange()
        #expect(idle.deadlinePassed(headHasBegun: false) == .close)
        var head = Exchange()
        #expect(head.deadlinePassed(headHasBegun: true) == .answerRequestTimeout(cancelsPartner: false))
        var acquiring = passThrough()
        #expect(acquiring.deadlinePassed(headHasBegun: false) == .answerPartnerTimeout(cancelsPartner: false))
        var sending = mediated()
        #expect(sending.deadlinePassed(headHasBegun: false) == .answerPartnerTimeout(cancelsPartner: true))
        var upload = passThrough(hasBody: true)
        upload.connectionReady(reused: false)
        #expect(
            upload.deadlinePassed(headHasBegun: false, waitsForClient: true)
                == .answerRequestTimeout(cancelsPartner: true))
        var streaming = passThrough()
        streaming.connectionReady(reused: false)
        _ = streaming.partnerHeadReceived()
        #expect(streaming.deadlinePassed(headHasBegun: false) == .cut(cancelsPartner: true))
    }

    @Test func drainEndsTheConnectionAfterTheCall() {
        var exchange = mediated()
        let flag2 = exchange.drainBegan()
        #expect(!flag2)
        _ = exchange.partnerHeadReceived()
        _ = exchange.partnerEnded()
        exchange.answerPrepared(discardsRequest: false)
        #expect(exchange.answered() == .close)
        var idle = Exchange()
        let flag3 = idle.drainBegan()
        #expect(flag3)
    }

    /// The client was told that it may go on, and may have done so: the next answer is the last.
    @Test func drainAfterTheHeadEndsTheConnectionWithTheNextCall() {
        var own = mediated()
        _ = own.partnerHeadReceived()
        _ = own.partnerEnded()
        own.answerPrepared(discardsRequest: false)
        #expect(own.persists)
        let flag1 = own.drainBegan()
        #expect(!flag1)
        #expect(own.answered() == .next)
        own.headReceived(hasBody: false, keepAlive: true)
        #expect(!own.persists)
        var streaming = passThrough()
        streaming.connectionReady(reused: false)
        _ = streaming.partnerHeadReceived()
        let flag2 = streaming.drainBegan()
        #expect(!flag2)
        _ = streaming.partnerEnded()
        #expect(streaming.answered() == .next)
        let flag3 = streaming.drainBegan()
        #expect(flag3)
        #expect(!streaming.persists)
    }

    @Test func connectionCloseIsHonoured() {
        var exchange = passThrough(keepAlive: false)
        exchange.connectionReady(reused: false)
        _ = exchange.partnerHeadReceived()
        _ = exchange.partnerEnded()
        #expect(exchange.answered() == .close)
    }
}

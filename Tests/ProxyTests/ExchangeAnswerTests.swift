import RouteGraph
import Testing

/// Answers that no partner gives, and requests that outlast theirs.
@Suite struct ExchangeAnswerTests {
    private func begun(hasBody: Bool = false, keepAlive: Bool = true) -> Exchange {
        var exchange = Exchange()
        exchange.headReceived(hasBody: hasBody, keepAlive: keepAlive)
        return exchange
    }

    @Test func aServicesDescriptionNeedsNoPartner() {
        var exchange = begun()
        exchange.selfAnswered()
        #expect(exchange.phase == .answering && !exchange.hasPartner)
        exchange.answerPrepared(discardsRequest: false)
        #expect(exchange.answered() == .next && exchange.phase == .idle)
    }

    @Test func aKnownAnswerTakesThePlaceOfThePartners() {
        for isMediated in [true, false] {
            var exchange = begun(keepAlive: isMediated)
            if isMediated {
                exchange.mediationBegan()
                exchange.mapped()
            } else {
                exchange.passThroughBegan()
            }
            exchange.replayed()
            #expect(exchange.phase == .answering)
            // Whatever the partner of an attempt before does now is nobody's business.
            #expect(exchange.partnerFailed(isReplayable: true, wasSilent: true, retries: true) == .ignore)
            exchange.answerPrepared(discardsRequest: false)
            #expect(exchange.answered() == (isMediated ? .next : .close))
        }
    }

    @Test func aStreamedBodyIsEndedAtThePartner() {
        var exchange = begun(hasBody: true)
        exchange.passThroughBegan()
        #expect(exchange.bodyUse == .forward)
        exchange.connectionReady(reused: false)
        #expect(exchange.requestEnded() == .endForwarding)
        #expect(exchange.partnerHeadReceived() == .beginAnswer)
        #expect(exchange.partnerEnded() == .finishAnswer(releasesPartner: true))
        #expect(exchange.answered() == .next)
    }

    /// The partner has answered before the whole request was there: its connection is out of step, and so is the client's.
    @Test func anAnswerBeforeTheRequestsEndEndsBothConnections() {
        var exchange = begun(hasBody: true)
        exchange.passThroughBegan()
        exchange.connectionReady(reused: false)
        #expect(exchange.partnerHeadReceived() == .beginAnswer)
        #expect(exchange.partnerEnded() == .finishAnswer(releasesPartner: false))
        #expect(exchange.answered() == .linger && exchange.phase == .closing)
        #expect(exchange.requestEnded() == .none)
        #expect(exchange.clientClosed() == .none && exchange.phase == .closed)
    }

    @Test func theRestOfARefusedRequestMayNotBeWorthReading() {
        var exchange = begun(hasBody: true)
        let cancels = exchange.refused(closesConnection: false)
        #expect(!cancels)
        exchange.answerPrepared(discardsRequest: true)
        #expect(exchange.answered() == .discardRequest)
        #expect(exchange.bodyUse == .discard)
        exchange.requestGivenUp()
        #expect(exchange.phase == .closing && !exchange.persists)
        #expect(exchange.clientClosed() == .none)
    }

    @Test func aClientThatGoesWhileTheRestIsReadAbandonsNothing() {
        var exchange = begun(hasBody: true)
        _ = exchange.refused(closesConnection: false)
        exchange.answerPrepared(discardsRequest: true)
        _ = exchange.answered()
        #expect(exchange.clientClosed() == .none, "the call has had its answer")
    }

    @Test func anAnswerWithoutAnotherEndClosesTheConnection() {
        var exchange = begun()
        exchange.passThroughBegan()
        exchange.connectionReady(reused: false)
        #expect(exchange.partnerHeadReceived() == .beginAnswer)
        exchange.answerEndsWithConnection()
        #expect(!exchange.persists)
        #expect(exchange.partnerEnded() == .finishAnswer(releasesPartner: true), "the partner's stays")
        #expect(exchange.answered() == .close)
    }

    @Test func nothingIsAnsweredTwiceAfterADeadline() {
        var exchange = begun()
        exchange.passThroughBegan()
        #expect(exchange.deadlinePassed(headHasBegun: false) == .answerPartnerTimeout(cancelsPartner: false))
        exchange.answerPrepared(discardsRequest: false)
        #expect(exchange.partnerFailed(isReplayable: true, wasSilent: true) == .ignore)
        #expect(exchange.deadlinePassed(headHasBegun: false) == .close && exchange.phase == .closed)
        #expect(exchange.clientClosed() == .none)
    }
}

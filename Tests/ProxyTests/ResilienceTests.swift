import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// Policies over a real loopback, before partners that misbehave.
@Suite struct ResilienceTests {
    private static let ms: Int64 = 1_000_000
    private static let hour: Int64 = 3_600_000_000_000

    static func retry(_ change: (inout RetryPlan) -> Void = { _ in }) -> RetryPlan {
        var plan = RetryPlan(
            attempts: 3, leastPause: 10 * ms, greatestPause: 40 * ms,
            causes: RetryCauses(transports: [.connect, .reset, .timeout, .invalidResponse], statuses: [502...504]))
        change(&plan)
        return plan
    }

    /// Makes calls one after the other, each on a connection of its own.
    private static func calls(
        _ script: @escaping ScriptedPartner.Script, _ texts: [String],
        _ configure: (inout GatewayFixture.Settings) -> Void
    ) async throws -> (answers: [String], records: [RecordingLog.Record], requests: [String], metrics: ProxyMetrics) {
        let partner = try await ScriptedPartner(script)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, configure)
        let port = gateway.port
        let answers = try await onThread {
            try texts.map { text -> String in
                let client = try RawClient(port: port)
                client.send(text)
                return client.receiveAnswer()
            }
        }
        let records = await gateway.log.waitFor(texts.count)
        #expect(await gateway.settles(openConnections: texts.count))
        let metrics = await gateway.server.metrics()
        let requests = partner.requests
        await gateway.stop()
        await partner.stop()
        return (answers, records, requests, metrics)
    }

    // MARK: retry

    private static let failsTwice: ScriptedPartner.Script = { text, connection, request in
        guard ScriptedPartner.isWhole(text) else { return .wait }
        return connection + request < 2
            ? .send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy") : .send(ok("fine"))
    }

    @Test(arguments: [get(), get(method: "PUT", "Content-Length: 3") + "abc"])
    func statusesAreTriedAgain(_ text: String) async throws {
        let (answers, records, requests, metrics) = try await Self.calls(Self.failsTwice, [text]) {
            $0.upstream.policies.retry = Self.retry()
        }
        #expect(answers[0].hasSuffix("fine"))
        #expect(records[0].attempts == 3)
        #expect(requests.count == 3)
        #expect(Set(requests).count == 1)
        #expect(metrics.partners[0].retries == 2)
    }

    @Test func aMediatedCallIsTriedAgainWhenItsKeyIsKnown() async throws {
        let text = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
        let (refused, _, once, _) = try await Self.calls(Self.failsTwice, [text]) {
            $0.upstream.policies.retry = Self.retry()
        }
        #expect(refused[0].contains("partner-error") || refused[0].hasPrefix("HTTP/1.1 503"))
        #expect(once.count == 1)
        // The correlation ID stands for a key that the partner knows.
        let (answers, records, requests, _) = try await Self.calls(Self.failsTwice, [text]) {
            $0.upstream.policies.retry = Self.retry { $0.keyHeader = Array("x-correlation-id".utf8) }
        }
        #expect(answers[0].hasSuffix("fine"))
        #expect(records[0].attempts == 3)
        #expect(requests.count == 3)
    }

    @Test func resetsAndGarbageAreTriedAgain() async throws {
        for (failure, time) in [(.close, nil), (.send("garbage\r\n\r\n"), nil), (.wait, 500 * Self.ms)]
            as [(ScriptedPartner.Reply, Int64?)]
        {
            let (answers, records, _, _) = try await Self.calls(
                { text, connection, _ in
                    guard ScriptedPartner.isWhole(text) else { return .wait }
                    return connection == 0 ? failure : .send(ok("fine"))
                }, [get()]
            ) {
                $0.upstream.policies.retry = Self.retry()
                guard let time else { return }
                // An attempt that the machine is too slow for counts as one that the partner was.
                $0.upstream.responseTimeout = time
                $0.upstream.policies.retry = Self.retry { ($0.attempts, $0.budgetPercent) = (100, 100) }
            }
            #expect(answers[0].hasSuffix("fine"), "\(failure)")
            #expect(time == nil ? records[0].attempts == 2 : records[0].attempts >= 2)
            #expect(records[0].failures.count == records[0].attempts - 1)
        }
    }

    @Test func aPostIsTriedAgainOnlyWhenNothingWasSent() async throws {
        let text = get("/mediate", method: "POST", "Content-Length: 2") + "{}"
        let (answers, records, _, _) = try await Self.calls({ _, _, _ in .close }, [text]) {
            $0.upstream.policies.retry = Self.retry()
        }
        #expect(answers[0].hasPrefix("HTTP/1.1 502"))
        #expect(records[0].attempts == 1)
        let (unreachable, tries, _, _) = try await Self.calls({ _, _, _ in .wait }, [text]) {
            $0.upstream.policies.retry = Self.retry()
            $0.upstream.port = 1
        }
        #expect(unreachable[0].contains("partner-connect"))
        #expect(tries[0].failures == [.connect, .connect, .connect])
    }

    @Test func theLastAnswerIsHandedOnWhenAttemptsAreOver() async throws {
        let (answers, records, requests, _) = try await Self.calls(
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nX-Why: night\r\nContent-Length: 0\r\n\r\n"), [get()]
        ) { $0.upstream.policies.retry = Self.retry() }
        #expect(answers[0].hasPrefix("HTTP/1.1 503"))
        #expect(answers[0].contains("X-Why: night"))
        #expect(records[0].attempts == 3)
        #expect(requests.count == 3)
    }

    @Test func retryAfterBeyondTheTotalTimeIsNotWaitedFor() async throws {
        let (answers, records, _, _) = try await Self.calls(
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n"), [get()]
        ) { $0.upstream.policies.retry = Self.retry() }
        #expect(answers[0].contains("Retry-After: 7200"))
        #expect(records[0].attempts == 1)
    }

    @Test func theBudgetEnds() async throws {
        let began = Clock.monotonic()
        let (_, records, requests, _) = try await Self.calls(
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), Array(repeating: get(), count: 20)
        ) {
            $0.upstream.policies.retry = Self.retry {
                $0.attempts = 2
                $0.budgetPercent = 0
                ($0.leastPause, $0.greatestPause) = (1, 1)
            }
        }
        #expect(records.count == 20)
        // The ten that a partner begins with, and perhaps one for each second that has passed.
        let seconds = Int((Clock.monotonic() - began) / (1000 * Self.ms))
        #expect((30...31 + seconds).contains(requests.count), "\(requests.count) in \(seconds) s")
    }

    @Test func anAnswerThatNeverEndsIsGivenUpForTheNextAttempt() async throws {
        let (answers, records, _, _) = try await Self.calls(
            { text, connection, _ in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                return connection == 0
                    ? .flood(head: "HTTP/1.1 503 Busy\r\nContent-Length: 10000000\r\n\r\n", count: 1_000_000)
                    : .send(ok("fine"))
            }, [get()]
        ) { $0.upstream.policies.retry = Self.retry() }
        #expect(answers[0].hasSuffix("fine"))
        #expect(records[0].attempts == 2)
    }

    @Test func aClientThatLeavesDuringThePauseLeavesNothingBehind() async throws {
        let partner = try await ScriptedPartner(
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.policies.retry = Self.retry {
                ($0.leastPause, $0.greatestPause) = (300_000 * Self.ms, 300_000 * Self.ms)
            }
        }
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            #expect(eventuallyOnThread { partner.requests.count == 1 })
            _ = client.receive(milliseconds: 100)
            client.close()
        }
        let records = await gateway.log.waitFor(1)
        #expect(records.first?.outcome == .abandoned)
        #expect(await gateway.settles())
        #expect(partner.requests.count == 1)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: deadline

    @Test(arguments: [("150", 504), ("150m", 504), ("500S", 200), ("soon", 400), ("0", 504)])
    func theConsumersTimeCounts(_ value: String, _ status: Int) async throws {
        let (answers, _, _, _) = try await Self.calls(
            { _, _, _ in status == 504 ? .wait : .pieces(Array(repeating: "", count: 15) + [ok("late")]) },
            [get("/pass", "X-Request-Timeout: \(value)")]
        ) { $0.upstream.policies.deadlineHeader = Array("x-request-timeout".utf8) }
        #expect(answers[0].hasPrefix("HTTP/1.1 \(status)"), "\(answers[0])")
    }

    // MARK: timeout

    /// A partner whose queue of new connections is full: nothing answers, and nothing refuses.
    @Test func connectingTakesItsTimeAndNoMore() async throws {
        let port = try FullQueue.shared.get().port
        let gateway = try await GatewayFixture.start(partnerPort: port) {
            $0.upstream.connectTimeout = 150 * Self.ms
        }
        let gatewayPort = gateway.port
        let start = ContinuousClock.now
        let answer = try await onThread {
            let client = try RawClient(port: gatewayPort)
            client.send(get())
            return client.receiveAnswer()
        }
        #expect(answer.contains("partner-connect"), "\(answer)")
        // It was not the total time that ended it: that would be another failure.
        #expect(ContinuousClock.now - start >= .milliseconds(145))
        await gateway.stop()
    }

    // MARK: circuit-breaker

    @Test func answersThatTakeTooLongOpenTheCircuit() async throws {
        let head = "HTTP/1.1 200 OK\r\n"
        let (answers, records, requests, metrics) = try await Self.calls(
            { text, _, _ in
                ScriptedPartner.isWhole(text) ? .pieces(["", head, "Content-Length: 4\r\n\r\nfine"]) : .wait
            }, Array(repeating: get(), count: 6)
        ) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(
                failurePercent: 50, minimum: 4, window: Self.hour, openFor: Self.hour, slow: 5 * Self.ms)
        }
        #expect(answers.prefix(4).allSatisfy { $0.hasSuffix("fine") })
        #expect(answers.suffix(2).allSatisfy { $0.contains("partner-circuit-open") })
        #expect(records.map(\.failures) == [[], [], [], [], [.circuitOpen], [.circuitOpen]])
        #expect(requests.count == 4)
        #expect(metrics.partners[0].openings == 1)
    }

    @Test func theCircuitOpensAndClosesAgain() async throws {
        // Calls that are to be refused have to come while it is open.
        let isSeen = try await givenEnoughTime(from: 500 * Self.ms) { try await Self.opensAndCloses(openFor: $0) }
        #expect(isSeen)
    }

    private static func opensAndCloses(openFor: Int64) async throws -> Bool {
        let isWell = Mutex(false)
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return isWell.withLock { $0 } ? .send(ok("fine")) : .send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(
                failurePercent: 50, minimum: 4, window: Self.hour, openFor: openFor)
        }
        let port = gateway.port
        // On one thread: nothing comes between them on a busy machine.
        @Sendable func calls(_ count: Int) async throws -> [String] {
            try await onThread {
                try (0..<count).map { _ in
                    let client = try RawClient(port: port)
                    client.send(get())
                    return client.receiveAnswer()
                }
            }
        }
        let pause = Duration.nanoseconds(openFor) + .milliseconds(50)
        let first = try await calls(5)
        let state = await gateway.server.metrics().partners[0].circuitState
        try await Task.sleep(for: pause)
        // The probe fails: it stays open.
        let second = try await calls(2)
        isWell.withLock { $0 = true }
        try await Task.sleep(for: pause)
        let last = try await calls(2)
        let metrics = await gateway.server.metrics().partners[0]
        let records = await gateway.log.waitFor(9)
        let requests = partner.requests.count
        await gateway.stop()
        await partner.stop()

        #expect(first.prefix(4).allSatisfy { $0.hasPrefix("HTTP/1.1 500") })
        #expect(second[0].hasPrefix("HTTP/1.1 500"))
        #expect(last.allSatisfy { $0.hasSuffix("fine") })
        #expect(metrics.circuitState == .closed)
        // One that came after that time was a probe, and failed.
        guard [first[4], second[1]].allSatisfy({ !$0.hasPrefix("HTTP/1.1 500") }) else { return false }
        for refused in [first[4], second[1]] {
            #expect(refused.hasPrefix("HTTP/1.1 503"))
            #expect(refused.contains("partner-circuit-open"))
            #expect(refused.contains("Retry-After: "))
        }
        #expect(state == .open)
        #expect(requests == 7)
        #expect(metrics.openings == 2)
        #expect(metrics.shortCircuits == 2)
        #expect(records[4].failures == [.circuitOpen])
        return true
    }
}

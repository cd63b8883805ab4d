import Proxy
import RouteGraph
import Synchronization
import Testing

/// Policies over a real loopback, before partners that misbehave.
@Suite struct ResilienceTests {
    private static let ms: Int64 = 1_000_000

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
        for failure in [ScriptedPartner.Reply.close, .send("garbage\r\n\r\n"), .wait] {
            let (answers, records, _, _) = try await Self.calls(
                { text, connection, _ in
                    guard ScriptedPartner.isWhole(text) else { return .wait }
                    return connection == 0 ? failure : .send(ok("fine"))
                }, [get()]
            ) {
                $0.upstream.policies.retry = Self.retry()
                $0.upstream.responseTimeout = 100 * Self.ms
            }
            #expect(answers[0].hasSuffix("fine"), "\(failure)")
            #expect(records[0].attempts == 2)
            #expect(records[0].failures.count == 1)
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
            ScriptedPartner.always("HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"), [get()]
        ) { $0.upstream.policies.retry = Self.retry() }
        #expect(answers[0].contains("Retry-After: 60"))
        #expect(records[0].attempts == 1)
    }

    @Test func theBudgetEnds() async throws {
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
        #expect((30...33).contains(requests.count), "\(requests.count)")
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
                ($0.leastPause, $0.greatestPause) = (5000 * Self.ms, 5000 * Self.ms)
            }
        }
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
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

    @Test(arguments: [("150", 504), ("150m", 504), ("20S", 200), ("soon", 400), ("0", 504)])
    func theConsumersTimeCounts(_ value: String, _ status: Int) async throws {
        let (answers, _, _, _) = try await Self.calls(
            { _, _, _ in .pieces(Array(repeating: "", count: 15) + [ok("late")]) },
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
            $0.upstream.totalTimeout = 5000 * Self.ms
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
                failurePercent: 50, minimum: 4, window: 10_000 * Self.ms, openFor: 10_000 * Self.ms, slow: 5 * Self.ms)
        }
        #expect(answers.prefix(4).allSatisfy { $0.hasSuffix("fine") })
        #expect(answers.suffix(2).allSatisfy { $0.contains("partner-circuit-open") })
        #expect(records.map(\.failures) == [[], [], [], [], [.circuitOpen], [.circuitOpen]])
        #expect(requests.count == 4)
        #expect(metrics.partners[0].openings == 1)
    }

    @Test func theCircuitOpensAndClosesAgain() async throws {
        let isWell = Mutex(false)
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return isWell.withLock { $0 } ? .send(ok("fine")) : .send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.upstream.policies.breaker = CircuitBreakerPlan(
                failurePercent: 50, minimum: 4, window: 10_000 * Self.ms, openFor: 1500 * Self.ms)
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
        let first = try await calls(5)
        #expect(first.prefix(4).allSatisfy { $0.hasPrefix("HTTP/1.1 500") })
        let refused = first[4]
        #expect(refused.hasPrefix("HTTP/1.1 503"))
        #expect(refused.contains("partner-circuit-open"))
        #expect(refused.contains("Retry-After: "))
        #expect(partner.requests.count == 4)
        #expect(await gateway.server.metrics().partners[0].circuitState == .open)
        try await Task.sleep(for: .milliseconds(1550))
        // The probe fails: it stays open.
        let second = try await calls(2)
        #expect(second[0].hasPrefix("HTTP/1.1 500"))
        #expect(second[1].contains("partner-circuit-open"))
        isWell.withLock { $0 = true }
        try await Task.sleep(for: .milliseconds(1550))
        #expect(try await calls(2).allSatisfy { $0.hasSuffix("fine") })
        let metrics = await gateway.server.metrics().partners[0]
        #expect(metrics.circuitState == .closed)
        #expect(metrics.openings == 2)
        #expect(metrics.shortCircuits == 2)
        let records = await gateway.log.waitFor(9)
        #expect(records[4].failures == [.circuitOpen])
        await gateway.stop()
        await partner.stop()
    }
}

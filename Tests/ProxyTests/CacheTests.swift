import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// `cache` over a real loopback, before a partner that counts its calls.
@Suite struct CacheTests {
    private static let ms: Int64 = 1_000_000
    private static let hour: Int64 = 3_600_000_000_000
    static let mediated = get("/mediate", method: "POST", "Content-Length: 2") + "{}"

    /// A gateway whose operations keep answers, a partner with a script, and what is sent.
    private static func run(
        _ plan: CachePlan, _ script: @escaping ScriptedPartner.Script,
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in },
        _ body: (GatewayFixture, ScriptedPartner) async throws -> Void
    ) async throws {
        let partner = try await ScriptedPartner(script)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            $0.cache = plan
            $0.allowed = [0, 1]
            configure(&$0)
        }
        try await body(gateway, partner)
        #expect(await gateway.settles(openConnections: 100))
        await gateway.stop()
        await partner.stop()
    }

    /// One answer for each text, each on a connection of its own, one after the other.
    private static func ask(_ gateway: GatewayFixture, _ texts: String...) async throws -> [String] {
        let port = gateway.port
        return try await onThread {
            try texts.map { text -> String in
                let client = try RawClient(port: port)
                client.send(text)
                return client.receiveAnswer(hasBody: !text.hasPrefix("HEAD"))
            }
        }
    }

    /// Numbers its answers.
    private static func counting(_ fields: String...) -> ScriptedPartner.Script {
        let count = Counter()
        let lines = fields.map { $0 + "\r\n" }.joined()
        return { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            let body = "{\"n\":\(count.next())}"
            let head = text.hasPrefix("HEAD")
            return .send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n"
                    + (head ? "" : body))
        }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private static func n(_ answer: String) -> String { String(answer.split(separator: "\"n\":").last ?? "") }

    @Test(arguments: [get(), mediated])
    func theSecondCallIsAHit(_ text: String) async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) { gateway, partner in
            let answers = try await Self.ask(gateway, text, text, text)
            #expect(answers.map(Self.n) == ["1}", "1}", "1}"])
            #expect(answers[0].contains("Cache-Status: waybill; fwd=miss"))
            #expect(!answers[0].contains("Age: "))
            let age = try #require((0..<3600).first { answers[1].contains("Age: \($0)\r\n") })
            #expect(answers[1].contains("Cache-Status: waybill; hit; ttl=\(3599 - age)\r\n"))
            #expect(answers[1].contains("Content-Type: application/json\r\n"))
            #expect(answers[1].contains("Content-Length: 7\r\n"))
            #expect(answers.allSatisfy { $0.contains("Date: ") })
            #expect(partner.requests.count == 1)
            let records = await gateway.log.waitFor(3)
            #expect(records.map(\.cache) == [.miss, .hit, .hit])
            #expect(records.map(\.attempts) == [1, 0, 0])
            #expect(Set(records.map(\.correlation)).count == 3)
            let cache = await gateway.server.metrics().caches.first { $0.counts.hits > 0 }
            #expect(cache?.counts.hits == 2 && cache?.counts.misses == 1 && cache?.entries == 1)
            #expect((cache?.bytes ?? 0) > ResponseCache.overhead)
        }
    }

    @Test func differentQuestionsHaveDifferentAnswers() async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) { gateway, partner in
            let answers = try await Self.ask(
                gateway, get("/pass?a=1"), get("/pass?a=2"), get("/pass/1"), get("/pass?a=1"),
                get("/pass?a=1", "Accept: text/xml"), get("/pass?a=1", "Accept-Language: de"),
                get("/mediate", method: "POST", "Content-Length: 3") + "[1]",
                get("/mediate", method: "POST", "Content-Length: 3") + "[2]",
                get("/mediate", method: "POST", "Content-Length: 3") + "[1]")
            #expect(answers.map(Self.n) == ["1}", "2}", "3}", "1}", "4}", "5}", "6}", "7}", "6}"])
            #expect(partner.requests.count == 7)
        }
    }

    @Test func consumersDoNotGetEachOthersAnswers() async throws {
        let other = get().replacing("X-API-Key: k", with: "X-API-Key: other")
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) { gateway, _ in
            let answers = try await Self.ask(gateway, get(), other, get(), other)
            #expect(answers.map(Self.n) == ["1}", "2}", "1}", "2}"])
        }
        try await Self.run(CachePlan(ttl: Self.hour, isShared: true), Self.counting()) { gateway, _ in
            #expect(try await Self.ask(gateway, get(), other, get(), other).map(Self.n) == ["1}", "1}", "1}", "1}"])
            // Who may not call gets no kept answer either.
            let nobody = try await Self.ask(gateway, get().replacing("X-API-Key: k", with: "X-API-Key: no"))
            #expect(nobody[0].hasPrefix("HTTP/1.1 401"))
        }
    }

    @Test func anAnswerExpires() async throws {
        let isKept = try await givenEnoughTime(from: 500 * Self.ms) { ttl in
            var isKept = false
            try await Self.run(CachePlan(ttl: ttl), Self.counting()) { gateway, partner in
                isKept = try await Self.ask(gateway, get(), get()).map(Self.n) == ["1}", "1}"]
                guard isKept else { return }
                try await Task.sleep(for: .nanoseconds(ttl) + .milliseconds(50))
                #expect(try await Self.ask(gateway, get()).map(Self.n) == ["2}"])
                #expect(partner.requests.count == 2)
            }
            return isKept
        }
        #expect(isKept)
    }

    @Test(arguments: [
        "Cache-Control: no-store", "Cache-Control: private", "Cache-Control: max-age=0", "Set-Cookie: a=b", "Vary: *",
        "Vary: X-Tenant",
    ])
    func whatThePartnerKeepsToItselfIsNotKept(_ field: String) async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting(field)) { gateway, _ in
            let answers = try await Self.ask(gateway, get(), get(), get())
            #expect(answers.map(Self.n) == ["1}", "2}", "3}"])
            #expect(answers[2].contains("Cache-Status: waybill; fwd=bypass"))
        }
    }

    @Test func aMappedAnswerIsAnotherMessage() async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting("Cache-Control: no-store", "Set-Cookie: a=b")) {
            gateway, _ in
            let answers = try await Self.ask(gateway, Self.mediated, Self.mediated)
            #expect(answers.map(Self.n) == ["1}", "1}"])
        }
    }

    @Test(arguments: [
        "Range: bytes=0-1", "If-None-Match: \"a\"", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Match: *",
    ])
    func conditionsAndRangesGoThrough(_ field: String) async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) { gateway, _ in
            let answers = try await Self.ask(gateway, get(), get("/pass", field), get())
            #expect(answers.map(Self.n) == ["1}", "2}", "1}"])
            #expect(answers[1].contains("Cache-Status: waybill; fwd=bypass"))
        }
    }

    @Test func headIsAnsweredFromGet() async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) { gateway, partner in
            let head = get(method: "HEAD")
            let answers = try await Self.ask(gateway, head, get(), head)
            #expect(partner.requests.map { $0.prefix(4) } == ["HEAD", "GET "])
            #expect(answers[2].contains("Cache-Status: waybill; hit"))
            #expect(answers[2].contains("Content-Length: 7\r\n"))
            #expect(answers[2].hasSuffix("\r\n\r\n"))
        }
    }

    @Test func chunkedAnswersAreKeptWhole() async throws {
        let chunks = [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "4\r\ndefg\r\n", "0\r\n\r\n",
        ]
        try await Self.run(
            CachePlan(ttl: Self.hour), { text, _, _ in ScriptedPartner.isWhole(text) ? .pieces(chunks) : .wait }
        ) { gateway, partner in
            let answers = try await Self.ask(gateway, get(), get())
            #expect(answers[0].contains("Transfer-Encoding: chunked"))
            #expect(!answers[1].contains("Transfer-Encoding"))
            #expect(answers[1].hasSuffix("Content-Length: 7\r\n\r\nabcdefg"))
            #expect(partner.requests.count == 1)
        }
    }

    @Test(arguments: [404, 500])
    func onlyGoodAnswersAreKept(_ status: Int) async throws {
        try await Self.run(
            CachePlan(ttl: Self.hour),
            { text, _, _ in
                ScriptedPartner.isWhole(text) ? .send("HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n") : .wait
            }
        ) { gateway, partner in
            for text in [get(), Self.mediated] { _ = try await Self.ask(gateway, text, text) }
            #expect(partner.requests.count == 4)
        }
    }

    @Test func theSizeIsBounded() async throws {
        let body = String(repeating: "x", count: 5000)
        try await Self.run(CachePlan(ttl: Self.hour, bytes: 40_000), ScriptedPartner.always(ok(body))) { gateway, _ in
            for i in 0..<40 { _ = try await Self.ask(gateway, get("/pass?\(i)")) }
            let cache = await gateway.server.metrics().caches.first { $0.entries > 0 }
            #expect(cache?.entries == 7)
            #expect(cache?.counts.evictions == 33)
            #expect((cache?.bytes ?? .max) <= 40_000)
        }
        // An answer that can't be kept is passed on all the same.
        try await Self.run(CachePlan(ttl: Self.hour, bytes: 4000), ScriptedPartner.always(ok(body))) {
            gateway, partner in
            let answers = try await Self.ask(gateway, get(), get())
            #expect(answers.allSatisfy { $0.hasSuffix(body) })
            #expect(partner.requests.count == 2)
        }
    }

    @Test func consumersRateLimitsCountEveryCall() async throws {
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) {
            $0.operationRate = RateLimitPlan(count: 1, interval: 3_600_000_000_000, burst: 2)
        } _: { gateway, _ in
            let answers = try await Self.ask(gateway, get(), get(), get())
            #expect(answers.map { $0.prefix(12) } == ["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 429"])
        }
        try await Self.run(CachePlan(ttl: Self.hour), Self.counting()) {
            $0.upstream.policies.rate = RateLimitPlan(count: 1, interval: 3_600_000_000_000)
        } _: { gateway, _ in
            let answers = try await Self.ask(gateway, get(), get(), get(), get("/pass?other"))
            #expect(
                answers.map { $0.prefix(12) } == ["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 429"])
        }
    }
}

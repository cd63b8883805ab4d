import Proxy
import RouteGraph
import Testing

@Suite struct PartnerFailureTests {
    private static func call(
        _ script: @escaping ScriptedPartner.Script, _ text: String = get(),
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in }
    ) async throws -> (answer: String, record: RecordingLog.Record?) {
        let (answer, _, records) = try await PassThroughTests.exchange(script, send: text, configure)
        return (answer, records.first)
    }

    static let mediate = get("/mediate", method: "POST", "Content-Length: 2") + "{}"

    @Test(arguments: [get(), mediate]) func refusedConnection(_ text: String) async throws {
        let (answer, record) = try await Self.call({ _, _, _ in .wait }, text) { $0.upstream.port = 1 }
        #expect(answer.hasPrefix("HTTP/1.1 502"))
        #expect(answer.contains("partner-connect"))
        #expect(record?.failures == [.connect])
        #expect(record?.outcome == .partnerFailed)
    }

    @Test(arguments: [get(), mediate]) func silence(_ text: String) async throws {
        let (answer, record) = try await Self.call({ _, _, _ in .wait }, text) {
            $0.upstream.responseTimeout = 200_000_000
        }
        #expect(answer.hasPrefix("HTTP/1.1 504"))
        #expect(record?.failures == [.timeout])
    }

    @Test func slowDripMeetsTheTotalTimeout() async throws {
        let (answer, record) = try await Self.call(
            { _, _, _ in .drip(head: "HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", piece: "x") }, Self.mediate
        ) { $0.upstream.totalTimeout = 300_000_000 }
        #expect(answer.hasPrefix("HTTP/1.1 504"))
        #expect(record?.failures == [.timeout])
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switch\r\n\r\n",
        String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 40),
        "HTTP/1.1 200 OK\r\n" + String(repeating: "X: " + String(repeating: "a", count: 1000) + "\r\n", count: 100),
    ]) func unreadableAnswer(_ reply: String) async throws {
        for text in [get(), Self.mediate] {
            let (answer, record) = try await Self.call({ _, _, _ in .send(reply) }, text)
            // Interim answers go on until there are too many.
            #expect(answer.hasPrefix("HTTP/1.1 502") || answer.hasPrefix("HTTP/1.1 102"))
            #expect(record?.status == 502)
            #expect(record?.failures == [.invalidResponse])
        }
    }

    @Test func answerBeyondTheBodyLimit() async throws {
        let (answer, record) = try await Self.call(
            { _, _, _ in .send(ok(String(repeating: "a", count: 2000))) }, Self.mediate
        ) { $0.gateway.limits.body = 1000 }
        #expect(answer.hasPrefix("HTTP/1.1 502"))
        #expect(record?.failures == [.invalidResponse])
    }

    @Test(arguments: [get(), mediate]) func closedWithoutAnswer(_ text: String) async throws {
        let (answer, record) = try await Self.call({ _, _, _ in .close }, text)
        #expect(answer.hasPrefix("HTTP/1.1 502"))
        #expect(record?.failures == [.reset])
        #expect(record?.attempts == 1)
    }

    @Test func truncatedAnswerIsNeverTakenForWhole() async throws {
        let truncated = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
        let (streamed, record) = try await Self.call({ _, _, _ in .sendAndClose(truncated) })
        #expect(!streamed.contains("\r\n0\r\n"))
        #expect(record?.outcome == .partnerFailed)
        let (mapped, _) = try await Self.call({ _, _, _ in .sendAndClose(truncated) }, Self.mediate)
        #expect(mapped.hasPrefix("HTTP/1.1 502"))
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        let (chunks, _) = try await Self.call({ _, _, _ in .sendAndClose(chunked) })
        #expect(!chunks.hasSuffix("0\r\n\r\n"))
    }

    @Test func badChunkInAnAnswerCutsIt() async throws {
        let (answer, record) = try await Self.call({ _, _, _ in
            .pieces(["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "zz\r\n"])
        })
        #expect(!answer.hasSuffix("0\r\n\r\n"))
        #expect(record?.outcome == .partnerFailed)
    }

    /// The first connection answers once and dies at the second request, as a partner does whose idle timeout has just passed.
    private static let stale: ScriptedPartner.Script = { text, connection, request in
        guard ScriptedPartner.isWhole(text) else { return .wait }
        return connection == 0 && request == 1 ? .close : .send(ok("c\(connection)"))
    }

    @Test func staleConnectionIsNotShownToTheClient() async throws {
        let partner = try await ScriptedPartner(Self.stale)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            #expect(client.receiveAnswer().hasSuffix("c0"))
            client.send(get(method: "PUT", "Content-Length: 3") + "abc")
            #expect(client.receiveAnswer().hasSuffix("c1"))
        }
        let records = await gateway.log.waitFor(2)
        #expect(records[1].attempts == 2)
        #expect(records[1].failures == [.reset])
        #expect(await gateway.server.metrics().partnerRetries == 1)
        #expect(partner.requests.last?.hasSuffix("abc") == true)
        await gateway.stop()
        await partner.stop()
    }

    @Test func whatIsNotSafeIsNotSentTwice() async throws {
        let partner = try await ScriptedPartner(Self.stale)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            #expect(client.receiveAnswer().hasSuffix("c0"))
            client.send(Self.mediate)
            #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 502"))
        }
        #expect(partner.requests.count == 2)
        await gateway.stop()
        await partner.stop()
    }

    @Test func unaskedBytesEndAnIdleConnection() async throws {
        let partner = try await ScriptedPartner { _, connection, _ in
            connection == 0 ? .send(ok("a") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged") : .send(ok("b"))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            client.send(get())
            #expect(client.receiveAnswer().hasSuffix("\r\n\r\na"))
            client.send(get())
            #expect(client.receiveAnswer().hasSuffix("\r\n\r\nb"))
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func callsWaitForAConnectionInLine() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .pieces(["", "", ok("x")]) }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) { $0.upstream.maxConnections = 2 }
        let port = gateway.port
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    try await onThread {
                        let client = try RawClient(port: port)
                        client.send(get())
                        return client.receiveAnswer()
                    }
                }
            }
            for try await answer in group { #expect(answer.hasPrefix("HTTP/1.1 200")) }
        }
        #expect(partner.connections == 2)
        await gateway.stop()
        await partner.stop()
    }
}

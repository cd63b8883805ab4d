import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

@Suite struct RefusalTests {
    private static func withGateway(
        _ script: @escaping ScriptedPartner.Script = ScriptedPartner.always(ok("x")),
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in },
        _ body: (GatewayFixture, ScriptedPartner) async throws -> Void
    ) async throws {
        let partner = try await ScriptedPartner(script)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, configure)
        try await body(gateway, partner)
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func whoAndWhere() async throws {
        try await Self.withGateway { gateway, partner in
            let port = gateway.port
            try await onThread {
                // All on one connection: a refusal does not end it.
                let client = try RawClient(port: port)
                client.send("GET /pass HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 401"))
                client.send("GET /pass HTTP/1.1\r\nHost: a\r\nX-API-Key: other\r\n\r\n")
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 403"))
                client.send(get("/none"))
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 404"))
                client.send(get("/mediate"))
                let answer = client.receiveAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 405"))
                #expect(answer.contains("Allow: POST"))
                client.send("POST /pass HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 401"))
                client.send("body" + get())
                #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 200"))
            }
            let records = await gateway.log.waitFor(6)
            #expect(records.map(\.status) == [401, 403, 404, 405, 401, 200])
            #expect(partner.connections == 1)
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        "POST /pass HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "GET /pass HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
        "POST /pass HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /mediate HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ]) func malformed(_ text: String) async throws {
        try await Self.withGateway { gateway, partner in
            let port = gateway.port
            try await onThread {
                let client = try RawClient(port: port)
                client.send(text + get())
                let answer = client.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 400"))
                #expect(answer.contains("Connection: close"))
                #expect(answer.contains("application/problem+json"))
                #expect(!answer.contains("200 OK"))
            }
            #expect(await gateway.log.waitFor(1).map(\.status) == [400])
            #expect(partner.requests.isEmpty)
        }
    }

    @Test func limits() async throws {
        try await Self.withGateway(
            ScriptedPartner.always(ok("x")),
            {
                $0.gateway.limits.header = 1000
                $0.gateway.limits.body = 100
            }
        ) { gateway, partner in
            let port = gateway.port
            try await onThread {
                func status(_ text: String) throws -> String {
                    let client = try RawClient(port: port)
                    client.send(text)
                    return String(client.receiveAll().dropFirst(9).prefix(3))
                }
                let chunked =
                    get("/mediate", method: "POST", "Transfer-Encoding: chunked") + "65\r\n"
                    + String(repeating: "a", count: 101) + "\r\n0\r\n\r\n"
                let cases = [
                    (get("/pass", "X: " + String(repeating: "a", count: 2000)), "431"),
                    (get("/pass/" + String(repeating: "a", count: 2000)), "414"),
                    (get("/mediate", method: "POST", "Content-Length: 101"), "413"), (chunked, "413"),
                    (get("/pass", "Expect: x"), "417"),
                ]
                for (text, expected) in cases {
                    let got = try status(text)
                    #expect(got == expected)
                }
            }
            #expect(partner.requests.isEmpty)
        }
    }

    @Test func slowRequestsTimeOut() async throws {
        // A connection is closed without a word when the time is over before its first byte has come.
        let areAnswered = try await givenEnoughTime(from: 200_000_000) { time in
            var areAnswered = false
            try await Self.withGateway(ScriptedPartner.always(ok("x")), { $0.gateway.limits.requestTimeout = time }) {
                gateway, partner in
                let port = gateway.port
                let answers = try await onThread {
                    let idle = try RawClient(port: port)
                    #expect(idle.receiveAll() == "")
                    return try [
                        "GET /pass HT", get("/mediate", method: "POST", "Content-Length: 10") + "{",
                        get(method: "POST", "Content-Length: 10") + "{",
                    ].map { text in
                        let client = try RawClient(port: port)
                        client.send(text)
                        return client.receiveAll()
                    }
                }
                let others = answers.filter { !$0.hasPrefix("HTTP/1.1 408") && !$0.isEmpty }
                #expect(others == [])
                areAnswered = answers.allSatisfy { !$0.isEmpty }
                if areAnswered { #expect(await gateway.log.waitFor(3).map(\.status) == [408, 408, 408]) }
            }
            return areAnswered
        }
        #expect(areAnswered)
    }

    @Test func callsThatCannotBeRecordedAreRefused() async throws {
        try await Self.withGateway { gateway, _ in
            gateway.log.refuses.withLock { $0 = true }
            let port = gateway.port
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                let answer = client.receiveAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 503"))
                #expect(answer.contains("Retry-After"))
            }
            #expect(await gateway.server.metrics().refusals.audit == 1)
        }
    }

    @Test func connectionsBeyondTheLimitAreToldSo() async throws {
        try await Self.withGateway(ScriptedPartner.always(ok("x")), { $0.gateway.limits.connections = 2 }) {
            gateway, _ in
            let port = gateway.port
            try await onThread {
                let clients = try (0..<2).map { _ in try RawClient(port: port) }
                for client in clients {
                    client.send(get())
                    #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 200"))
                }
                let third = try RawClient(port: port)
                third.send(get())
                let answer = third.receiveAll()
                let message = PlainMessage.read(Array(answer.utf8))
                #expect(message?.status == 503)
                #expect(message?.count == answer.utf8.count, "the length is not that of the body")
                #expect(answer.contains("Retry-After: 1\r\n"))
                #expect(answer.contains("Connection: close\r\n"))
            }
            #expect(await gateway.server.metrics().refusedConnections == 1)
        }
    }

    @Test func callsBeyondTheLimitAreAnsweredAtOnce() async throws {
        let gate = Gate()
        try await Self.withGateway(
            { _, _, _ in .held(gate, then: .send(ok("fine"))) }, { $0.gateway.limits.calls = 2 }
        ) { gateway, partner in
            let port = gateway.port
            try await onThread {
                let waiting = try (0..<2).map { _ in try RawClient(port: port) }
                for client in waiting { client.send(get()) }
                #expect(eventuallyOnThread { partner.requests.count == 2 })
                let third = try RawClient(port: port)
                third.send(get())
                let answer = third.receiveAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 503"))
                #expect(answer.contains("\"overloaded\""))
                #expect(answer.contains("Retry-After: 1\r\n"))
                gate.open()
                for client in waiting { #expect(client.receiveAnswer().hasPrefix("HTTP/1.1 200")) }
                third.send(get())
                #expect(
                    third.receiveAnswer().hasPrefix("HTTP/1.1 200"), "the connection was kept, and there is room again")
            }
            #expect(await gateway.server.metrics().refusals.calls == 1)
        }
    }

    /// A client that always sends a little, or takes a little, never falls silent; it is too slow all the same.
    @Test(arguments: ["/pass", "/mediate"]) func bodiesThatDripAreTooSlow(_ path: String) async throws {
        let isAnswered = try await givenEnoughTime(from: 300_000_000) { time in
            var isAnswered = false
            try await Self.withGateway(
                ScriptedPartner.always(ok("x")),
                {
                    $0.gateway.limits.requestTimeout = time
                    $0.gateway.limits.minimumRate = 100_000
                }
            ) { gateway, _ in
                let port = gateway.port
                let answer = try await onThread {
                    let client = try RawClient(port: port)
                    client.send(get(path, method: "POST", "Content-Length: 1000000"))
                    var answer: [UInt8]? = []
                    let isEnded = eventuallyOnThread {
                        client.send("x")
                        answer = client.receive(milliseconds: 0)
                        return answer != []
                    }
                    #expect(isEnded, "the drip was never ended")
                    return answer
                }
                // Without an answer the time was over before the head had come.
                guard let answer else { return }
                isAnswered = true
                #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 408"))
                #expect(await gateway.log.waitFor(1).map(\.status) == [408])
            }
            return isAnswered
        }
        #expect(isAnswered)
    }

    @Test func answersThatAreNotTakenEndTheConnection() async throws {
        let isAnswered = try await givenEnoughTime(from: 300_000_000) { time in
            var isAnswered = false
            try await Self.withGateway(
                { text, _, _ in
                    ScriptedPartner.isWhole(text)
                        ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n", count: 20_000_000) : .wait
                }, { $0.gateway.limits.requestTimeout = time }
            ) { gateway, partner in
                let port = gateway.port
                let record = try await onThread {
                    let client = try RawClient(port: port, receiveBuffer: 4096)
                    client.send(get())
                    // Nothing is read. The gateway gives up by itself, on the connection if the request has come too late.
                    #expect(
                        eventuallyOnThread {
                            !gateway.log.all.isEmpty
                                || (partner.requests.isEmpty && client.receive(milliseconds: 0) == nil)
                        })
                    return gateway.log.all.first
                }
                isAnswered = record != nil
                if let record {
                    #expect(record.outcome == .abandoned)
                    #expect(record.failures == [])
                }
                #expect(await gateway.settles { $0.open == $0.idle })
            }
            return isAnswered
        }
        #expect(isAnswered)
    }
}

import Proxy
import RouteGraph
import Testing

@Suite struct PassThroughTests {
    /// Sends text to a gateway before a scripted partner, and gives what comes back.
    static func exchange(
        _ script: @escaping ScriptedPartner.Script, send text: String, hasBody: Bool = true,
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in }
    ) async throws -> (answer: String, requests: [String], records: [RecordingLog.Record]) {
        let partner = try await ScriptedPartner(script)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, configure)
        let port = gateway.port
        let answer = try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receiveAnswer(hasBody: hasBody)
        }
        let records = await gateway.log.waitFor(1)
        #expect(await gateway.settles())
        await gateway.stop()
        let requests = partner.requests
        await partner.stop()
        return (answer, requests, records)
    }

    @Test func get200() async throws {
        let (answer, requests, records) = try await Self.exchange(
            ScriptedPartner.always(ok("hello", "X-Partner: yes", "Connection: X-Hop", "X-Hop: 1")),
            send: get("/pass/a?b=c", "X-Mine: 1", "Connection: X-Drop", "X-Drop: 1", "Keep-Alive: 5"))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nhello"))
        #expect(answer.contains("X-Partner: yes"))
        #expect(!answer.contains("X-Hop"))
        let request = try #require(requests.first)
        #expect(request.hasPrefix("GET /pass/a?b=c HTTP/1.1\r\n"))
        #expect(request.contains("X-Mine: 1"))
        #expect(!request.contains("X-Drop"))
        #expect(!request.contains("Keep-Alive"))
        #expect(!request.contains("X-API-Key"))
        #expect(records.first?.outcome == .answered)
        #expect(records.first?.received == 5)
    }

    @Test func keepsConnectionsOnBothSides() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            for _ in 0..<20 {
                client.send(get())
                #expect(client.receiveAnswer().hasSuffix("\r\n\r\nx"))
            }
        }
        #expect(partner.connections == 1)
        let metrics = await gateway.server.metrics()
        #expect(metrics.operations[0].count(.answered) == 20)
        #expect(metrics.operations[0].latencies.reduce(0, +) == 20)
        #expect(metrics.pools[0].open == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            let path = text.split(separator: " ")[1]
            return .send(ok(String(path)))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        let bodies = try await onThread {
            let client = try RawClient(port: port)
            client.send((0..<30).map { get("/pass/\($0)") }.joined() + get("/nowhere") + get("/pass/end"))
            return (0..<32).map { _ in client.receiveAnswer() }
        }
        for i in 0..<30 { #expect(bodies[i].hasSuffix("\r\n\r\n/pass/\(i)")) }
        #expect(bodies[30].hasPrefix("HTTP/1.1 404"))
        #expect(bodies[31].hasSuffix("/pass/end"))
        await gateway.stop()
        await partner.stop()
    }

    @Test func postWithLength() async throws {
        let (answer, requests, _) = try await Self.exchange(
            ScriptedPartner.always(ok("done")), send: get(method: "POST", "Content-Length: 5") + "12345")
        #expect(answer.hasSuffix("done"))
        #expect(requests.first?.hasSuffix("Content-Length: 5\r\n\r\n12345") == true)
    }

    @Test func chunksAndTrailersBothWays() async throws {
        let (answer, requests, _) = try await Self.exchange(
            ScriptedPartner.always(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 9\r\nHost: no\r\n\r\n"
            ),
            send: get(method: "POST", "Transfer-Encoding: chunked")
                + "4\r\nwiki\r\n5;a\r\npedia\r\n0\r\nX-End: 1\r\n\r\n")
        #expect(answer.hasSuffix("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 9\r\n\r\n"))
        #expect(requests.first?.hasSuffix("\r\n\r\n4\r\nwiki\r\n5\r\npedia\r\n0\r\nX-End: 1\r\n\r\n") == true)
    }

    @Test func headHasNoBody() async throws {
        let (answer, requests, _) = try await Self.exchange(
            ScriptedPartner.always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), send: get(method: "HEAD"),
            hasBody: false)
        #expect(requests.first?.hasPrefix("HEAD /pass HTTP/1.1") == true)
        #expect(answer.contains("Content-Length: 1000\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"]) func bodilessStatus(_ status: String) async throws {
        let (answer, _, _) = try await Self.exchange(
            ScriptedPartner.always("HTTP/1.1 \(status)\r\nX-A: b\r\n\r\n"), send: get(), hasBody: false)
        #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(!answer.contains("Transfer-Encoding"))
    }

    @Test func bodyThatEndsWithTheConnectionBecomesChunks() async throws {
        let (answer, _, records) = try await Self.exchange(
            { _, _, _ in .sendAndClose("HTTP/1.1 200 OK\r\n\r\nuntil the end") }, send: get())
        #expect(answer.contains("Transfer-Encoding: chunked"))
        #expect(answer.hasSuffix("d\r\nuntil the end\r\n0\r\n\r\n"))
        #expect(records.first?.outcome == .answered)
    }

    @Test func olderClientGetsNoChunks() async throws {
        let (answer, _, _) = try await Self.exchange(
            ScriptedPartner.always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            send: get(version: "1.0"))
        #expect(answer.contains("Connection: close"))
        #expect(!answer.contains("Transfer-Encoding"))
    }

    @Test func olderClientMayKeepItsConnection() async throws {
        let (answer, _, _) = try await Self.exchange(
            ScriptedPartner.always(ok("a")), send: get(version: "1.0", "Connection: keep-alive"))
        #expect(answer.contains("Connection: keep-alive\r\n"))
    }

    @Test func expectContinue() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("done")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            for path in ["/pass", "/mediate"] {
                let client = try RawClient(port: port)
                client.send(get(path, method: "POST", "Content-Length: 2", "Expect: 100-continue"))
                #expect(client.receiveAnswer(hasBody: false) == "HTTP/1.1 100 Continue\r\n\r\n")
                client.send("{}")
                #expect(client.receiveAnswer().hasSuffix("done"))
            }
            // A refusal comes instead of 100, and the connection ends, since the body may follow or not.
            let client = try RawClient(port: port)
            client.send("POST /pass HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            let answer = client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 401"))
            #expect(answer.contains("Connection: close"))
        }
        #expect(partner.requests.allSatisfy { !$0.contains("Expect") })
        await gateway.stop()
        await partner.stop()
    }

    @Test func interimAnswersGoOn() async throws {
        let (answer, _, _) = try await Self.exchange(
            { _, _, _ in
                .pieces([
                    "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nX-Hint: a\r\n\r\n", ok("final"),
                ])
            }, send: get())
        #expect(answer.hasPrefix("HTTP/1.1 103 "))
    }

    @Test func headByteByByte() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("slow")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            for byte in (get(method: "POST", "Transfer-Encoding: chunked") + "2\r\nab\r\n0\r\n\r\n").utf8 {
                client.send([byte])
            }
            #expect(client.receiveAnswer().hasSuffix("slow"))
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func largeBodiesStream() async throws {
        let size = 6_000_000
        let partner = try await ScriptedPartner { text, _, _ in
            text.utf8.count > size
                ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n", count: size) : .wait
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        let (received, uploads) = try await onThread {
            let client = try RawClient(port: port, receiveBuffer: 16_384)
            client.send(get(method: "POST", "Content-Length: \(size)"))
            client.send([UInt8](repeating: 0x61, count: size))
            var count = 0
            while count < size, let bytes = client.receive(), !bytes.isEmpty { count += bytes.count }
            return (count, 1)
        }
        #expect(received > size)
        #expect(uploads == 1)
        let records = await gateway.log.waitFor(1)
        #expect(records.first?.sent == size)
        #expect(records.first?.received == size)
        await gateway.stop()
        await partner.stop()
    }
}

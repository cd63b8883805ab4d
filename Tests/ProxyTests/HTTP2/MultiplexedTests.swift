import Proxy
import RouteGraph
import Synchronization
import Testing

/// Calls over HTTP/2, passed through and mediated: what they become at the partner, and what comes back.
@Suite struct MultiplexedTests {
    /// What the gateway makes of the partner's answers: one answer after another, on one connection.
    @Test func callsBecomeCallsOfTheOtherVersion() async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            if text.hasPrefix("HEAD ") { return .send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-A: b\r\n\r\n") }
            if text.hasPrefix("GET /pass/none") { return .send("HTTP/1.1 204 No Content\r\n\r\n") }
            if text.hasPrefix("GET /pass/same") { return .send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n") }
            if text.hasPrefix("GET /pass/chunks") {
                return .send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n"
                )
            }
            if text.hasPrefix("GET /pass/early") {
                return .send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("late"))
            }
            return .send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 5\r\n\r\nhello"
            )
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            let plain = client.call(1, FrameClient.request("GET", "/pass?a=b"))
            #expect(plain.status == "200" && plain.text == "hello" && plain.hasEnded)
            #expect(plain.fields["content-type"] == "text/plain" && plain.fields["content-length"] == "5")
            #expect(plain.fields["x-two"] == "a\nb")
            #expect(plain.fields["date"] != nil && plain.fields["x-correlation-id"] != nil)
            for name in ["connection", "keep-alive", "transfer-encoding", "x-own"] {
                #expect(plain.fields[name] == nil)
            }
            let posted = client.call(3, FrameClient.request("POST", "/pass", [("content-length", "4")]), "abcd")
            #expect(posted.status == "200")
            let unsized = client.call(5, FrameClient.request("POST", "/pass"), "abcd")
            #expect(unsized.status == "200")
            let head = client.call(7, FrameClient.request("HEAD", "/pass"))
            #expect(head.status == "200" && head.fields["content-length"] == "7")
            #expect(head.body.isEmpty && head.hasEnded)
            let none = client.call(9, FrameClient.request("GET", "/pass/none"))
            #expect(none.status == "204" && none.hasEnded && none.body.isEmpty)
            let same = client.call(11, FrameClient.request("GET", "/pass/same"))
            #expect(same.status == "304" && same.hasEnded && same.fields["etag"] == "\"x\"")
            let chunks = client.call(13, FrameClient.request("GET", "/pass/chunks"))
            #expect(chunks.text == "abcde" && chunks.trailers == ["x-sum": "7"] && chunks.hasEnded)
            let early = client.call(15, FrameClient.request("GET", "/pass/early"))
            #expect(early.interim.map { $0[":status"] } == ["103"] && early.interim.first?["link"] == "</a>")
            #expect(early.text == "late")
            #expect(client.goAway == nil && !client.isClosed)
        }
        let seen = partner.requests
        #expect(seen[0].hasPrefix("GET /pass?a=b HTTP/1.1\r\n"))
        #expect(seen[0].contains("\r\nVia: 2.0 waybill\r\n"))
        #expect(seen[1].lowercased().contains("\r\ncontent-length: 4\r\n") && seen[1].hasSuffix("\r\n\r\nabcd"))
        #expect(seen[2].contains("\r\n4\r\nabcd\r\n0\r\n\r\n"))
        #expect(await gateway.log.waitFor(8).allSatisfy { $0.outcome != .abandoned })
        #expect(await gateway.settles())
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func requestsKeepTheirParts() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            let crumbs = [("cookie", "a=b"), ("x-one", "1"), ("cookie", "c=d"), ("te", "trailers"), ("x-empty", "")]
            #expect(client.call(1, FrameClient.request("GET", "/pass", crumbs)).status == "200")
            client.headers(3, FrameClient.request("POST", "/pass", [("trailer", "x-sum")]), ends: false)
            client.data(3, "abc", ends: false)
            client.headers(3, [("x-sum", "7")])
            #expect(client.answer(3).status == "200")
            // A length leaves no place for trailers.
            client.headers(5, FrameClient.request("POST", "/pass", [("content-length", "3")]), ends: false)
            client.data(5, "abc", ends: false)
            client.headers(5, [("x-sum", "7")])
            #expect(client.answer(5).status == "200")
            client.headers(7, FrameClient.request("POST", "/pass", [("expect", "100-continue")]), ends: false)
            client.pump { $0.answers[7]?.interim.isEmpty == false }
            #expect(client.answers[7]?.interim.first?[":status"] == "100")
            client.data(7, "abc")
            #expect(client.answer(7).status == "200")
            let mediated = client.call(
                9, FrameClient.request("POST", "/mediate", [("content-type", "application/json")]), "{}")
            #expect(mediated.status == "200" && mediated.text == "fine")
            #expect(client.call(11, FrameClient.request("GET", "/nowhere")).status == "404")
            let empty = FrameClient.request("POST", "/pass", [("content-length", "0")])
            #expect(client.call(13, empty, "").status == "200")
        }
        let seen = partner.requests
        #expect(seen[0].contains("\r\nx-one: 1\r\n") && seen[0].contains("\r\nx-empty: \r\n"))
        #expect(seen[1].hasSuffix("3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n"))
        #expect(seen[2].hasSuffix("\r\n\r\nabc"))
        #expect(seen[4].hasPrefix("POST /soap HTTP/1.1\r\n") && seen[4].hasSuffix("{}"))
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func largeBodiesGoBothWays() async throws {
        let size = 1_000_000
        let partner = try await ScriptedPartner { text, _, _ in
            text.utf8.count >= size
                ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n", count: size) : .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            let cases: [(UInt32, [(String, String)])] = [(1, []), (3, [("content-length", "\(size)")])]
            for (stream, fields) in cases {
                client.headers(stream, FrameClient.request("POST", "/pass", fields), ends: false)
                #expect(client.upload(stream, [UInt8](repeating: 0x61, count: size)))
                let answer = client.answer(stream)
                #expect(answer.body.count == size && answer.hasEnded)
            }
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// A client that opens no window holds the partner back, and what is kept for it is bounded.
    @Test func aClientThatTakesNothingHoldsThePartnerBack() async throws {
        let size = 40_000_000
        let partner = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text)
                ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n", count: size) : .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.requestTimeout = 700_000_000
        }
        let port = gateway.port
        let answer = try await onThread {
            let client = try FrameClient(port: port)
            client.opensWindow = false
            client.headers(1, FrameClient.request())
            // Other streams have a window of their own, but the connection's is used up.
            return client.answer(1)
        }
        // The client's silence has ended the call.
        #expect(answer.body.count <= 65_535 && answer.resetCode != nil)
        let record = await gateway.log.waitFor(1)[0]
        #expect(record.outcome == .abandoned && record.received < size / 4)
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// A partner that takes nothing holds the client back.
    @Test func aPartnerThatTakesNothingHoldsTheClientBack() async throws {
        let partner = try await ScriptedPartner { _, _, _ in .wait }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.upstream.policies.concurrency = ConcurrencyPlan(limit: 1, queue: 5)
        }
        let port = gateway.port
        try await onThread {
            let first = try FrameClient(port: port)
            first.headers(1, FrameClient.request())
            usleepBriefly()
            // The second call waits for its turn, and its body with it.
            let second = try FrameClient(port: port)
            second.headers(1, FrameClient.request("POST", "/pass"), ends: false)
            #expect(!second.upload(1, [UInt8](repeating: 0x61, count: 600_000), milliseconds: 500))
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func manyStreamsAtOnce() async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            let path = text.split(separator: " ").dropFirst().first.map { String($0) } ?? ""
            return .pieces(["", ok(path)])
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.upstream.maxConnections = 100
        }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for round in 0..<3 {
                let streams = (0..<100).map { UInt32(round * 200 + $0 * 2 + 1) }
                for stream in streams { client.headers(stream, FrameClient.request("GET", "/pass/\(stream)")) }
                for stream in streams {
                    let answer = client.answer(stream)
                    #expect(answer.text == "/pass/\(stream)", "\(answer), GOAWAY \(String(describing: client.goAway))")
                }
            }
        }
        #expect(await gateway.settles())
        #expect(await gateway.server.metrics().openStreams == 0)
        await gateway.stop()
        await partner.stop()
    }

    @Test func aResetStreamIsAnAbandonedCall() async throws {
        let begun = Mutex(0)
        let partner = try await ScriptedPartner { text, _, _ in
            guard text.contains("/pass/x") else { return .send(ok("fine")) }
            begun.withLock { $0 += 1 }
            return .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        let log = gateway.log
        try await onThread {
            let client = try FrameClient(port: port)
            client.headers(1, FrameClient.request("GET", "/pass/x"))
            client.headers(3, FrameClient.request("GET", "/pass/x"))
            while begun.withLock({ $0 }) < 2 { usleepBriefly() }
            client.send(.reset, 0, 1, FrameClient.big(8))
            client.send(.reset, 0, 3, FrameClient.big(8))
            // A request that is taken back together with its head is no call.
            let head = FrameClient.block(FrameClient.request("GET", "/pass/x"))
            client.raw.send(
                FrameClient.frame(.headers, 5, 5, head) + FrameClient.frame(.reset, 0, 5, FrameClient.big(8)))
            // The connection goes on.
            #expect(client.call(7, FrameClient.request()).text == "fine")
        }
        #expect(await log.waitFor(3).filter { $0.outcome == .abandoned }.count == 2)
        let count = begun.withLock { $0 }
        #expect(count == 2)
        #expect(await gateway.settles())
        #expect(partner.closed >= 2)
        await gateway.stop()
        await partner.stop()
    }

    /// The reset comes with the end of a request that the gateway answers at once: there is no stream left for the answer.
    @Test(arguments: ["/none", "/mediate"]) func aCallTakenBackAsItIsAnswered(_ path: String) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for i in 0..<20 {
                let stream = UInt32(4 * i + 1)
                let fields = FrameClient.request("POST", path, [("content-length", "3")])
                client.raw.send(
                    FrameClient.frame(.headers, 4, stream, FrameClient.block(fields))
                        + FrameClient.frame(.data, 1, stream, Array("{no".utf8))
                        + FrameClient.frame(.reset, 0, stream, FrameClient.big(8)))
                #expect(client.call(stream + 2, FrameClient.request()).text == "fine")
            }
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func aConnectionThatIsCutAbandonsItsCalls() async throws {
        let begun = Mutex(0)
        let partner = try await ScriptedPartner { _, _, _ in
            begun.withLock { $0 += 1 }
            return .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            for (round, resets) in [true, false].enumerated() {
                let client = try FrameClient(port: port)
                for stream in [UInt32(1), 3, 5] { client.headers(stream, FrameClient.request()) }
                while begun.withLock({ $0 }) < 3 * (round + 1) { usleepBriefly() }
                if resets { client.raw.reset() } else { client.raw.close() }
            }
        }
        let records = await gateway.log.waitFor(6)
        #expect(records.count == 6 && records.allSatisfy { $0.outcome == .abandoned })
        #expect(await gateway.settles { $0.idle == $0.open })
        await gateway.stop()
        await partner.stop()
    }

    @Test func failuresAreAnswersAndCutAnswersAreResets() async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            if text.contains("/pass/part") { return .sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart") }
            return .close
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            let failed = client.call(1, FrameClient.request("POST", "/pass"), "abc")
            #expect(failed.status == "502" && failed.fields["content-type"] == "application/problem+json")
            #expect(failed.text.contains("\"status\":502") && failed.hasEnded)
            let part = client.call(3, FrameClient.request("GET", "/pass/part"))
            #expect(part.status == "200" && !part.hasEnded && part.resetCode == 2)
            #expect(!client.isClosed)
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// Answers that come before the end of the request: small rests are read, for others the client is asked to stop.
    @Test func earlyRefusalsEndTheStreamAlone() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.body = 100_000
        }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            func refused(
                _ stream: UInt32, _ path: String, _ fields: [(String, String)], key: String = "k"
            ) -> FrameClient.Answer {
                let all = FrameClient.request("POST", path, fields).map { $0.0 == "x-api-key" ? ($0.0, key) : $0 }
                client.headers(stream, all, ends: false)
                return client.answer(stream)
            }
            let large = refused(1, "/mediate", [("content-type", "application/json"), ("content-length", "900000")])
            #expect(large.status == "413" && large.hasEnded)
            client.pump { $0.answers[1]?.resetCode != nil }
            #expect(client.answers[1]?.resetCode == 0)
            let unknown = refused(3, "/pass", [], key: "nobody")
            #expect(unknown.status == "401" && unknown.hasEnded)
            client.pump { $0.answers[3]?.resetCode != nil }
            #expect(client.answers[3]?.resetCode == 0)
            // A rest of known length and small is read instead.
            let small = refused(5, "/pass", [("content-length", "6")], key: "nobody")
            #expect(small.status == "401" && small.hasEnded && small.resetCode == nil)
            client.data(5, "abcdef")
            // What was on its way to a stream that is no more does no harm.
            for _ in 0..<4 { client.data(1, [UInt8](repeating: 0x61, count: 16_000), ends: false) }
            client.headers(11, FrameClient.request("POST", "/pass"), ends: false)
            #expect(client.upload(11, [UInt8](repeating: 0x61, count: 60_000)))
            #expect(client.answer(11).text == "fine")
            // More than was promised by no length at all.
            let json = [("content-type", "application/json")]
            client.headers(13, FrameClient.request("POST", "/mediate", json), ends: false)
            _ = client.upload(13, [UInt8](repeating: 0x20, count: 400_000))
            #expect(client.answer(13).status == "413")
            #expect(client.call(15, FrameClient.request()).text == "fine")
            #expect(client.answers[5]?.resetCode == nil)
        }
        #expect(partner.requests.count == 2)
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    @Test func limitsOfHeadsAndCalls() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.header = 2000
            $0.gateway.limits.streams = 7
        }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            client.pump { $0.settings[3] != nil }
            #expect(client.settings[3] == 7 && client.settings[6] == 7200)
            let large = client.call(
                1, FrameClient.request("GET", "/pass", [("x-large", String(repeating: "a", count: 3000))]))
            #expect(large.status == "431")
            let many = (0..<110).map { ("x\($0)", "") }
            #expect(client.call(3, FrameClient.request("GET", "/pass", many)).status == "431")
            #expect(
                client.call(5, FrameClient.request("GET", "/pass/" + String(repeating: "a", count: 3000))).status
                    == "414")
            #expect(client.call(7, FrameClient.request()).text == "fine")
            // Far beyond what is announced: there is no answer to it.
            let flood = try FrameClient(port: port)
            flood.pump { $0.settings[3] != nil }
            flood.headers(1, FrameClient.request("GET", "/pass", [("x-large", String(repeating: "a", count: 12_000))]))
            #expect(flood.ends())
            // More streams than are announced.
            let eager = try FrameClient(port: port)
            eager.pump { $0.settings[3] != nil }
            for stream in 0..<8 {
                eager.headers(UInt32(stream * 2 + 1), FrameClient.request("POST", "/pass"), ends: false)
            }
            #expect(eager.ends())
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }
}

import Proxy
import RouteGraph
import Testing

/// Clients that flood the gateway with frames: each is sent away, and what it had begun is given up. Others are served meanwhile.
@Suite struct FloodTests {
    struct Flood: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Whether the connection has to end with GOAWAY and this code; other codes are fine where a flood breaks the protocol too.
        var code: UInt32? = 11
        var send: @Sendable (FrameClient) -> Void
    }

    private static func many(_ count: Int, _ name: String, _ frame: @escaping @Sendable (UInt32) -> [UInt8]) -> Flood {
        Flood(testDescription: name) { client in
            for i in 0..<UInt32(count) where !client.raw.isClosed {
                guard client.raw.send(frame(i)) else { return }
            }
        }
    }

    private static let block = FrameClient.block(FrameClient.request("GET", "/pass/wait"))
    private static let open = FrameClient.block(FrameClient.request("POST", "/pass/wait"))

    static let floods: [Flood] = [
        many(2000, "rapid reset (CVE-2023-44487)") {
            FrameClient.frame(.headers, 5, 2 * $0 + 1, block)
                + FrameClient.frame(.reset, 0, 2 * $0 + 1, FrameClient.big(8))
        },
        many(2000, "PING") { FrameClient.frame(.ping, 0, 0, FrameClient.big($0) + FrameClient.big(0)) },
        many(2000, "SETTINGS") { _ in FrameClient.frame(.settings, 0, 0, []) },
        many(2000, "SETTINGS that change the window") {
            FrameClient.frame(.settings, 0, 0, [0, 4] + FrameClient.big(65_535 + $0 % 2))
        },
        many(2000, "PRIORITY") { FrameClient.frame(.priority, 0, 2 * $0 + 1, FrameClient.big(0) + [16]) },
        Flood(testDescription: "empty DATA (CVE-2019-9518)") { client in
            client.raw.send(FrameClient.frame(.headers, 4, 1, open))
            for _ in 0..<2000 { guard client.raw.send(FrameClient.frame(.data, 0, 1, [])) else { return } }
        },
        Flood(testDescription: "CONTINUATION (CVE-2024-27316)") { client in
            client.raw.send(FrameClient.frame(.headers, 1, 1, block))
            let field = FrameClient.block([("x-a", "b")])
            for _ in 0..<2000 { guard client.raw.send(FrameClient.frame(.continuation, 0, 1, field)) else { return } }
        },
        Flood(testDescription: "empty CONTINUATION") { client in
            client.raw.send(FrameClient.frame(.headers, 1, 1, block))
            for _ in 0..<2000 { guard client.raw.send(FrameClient.frame(.continuation, 0, 1, [])) else { return } }
        },
        Flood(testDescription: "resets that we are made to send (CVE-2025-8671)", code: 1) { client in
            for i in 0..<UInt32(2000) {
                let stream = 2 * i + 1
                // A window of more than 2^31 - 1 is an error of the stream.
                let sent = client.raw.send(
                    FrameClient.frame(.headers, 5, stream, block)
                        + FrameClient.frame(.window, 0, stream, FrameClient.big(0x7FFF_FFFF)))
                guard sent else { return }
            }
        },
        Flood(testDescription: "fields that grow when they are decoded", code: nil) { client in
            // One entry of the dynamic table, then a reference to it, 8000 times (an "HPACK bomb").
            var bytes = block
            bytes += [0x40, 3]
            bytes += Array("x-a".utf8)
            bytes += [0x7F, 0xA1, 0x1E]
            bytes += [UInt8](repeating: 0x61, count: 4000)
            bytes += [UInt8](repeating: 0xBE, count: 8000)
            client.raw.send(FrameClient.frame(.headers, 5, 1, bytes))
        },
        Flood(testDescription: "a frame that is too large", code: 6) { client in
            client.raw.send([0x10, 0, 0, 0, 0])
            client.raw.send(FrameClient.big(1))
            client.raw.send([UInt8](repeating: 0, count: 70_000))
        },
        Flood(testDescription: "a preface that is none", code: nil) { client in
            client.raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        },
        Flood(testDescription: "even stream", code: 1) { $0.headers(2, FrameClient.request()) },
        Flood(testDescription: "DATA on an idle stream", code: 1) { $0.data(1, "abc") },
        Flood(testDescription: "DATA on the connection", code: 1) { $0.data(0, "abc") },
        Flood(testDescription: "stream numbers that go back", code: 1) { client in
            client.headers(5, FrameClient.request())
            client.headers(3, FrameClient.request())
        },
        Flood(testDescription: "PUSH_PROMISE from a client", code: 1) {
            $0.send(.push, 4, 1, FrameClient.big(2) + block)
        },
        Flood(testDescription: "no window for the connection", code: nil) { client in
            client.send(.window, 0, 0, FrameClient.big(0))
        },
        Flood(testDescription: "a field without a name", code: 9) { client in
            client.send(.headers, 5, 1, block + FrameClient.block([("", "b")]))
        },
        Flood(testDescription: "broken compression", code: 9) {
            $0.send(.headers, 5, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        },
    ]

    @Test(arguments: floods) func floodsEndTheirConnection(_ flood: Flood) async throws {
        let partner = try await ScriptedPartner { text, _, _ in
            text.contains("/pass/wait") || !ScriptedPartner.isWhole(text) ? .wait : .send(ok("fine"))
        }
        let gateway = try await GatewayFixture.startMultiplexed(
            partnerPort: partner.port, authenticator: OpenAuthenticator()
        ) { $0.upstream.maxConnections = 64 }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port, begins: flood.testDescription != "a preface that is none")
            let other = try FrameClient(port: port)
            flood.send(client)
            #expect(client.ends(), "the connection goes on")
            if let code = flood.code, let goAway = client.goAway { #expect(goAway.code == code) }
            #expect(other.call(1, FrameClient.request()).text == "fine")
        }
        #expect(await gateway.settles { $0.waiting == 0 })
        #expect(await gateway.server.metrics().openStreams == 0)
        await gateway.stop()
        await partner.stop()
    }

    /// Connections on which nothing happens, or only what keeps them from being silent.
    @Test(arguments: ["no preface", "half a preface", "no SETTINGS", "idle", "PINGs", "after a call"])
    func idleConnectionsEnd(_ what: String) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.requestTimeout = 300_000_000
            $0.gateway.limits.idleTimeout = 500_000_000
        }
        let port = gateway.port
        let took = try await onThread {
            let start = ContinuousClock.now
            let client = try FrameClient(
                port: port, begins: !["no preface", "half a preface", "no SETTINGS"].contains(what))
            switch what {
            case "half a preface": client.raw.send(Array(FrameClient.preface.prefix(10)))
            case "no SETTINGS": client.raw.send(FrameClient.preface)
            case "after a call": #expect(client.call(1, FrameClient.request()).text == "fine")
            case "PINGs":
                for _ in 0..<40 {
                    client.send(.ping, 0, 0, FrameClient.big(1) + FrameClient.big(2))
                    client.pump(milliseconds: 50) { $0.isClosed }
                    if client.isClosed { break }
                }
            default: break
            }
            // Without SETTINGS of its own a client must not answer ours.
            if what.contains("preface") || what == "no SETTINGS" {
                _ = client.raw.receiveAll(milliseconds: 60_000)
            } else {
                #expect(client.ends())
            }
            if ["idle", "PINGs", "after a call"].contains(what) { #expect(client.goAway?.code == 0) }
            return ContinuousClock.now - start
        }
        #expect(took >= .milliseconds(280))
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// Requests that never end are told so, each by itself.
    @Test func slowRequestsTimeOut() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.requestTimeout = 300_000_000
        }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for (stream, path) in [(UInt32(1), "/pass"), (3, "/mediate")] {
                client.headers(
                    stream, FrameClient.request("POST", path, [("content-type", "application/json")]), ends: false)
                client.data(stream, "{", ends: false)
            }
            #expect(client.answer(1).status == "408" && client.answer(3).status == "408")
            #expect(client.call(5, FrameClient.request()).text == "fine")
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// `limits.connections` counts connections, and `limits.calls` streams.
    @Test func capsCountWhatTheySay() async throws {
        let partner = try await ScriptedPartner { text, _, _ in text.contains("/pass/wait") ? .wait : .send(ok("fine"))
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port) {
            $0.gateway.limits.connections = 2
            $0.gateway.limits.calls = 5
            $0.upstream.maxConnections = 16
        }
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for stream in 0..<5 { client.headers(UInt32(stream * 2 + 1), FrameClient.request("GET", "/pass/wait")) }
            let sixth = client.call(11, FrameClient.request())
            #expect(sixth.status == "503" && sixth.fields["retry-after"] != nil)
            client.send(.reset, 0, 1, FrameClient.big(8))
            #expect(client.call(13, FrameClient.request()).text == "fine")
            let second = try FrameClient(port: port)
            #expect(second.pump { !$0.settings.isEmpty })
            let third = try FrameClient(port: port)
            #expect(third.ends())
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }
}

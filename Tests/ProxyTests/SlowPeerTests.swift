import Proxy
import RouteGraph
import TestSupport
import Testing

/// Clients that never fall silent and never get anywhere, with and without TLS. Each holds its connection for a bounded time, and the
/// gateway holds a bounded number of its bytes.
@Suite struct SlowPeerTests {
    private static func withGateway(
        _ isSecure: Bool, _ time: Int64, _ script: @escaping ScriptedPartner.Script = ScriptedPartner.always(ok("x")),
        _ body: (GatewayFixture, ScriptedPartner) async throws -> Bool
    ) async throws -> Bool {
        let folder = try CertificateFolder.shared.get()
        let tls = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")))
        let partner = try await ScriptedPartner(script)
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) {
            if isSecure { $0.gateway.listeners[0].tls = tls }
            $0.gateway.limits.requestTimeout = time
            $0.gateway.limits.minimumRate = 100_000
        }
        let isDone = try await body(gateway, partner)
        #expect(await gateway.settles { $0.open == $0.idle })
        await gateway.stop()
        await partner.stop()
        return isDone
    }

    /// A client that begins a request and then sends a little, again and again: it is answered 408, and its connection ends.
    private static func isTooSlow(_ isSecure: Bool, _ first: String, _ drip: String) async throws {
        // The connection and the handshake count too: they may be all that the time is enough for.
        let isAnswered = try await givenEnoughTime(from: 2_000_000_000) { time in
            try await withGateway(isSecure, time) { gateway, partner in
                let client = try await PeerClient.connect(
                    port: gateway.port, isSecure: isSecure, .init(first: first, drip: drip))
                #expect(await client.ends())
                #expect(!partner.requests.contains { ScriptedPartner.isWhole($0) })
                guard !client.seen.text.isEmpty else { return false }
                #expect(client.seen.text.hasPrefix("HTTP/1.1 408 "), "\(client.seen.text)")
                #expect(await gateway.log.waitFor(1).map(\.status) == [408])
                return true
            }
        }
        #expect(isAnswered)
    }

    @Test(arguments: [false, true]) func headsThatDrip(_ isSecure: Bool) async throws {
        try await Self.isTooSlow(isSecure, "GET /pass HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nX: ", "a")
    }

    /// The time of a head is one for all of it: whole lines do not buy more.
    @Test(arguments: [false, true]) func headsOfManyLines(_ isSecure: Bool) async throws {
        try await Self.isTooSlow(isSecure, "GET /pass HTTP/1.1\r\n", "X: a\r\n")
    }

    @Test(arguments: [false, true], ["/pass", "/mediate"])
    func bodiesThatDrip(_ isSecure: Bool, _ path: String) async throws {
        try await Self.isTooSlow(isSecure, get(path, method: "POST", "Content-Length: 10000"), "x")
    }

    @Test(arguments: [false, true], ["/pass", "/mediate"])
    func chunksThatDrip(_ isSecure: Bool, _ path: String) async throws {
        try await Self.isTooSlow(isSecure, get(path, method: "POST", "Transfer-Encoding: chunked"), "1\r\nx\r\n")
    }

    /// Chunk extensions and trailers are no body: they buy no time either.
    @Test(arguments: [false, true], ["1;a=", "0\r\nX: "])
    func whatStandsBetweenChunks(_ isSecure: Bool, _ start: String) async throws {
        try await Self.isTooSlow(isSecure, get(method: "POST", "Transfer-Encoding: chunked") + start, "x")
    }

    @Test(arguments: [false, true]) func answersThatAreNotTakenEndTheConnection(_ isSecure: Bool) async throws {
        let isEnded = try await givenEnoughTime(from: 2_000_000_000) { time in
            try await Self.withGateway(
                isSecure, time,
                { text, _, _ in
                    ScriptedPartner.isWhole(text)
                        ? .flood(head: "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n", count: 20_000_000) : .wait
                }
            ) { gateway, partner in
                let client = try await PeerClient.connect(
                    port: gateway.port, isSecure: isSecure,
                    .init(first: "GET /pass HTTP/1.1\r\nHost: a\r\n", last: "X-API-Key: k\r\n\r\n"))
                #expect(await eventually { !gateway.log.all.isEmpty || client.seen.isEnded })
                client.close()
                guard let record = gateway.log.all.first, record.status != 408 else { return false }
                #expect(record.outcome == .abandoned)
                // Nobody holds what the partner has sent: it was read only as far as the client took it.
                #expect(record.received < 10_000_000)
                return true
            }
        }
        #expect(isEnded)
    }

    @Test func handshakesThatDrip() async throws {
        _ = try await Self.withGateway(true, 2_000_000_000) { gateway, _ in
            // The beginning of a record of 16 KiB.
            let client = try await PeerClient.connect(
                port: gateway.port, isSecure: false, .init(first: "\u{16}\u{3}\u{1}\u{40}", drip: "\u{0}"))
            #expect(await client.ends())
            #expect(gateway.log.all.isEmpty)
            return true
        }
    }
}

import NIOCore
import RouteGraph
import Testing

@testable import Proxy

/// Calls to partners that speak HTTP/2, with TLS and without.
@Suite(.serialized) struct PartnerCallTests {
    static func clientTLS(_ client: String? = "client", pin: String? = nil) throws -> ClientTLSPlan {
        let folder = try CertificateFolder.shared.get()
        return ClientTLSPlan(
            certificates: try client.map { try folder.bytes("\($0).pem") },
            key: try client.map { Secret(try folder.bytes("\($0).key")) }, authority: try folder.bytes("ca.pem"),
            minimum: .v13, pins: try pin.map { [try folder.pin($0)] } ?? [])
    }

    static func call(_ port: Int, _ text: String = get(), hasBody: Bool = true) async throws -> String {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receiveAnswer(hasBody: hasBody, milliseconds: 60_000)
        }
    }

    static func gateway(
        _ port: Int, http: PartnerHTTP = .http2, _ configure: (inout GatewayFixture.Settings) -> Void = { _ in }
    ) async throws -> GatewayFixture {
        try await GatewayFixture.start(partnerPort: port) {
            $0.upstream.http = http
            // Far beyond what a busy machine takes: nothing here is about time unless a test says so.
            $0.upstream.connectTimeout = 10_000_000_000
            $0.upstream.responseTimeout = 10_000_000_000
            $0.upstream.totalTimeout = 20_000_000_000
            configure(&$0)
        }
    }

    // MARK: Which version

    struct Version: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var http: PartnerHTTP
        var offered: [String]
        var isHTTP2: Bool?
    }

    static let versions = [
        Version(testDescription: "auto, both", http: .automatic, offered: ["h2", "http/1.1"], isHTTP2: true),
        Version(testDescription: "auto, HTTP/2 alone", http: .automatic, offered: ["h2"], isHTTP2: true),
        Version(testDescription: "2, both", http: .http2, offered: ["http/1.1", "h2"], isHTTP2: true),
        Version(testDescription: "2, HTTP/1.1 alone", http: .http2, offered: ["http/1.1"], isHTTP2: nil),
        Version(testDescription: "2, no protocols", http: .http2, offered: [], isHTTP2: nil),
        Version(testDescription: "1.1, HTTP/2 alone", http: .http1, offered: ["h2"], isHTTP2: nil),
    ]

    @Test(arguments: versions) func thePartnerPicks(_ version: Version) async throws {
        let tls = try HTTP2Partner.tls(version.offered)
        let partner = try await HTTP2Partner(.init(tls: tls)) { _ in HTTP2Partner.answer("picked") }
        let plan = try Self.clientTLS(pin: "server")
        let gateway = try await Self.gateway(partner.port, http: version.http) { $0.upstream.tls = plan }
        // What the test's partner does not speak comes to nothing; what matters is which version it was asked by.
        if version.isHTTP2 == true {
            for _ in 0..<3 { #expect(try await Self.call(gateway.port).hasSuffix("picked")) }
            #expect(partner.connections == 1)
            #expect(partner.requests.allSatisfy { $0.fields[":scheme"] == "https" })
        } else if version.http == .http2 {
            let answer = try await Self.call(gateway.port)
            #expect(answer.hasPrefix("HTTP/1.1 502") && answer.contains("partner-tls"))
            #expect(partner.requests.isEmpty)
        } else {
            _ = try await Self.call(gateway.port)
            #expect(partner.requests.isEmpty)
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func autoFallsBackToVersion1() async throws {
        let folder = try CertificateFolder.shared.get()
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("one")))
        let listener = ServerTLSPlan(
            certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")),
            clientAuthority: try folder.bytes("ca.pem"), requireClientCertificate: true)
        let inner = try await GatewayFixture.start(partnerPort: partner.port) { $0.gateway.listeners[0].tls = listener }
        let plan = try Self.clientTLS()
        let outer = try await Self.gateway(inner.port, http: .automatic) { $0.upstream.tls = plan }
        let port = outer.port
        // Calls that come before the protocol is known get their connections when it is.
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await Self.call(port) } }
            for try await answer in group { #expect(answer.hasSuffix("one")) }
        }
        await outer.stop()
        await inner.stop()
        await partner.stop()
    }

    @Test func wrongCertificatesAreRefused() async throws {
        let tls = try HTTP2Partner.tls()
        let partner = try await HTTP2Partner(.init(tls: tls)) { _ in HTTP2Partner.answer("secret") }
        for plan in [try Self.clientTLS(pin: "client"), try Self.clientTLS(nil), try Self.clientTLS("foreign-client")] {
            let gateway = try await Self.gateway(partner.port, http: .automatic) { $0.upstream.tls = plan }
            let answer = try await Self.call(gateway.port)
            #expect(answer.hasPrefix("HTTP/1.1 502") && answer.contains("partner-tls"), "\(answer)")
            await gateway.stop()
        }
        #expect(partner.requests.isEmpty)
        await partner.stop()
    }

    @Test func itGoesThroughATunnel() async throws {
        let tls = try HTTP2Partner.tls()
        let partner = try await HTTP2Partner(.init(tls: tls)) { _ in HTTP2Partner.answer("through") }
        let proxy = try await ConnectProxy(.works(authorization: nil))
        let plan = try Self.clientTLS()
        let gateway = try await Self.gateway(partner.port, http: .http2) {
            $0.upstream.tls = plan
            $0.upstream.proxy = ForwardProxy(host: "localhost", port: proxy.port)
        }
        for _ in 0..<3 { #expect(try await Self.call(gateway.port).hasSuffix("through")) }
        #expect(proxy.asked.count == 1 && partner.connections == 1)
        await gateway.stop()
        await proxy.stop()
        await partner.stop()
    }

    // MARK: Messages

    @Test func aCallIsTranslated() async throws {
        let partner = try await HTTP2Partner { request in
            [
                .headers([(":status", "200"), ("x-path", request.path)], end: false),
                .data(Array("one ".utf8), end: false), .data(Array("two".utf8), end: false),
                .headers([("x-checksum", "7"), ("content-type", "dropped")], end: true),
            ]
        }
        let gateway = try await Self.gateway(partner.port)
        let answer = try await Self.call(
            gateway.port,
            get("/pass/a?b=c", method: "POST", "X-Own: Value", "Content-Length: 3", "TE: trailers")
                + "abc")
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.contains("x-path: /pass/a?b=c\r\n"))
        #expect(answer.contains("Transfer-Encoding: chunked\r\n"))
        #expect(answer.contains("one ") && answer.hasSuffix("0\r\nx-checksum: 7\r\n\r\n"), "\(answer)")
        let request = try #require(partner.requests.first)
        #expect(request.fields[":method"] == "POST" && request.fields[":scheme"] == "http")
        #expect(request.fields[":authority"] == "127.0.0.1:\(partner.port)")
        #expect(request.fields["x-own"] == "Value")
        #expect(request.fields["content-length"] == "3" && request.body == Array("abc".utf8))
        for name in ["host", "connection", "transfer-encoding"] {
            #expect(request.fields[name] == nil, "\(name)")
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func aMediatedCallIsRelayed() async throws {
        let partner = try await HTTP2Partner { request in
            HTTP2Partner.answer(String(decoding: request.body, as: UTF8.self), ("content-type", "application/json"))
        }
        let gateway = try await Self.gateway(partner.port)
        let port = gateway.port
        let answers = try await onThread {
            let client = try RawClient(port: port)
            return (0..<5).map { i in
                let body = "{\"n\":\(i)}"
                let fields = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
                client.send(get("/mediate", method: "POST", fields[0], fields[1]) + body)
                return client.receiveAnswer()
            }
        }
        for (i, answer) in answers.enumerated() { #expect(answer.hasSuffix("{\"n\":\(i)}"), "\(answer)") }
        #expect(partner.connections == 1 && partner.requests.map(\.path).allSatisfy { $0 == "/soap" })
        let records = await gateway.log.waitFor(5)
        #expect(records.allSatisfy { $0.outcome == .answered && $0.attempts == 1 })
        await gateway.stop()
        await partner.stop()
    }

    struct Framing: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method = "GET"
        var steps: [HTTP2Partner.Step]
        var contains: [String]
        var hasBody = true
    }

    static let framings = [
        Framing(
            testDescription: "interim answers",
            steps: [
                .headers([(":status", "103"), ("link", "</a.css>")], end: false),
                .headers([(":status", "100")], end: false),
            ] + HTTP2Partner.answer("fine"), contains: ["HTTP/1.1 103 ", "link: </a.css>", "HTTP/1.1 200", "fine"]),
        Framing(
            testDescription: "204", steps: [.headers([(":status", "204")], end: true)],
            contains: ["HTTP/1.1 204"], hasBody: false),
        Framing(
            testDescription: "304 with a length",
            steps: [.headers([(":status", "304"), ("content-length", "12")], end: true)],
            contains: ["HTTP/1.1 304", "12"], hasBody: false),
        Framing(
            testDescription: "no body, no length", steps: [.headers([(":status", "200")], end: true)],
            contains: ["HTTP/1.1 200", "Content-Length: 0"]),
        Framing(
            testDescription: "the end comes late",
            steps: [
                .headers([(":status", "200"), ("content-length", "2")], end: false), .data([0x61, 0x62], end: false),
                .pause(milliseconds: 30), .data([], end: true),
            ], contains: ["HTTP/1.1 200", "\r\n\r\nab"]),
        Framing(
            testDescription: "trailers after a length",
            steps: [
                .headers([(":status", "200"), ("content-length", "2")], end: false), .data([0x61, 0x62], end: false),
                .headers([("x-late", "1")], end: true),
            ], contains: ["HTTP/1.1 200", "\r\n\r\nab"]),
    ]

    @Test(arguments: framings) func answersAreFramed(_ framing: Framing) async throws {
        let steps = framing.steps
        let partner = try await HTTP2Partner(.init(checksRequests: false)) { _ in steps }
        let gateway = try await Self.gateway(partner.port)
        let port = gateway.port
        let texts = try await onThread {
            let client = try RawClient(port: port)
            return (0..<2).map { _ in
                client.send(get(method: framing.method))
                var all = client.receiveAnswer(hasBody: framing.hasBody)
                var last = all
                while last.hasPrefix("HTTP/1.1 1") {
                    last = client.receiveAnswer(hasBody: framing.hasBody)
                    all += last
                }
                return all
            }
        }
        for text in texts {
            for part in framing.contains { #expect(text.contains(part), "\(text)") }
        }
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func headIsAskedAndAnswered() async throws {
        let partner = try await HTTP2Partner { request in
            [
                .headers(
                    [(":status", "200"), ("content-length", "500"), ("x-m", request.fields[":method"] ?? "")], end: true
                )
            ]
        }
        let gateway = try await Self.gateway(partner.port)
        let answer = try await Self.call(gateway.port, get(method: "HEAD"), hasBody: false)
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("500"), "\(answer)")
        #expect(partner.requests.count == 1)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: Bodies

    @Test func largeBodiesGoBothWays() async throws {
        let partner = try await HTTP2Partner { request in
            [.headers([(":status", "200")], end: false), .data(request.body, end: true)]
        }
        let gateway = try await Self.gateway(partner.port)
        let port = gateway.port
        let body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: 33 + $0 % 89) }
        for isChunked in [false, true] {
            let answer = try await onThread {
                let client = try RawClient(port: port)
                if isChunked {
                    client.send(get(method: "POST", "Transfer-Encoding: chunked"))
                    for start in stride(from: 0, to: body.count, by: 50_000) {
                        let part = body[start..<min(start + 50_000, body.count)]
                        client.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10])
                    }
                    client.send("0\r\nX-End: yes\r\n\r\n")
                } else {
                    client.send(get(method: "POST", "Content-Length: \(body.count)"))
                    client.send(body)
                }
                return client.receiveAll(milliseconds: 60_000, until: "0\r\n\r\n")
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.utf8.count > body.count)
        }
        #expect(partner.requests.map(\.body.count) == [body.count, body.count])
        #expect(partner.requests.allSatisfy { $0.body == body })
        #expect(partner.requests.last?.trailers == ["x-end": "yes"])
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    /// Clients that do not read hold their streams back, and nothing else.
    @Test func slowClientsHoldTheirStreamsBack() async throws {
        let large = [UInt8](repeating: 0x78, count: 4096)
        let partner = try await HTTP2Partner { request in
            guard request.path == "/pass/large" else { return HTTP2Partner.answer("quick") }
            var steps: [HTTP2Partner.Step] = [.headers([(":status", "200")], end: false)]
            for i in 0..<2048 { steps.append(.data(large, end: i == 2047)) }
            return steps
        }
        let gateway = try await Self.gateway(partner.port)
        let port = gateway.port
        let total = 2 * 2048 * 4096
        let read = try await onThread {
            let slow = try (0..<2).map { _ in
                let client = try RawClient(port: port, receiveBuffer: 16384)
                client.send(get("/pass/large"))
                return client
            }
            for _ in 0..<100 { usleepBriefly() }
            let held = partner.written
            // Others go on meanwhile, on the same connection.
            let quick = try RawClient(port: port)
            let answers = (0..<20).map { _ in
                quick.send(get("/pass/quick"))
                return quick.receiveAnswer(milliseconds: 60_000)
            }
            let isQuick = answers.allSatisfy { $0.hasSuffix("quick") }
            let bytes = slow.map { client -> Int in
                var count = 0
                while let part = client.receive(milliseconds: 60_000), !part.isEmpty {
                    count += part.count
                    if part.suffix(5) == Array("0\r\n\r\n".utf8)[...] { break }
                }
                return count
            }
            return (held, isQuick, bytes)
        }
        #expect(read.0 < total / 2, "the partner was held back, \(read.0) of \(total) bytes were taken")
        #expect(read.1)
        #expect(read.2.allSatisfy { $0 > 2048 * 4096 })
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    /// An answer that comes before the request is over ends the stream, and the connection goes on.
    @Test func anEarlyAnswerEndsTheStream() async throws {
        let partner = try await HTTP2Partner(.init(answersEarly: true)) { _ in HTTP2Partner.answer("early") }
        let gateway = try await Self.gateway(partner.port)
        let port = gateway.port
        let answers = try await onThread {
            try (0..<3).map { _ in
                let client = try RawClient(port: port)
                client.send(get(method: "POST", "Content-Length: 500000"))
                client.send([UInt8](repeating: 0x61, count: 1000))
                return client.receiveAnswer()
            }
        }
        #expect(answers.allSatisfy { $0.hasSuffix("early") }, "\(answers)")
        #expect(partner.connections == 1)
        #expect(await gateway.settles(pool: { $0.streams == 0 && $0.multiplexed == 1 }))
        await gateway.stop()
        await partner.stop()
    }
}

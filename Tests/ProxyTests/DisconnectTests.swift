import Proxy
import RouteGraph
import TestSupport
import Testing

/// Cuts either side after every byte of every message of an exchange, passed through and mediated, plain and by TLS. Nothing may be
/// left over: no call in flight, no connection that is lent or waited for, every call recorded once, and the next call works.
///
/// By TLS two gateways stand in a row, so that a cut reaches one of them on the side where it is the server and the other where it
/// is the client.
@Suite struct DisconnectTests {
    /// Who goes away, and in the middle of what.
    enum Cut: String, CaseIterable, Sendable {
        case clientSending, clientReading, partnerReading, partnerAnswering
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var cut: Cut
        var request: Int
        var secure: Bool
        var testDescription: String { "\(cut.rawValue), \(DisconnectTests.names[request])\(secure ? ", TLS" : "")" }
    }

    static let names = ["length", "chunks", "mediated", "until the end"]
    static let requests = [
        "POST /pass HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: ID\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /pass HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: ID\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\nX: y\r\n\r\n",
        "POST /mediate HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: ID\r\nContent-Length: 2\r\n\r\n{}",
        "GET /pass HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: ID\r\n\r\n",
    ]
    static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\nhello",
    ]

    static let cases = [false, true].flatMap { secure in
        Cut.allCases.flatMap { cut in names.indices.map { Case(cut: cut, request: $0, secure: secure) } }
    }

    @Test(arguments: cases) func cutAfterEachByte(_ test: Case) async throws {
        let request = Self.requests[test.request]
        let answer = Array(Self.answers[test.request].utf8)
        let endsWithConnection = test.request == 3
        let partner = try await ScriptedPartner { text, _, _ in
            // `X-Correlation-ID: cut-N-` says what to do; other calls are answered in full.
            let cut = text.range(of: "cut-").flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
            if test.cut == .partnerReading, let cut, text.utf8.count >= cut {
                return cut % 2 == 0 ? .bytes([], oneByOne: false, close: true) : .reset([])
            }
            guard PlainMessage.read(Array(text.utf8)) != nil else { return .wait }
            guard test.cut == .partnerAnswering, let cut else {
                return .bytes(answer, oneByOne: cut != nil, close: endsWithConnection)
            }
            let part = Array(answer.prefix(cut))
            return cut % 2 == 0 ? .bytes(part, oneByOne: false, close: true) : .reset(part)
        }
        let row = try await Row.start(partner, secure: test.secure)
        let count = test.cut == .clientSending || test.cut == .partnerReading ? request.utf8.count + 40 : answer.count
        let port = row.front.port
        let finished = try await onThread {
            try stride(from: 0, through: count, by: test.secure ? 13 : 1).filter { cut in
                try Self.run(test, request, cut: cut, port: port)
            }
        }
        for gateway in [row.front] + (row.back.map { [$0] } ?? []) {
            // The first gateway keeps connections to the second. Those that were given up may take a moment to close.
            let kept = gateway.port == port ? 0 : await row.front.server.metrics().pools[0].idle
            if gateway.port == port {
                // The last connections may not even have been taken yet.
                let wanted = Set(finished.map { "cut-\($0)-" })
                #expect(
                    await eventually { wanted.isSubset(of: gateway.log.all.map(\.correlation)) },
                    "calls are not recorded: \(wanted.subtracting(gateway.log.all.map(\.correlation)))")
            }
            let isAtRest = await gateway.settles(openConnections: kept) { $0.idle == $0.open && $0.waiting == 0 }
            #expect(isAtRest, "calls or connections are left")
            let recorded = gateway.log.all.map(\.correlation).filter { $0.hasPrefix("cut-") }
            #expect(Set(recorded).count == recorded.count, "a call is recorded twice")
        }
        let next = try await onThread {
            let client = try RawClient(port: port)
            client.send(request.replacing("ID: ID", with: "ID: after"))
            return client.receiveAnswer()
        }
        #expect(next.hasPrefix("HTTP/1.1 200"), "the next call fails: \(next)")
        await row.stop()
        await partner.stop()
    }

    /// One cut. True when the gateway must have seen the whole request.
    private static func run(_ test: Case, _ request: String, cut: Int, port: Int) throws -> Bool {
        let bytes = Array(request.replacing("ID: ID", with: "ID: cut-\(cut)-").utf8)
        let client = try RawClient(port: port)
        defer { if cut % 2 == 0 { client.close() } else { client.reset() } }
        switch test.cut {
        case .clientSending:
            client.send(Array(bytes.prefix(cut)))
            // A reset may overtake what was sent.
            return cut >= bytes.count && cut % 2 == 0
        case .clientReading:
            client.send(bytes)
            var got = 0
            while got <= cut, let more = client.receive(atMost: cut + 1 - got), !more.isEmpty { got += more.count }
            return true
        case .partnerReading:
            client.send(bytes, .bytes)
            _ = client.receiveAnswer()
            return true
        case .partnerAnswering:
            client.send(bytes)
            let answer = client.receiveAnswer()
            let isWhole = cut >= answers[test.request].utf8.count || (test.request == 3 && answer.contains("hello"))
            if answer.hasPrefix("HTTP/1.1 200"), test.request != 3, !isWhole {
                #expect(PlainMessage.read(Array(answer.utf8)) == nil, "a cut answer looks whole: \(answer)")
            }
            return true
        }
    }

    /// One gateway before the partner, or two with TLS between them.
    struct Row: Sendable {
        var front: GatewayFixture
        var back: GatewayFixture?

        static func start(_ partner: ScriptedPartner, secure: Bool) async throws -> Row {
            guard secure else {
                return Row(
                    front: try await GatewayFixture.start(
                        partnerPort: partner.port, authenticator: OpenAuthenticator()))
            }
            let folder = try CertificateFolder.shared.get()
            let server = ServerTLSPlan(
                certificates: try folder.bytes("server.pem"), key: Secret(try folder.bytes("server.key")),
                clientAuthority: try folder.bytes("ca.pem"), requireClientCertificate: true)
            let client = ClientTLSPlan(
                certificates: try folder.bytes("client.pem"), key: Secret(try folder.bytes("client.key")),
                authority: try folder.bytes("ca.pem"), minimum: .v13)
            let back = try await GatewayFixture.start(partnerPort: partner.port, authenticator: OpenAuthenticator()) {
                $0.gateway.listeners[0].tls = server
            }
            let front = try await GatewayFixture.start(partnerPort: back.port, authenticator: OpenAuthenticator()) {
                $0.upstream.tls = client
            }
            return Row(front: front, back: back)
        }

        func stop() async {
            await front.stop()
            await back?.stop()
        }
    }

    /// A partner may leave the body of a GET unread and take it for its next request; so nothing else goes over that connection.
    @Test func bodyThatAPartnerMayLeaveUnreadSpendsTheConnection() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("x")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try RawClient(port: port)
            for request in [get("/pass", "Content-Length: 4") + "GET ", get(), get()] {
                client.send(request)
                #expect(client.receiveAnswer().hasSuffix("\r\n\r\nx"))
            }
        }
        #expect(partner.connections == 2)
        await gateway.stop()
        await partner.stop()
    }
}

import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import waybill

@Suite struct MockPartnerTests {
    private let envelope = """
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>\
        <v:checkVat xmlns:v="urn:vat"><v:n>1</v:n></v:checkVat></s:Body></s:Envelope>
        """

    private func request(
        _ method: String, _ target: String, _ body: String = "", close: Bool = true, headers: String = ""
    ) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(close ? "Connection: close\r\n" : "")\(headers)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func with<Result: Sendable>(
        _ options: MockOptions, _ body: (MockPartner) async throws -> Result
    ) async throws -> Result {
        let partner = try await MockPartner.start(options)
        do {
            let result = try await body(partner)
            await partner.stop()
            return result
        } catch {
            await partner.stop()
            throw error
        }
    }

    @Test func repliesAreChosenByMethodPathElementAndText() async throws {
        let replies = [
            MockReply(match: .init(element: "checkVat", contains: ["<v:n>2<"]), text: "<two/>"),
            MockReply(match: .init(method: "POST", element: "checkVat"), text: "<one/>"),
            MockReply(match: .init(method: "get", path: "/charges/{id}"), status: 201, text: #"{"charge":1}"#),
            MockReply(match: .init(path: "/files/*"), text: "file"),
        ]
        try await with(MockOptions(replies: replies)) { partner in
            let soap = try await RawClient.send(request("POST", "/ws", envelope), port: partner.port)
            #expect(soap.text.hasSuffix("\r\n\r\n<one/>"))
            #expect(soap.text.contains("Content-Type: text/xml; charset=utf-8\r\n"))
            #expect(soap.end == .closed)
            let other = envelope.replacing("<v:n>1<", with: "<v:n>2<")
            let answer1 = try await RawClient.send(request("POST", "/ws", other), port: partner.port)
            #expect(answer1.text.hasSuffix("<two/>"))
            let rest = try await RawClient.send(request("GET", "/charges/7?expand=all"), port: partner.port)
            #expect(rest.status == 201)
            #expect(rest.text.contains("application/json"))
            let answer2 = try await RawClient.send(request("PUT", "/files/a/b"), port: partner.port)
            #expect(answer2.status == 200)
            let none = try await RawClient.send(request("GET", "/charges/7/x"), port: partner.port)
            #expect(none.status == 404)
            #expect(none.text.contains("no reply for GET /charges/7/x"))

            #expect(partner.count == 5)
            #expect(partner.received[0].element == "checkVat")
            #expect(partner.received[0].text == envelope)
            #expect(partner.received[2].target == "/charges/7?expand=all")
            #expect(partner.received[2].header("HOST") == "x")
            partner.forget()
            #expect(partner.count == 0)
        }
    }

    @Test func pathPatterns() {
        let fits = MockReply.Match.pathFits
        #expect(fits("/a/{x}", "/a/1"))
        #expect(!fits("/a/{x}", "/a/"))
        #expect(!fits("/a/{x}", "/a/1/2"))
        #expect(fits("/a/{x}/*", "/a/1/2/3"))
        #expect(!fits("/a/{x}/*", "/b/1/2/3"))
        #expect(fits("/a*", "/abc/d"))
        #expect(!fits("/a", "/a/"))
    }

    @Test func connectionsAreKeptAndPipelinedRequestsAnsweredInOrder() async throws {
        let replies = [
            MockReply(match: .init(path: "/slow"), body: Array("slow".utf8), delayMilliseconds: 60),
            MockReply(match: .init(path: "/fast"), text: "fast"),
        ]
        try await with(MockOptions(replies: replies)) { partner in
            let all =
                request("GET", "/slow", close: false) + request("GET", "/fast", close: false)
                + request("HEAD", "/fast", close: true)
            let answer = try await RawClient.send(all, port: partner.port)
            let slow = try #require(answer.text.range(of: "slow"))
            let fast = try #require(answer.text.range(of: "fast"))
            #expect(slow.lowerBound < fast.lowerBound)
            #expect(answer.text.hasSuffix("\r\n\r\n"))
            #expect(answer.end == .closed)
            #expect(Set(partner.received.map(\.connection)) == [1])
        }
    }

    @Test func aReplyMayBeGivenAFewTimesOnly() async throws {
        let replies = [MockReply(status: 503, times: 2), MockReply(status: 200)]
        try await with(MockOptions(replies: replies)) { partner in
            var statuses: [Int?] = []
            for _ in 0..<4 { statuses.append(try await RawClient.send(request("GET", "/"), port: partner.port).status) }
            #expect(statuses == [503, 503, 200, 200])
        }
    }

    @Test func statusRespondAndChange() async throws {
        var options = MockOptions(replies: [MockReply(text: "x")], status: 503)
        options.respond = { $0.path == "/echo" ? MockReply(text: $0.text) : nil }
        try await with(options) { partner in
            let answer3 = try await RawClient.send(request("GET", "/"), port: partner.port)
            #expect(answer3.status == 503)
            partner.change { $0.status = nil }
            let answer4 = try await RawClient.send(request("GET", "/"), port: partner.port)
            #expect(answer4.status == 200)
            let answer5 = try await RawClient.send(request("POST", "/echo", "hi"), port: partner.port)
            #expect(answer5.text.hasSuffix("hi"))
        }
    }

    @Test func expectContinueIsAnswered() async throws {
        try await with(MockOptions(replies: [MockReply(text: "x")])) { partner in
            let text = request("POST", "/", "body", headers: "Expect: 100-continue\r\n")
            let answer = try await RawClient.send(text, port: partner.port)
            #expect(answer.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    // MARK: Faults

    private func answer(_ fault: MockFault, milliseconds: Int64 = 60_000) async throws -> RawClient.Answer {
        var options = MockOptions(replies: [MockReply(text: "0123456789")], fault: fault)
        options.dripMilliseconds = 2
        return try await with(options) { partner in
            try await RawClient.send(request("POST", "/", envelope), port: partner.port, milliseconds: milliseconds)
        }
    }

    @Test func refuse() async throws { #expect(try await answer(.refuse).end == .failed("connect")) }

    @Test func reset() async throws {
        let answer = try await answer(.reset)
        #expect(answer.text.isEmpty)
        guard case .failed(let reason) = answer.end else {
            Issue.record("no reset: \(answer.end)")
            return
        }
        #expect(reason.contains("reset"))
    }

    @Test func hang() async throws {
        let answer = try await answer(.hang, milliseconds: 150)
        #expect(answer.end == .timeUp)
        #expect(answer.text.isEmpty)
    }

    @Test func drip() async throws { #expect(try await answer(.drip).text.hasSuffix("\r\n\r\n0123456789")) }

    @Test func garbage() async throws { #expect(try await !answer(.garbage).text.hasPrefix("HTTP")) }

    @Test func wrongLength() async throws {
        let answer = try await answer(.wrongLength)
        #expect(answer.text.contains("Content-Length: 74\r\n"))
        #expect(answer.end == .closed)
    }

    @Test func halfClose() async throws {
        let answer = try await answer(.halfClose)
        #expect(answer.text.hasPrefix("HTTP/1.1 200"))
        #expect(!answer.text.contains("0123456789"))
        #expect(answer.end == .closed)
    }

    @Test func soapFault() async throws {
        let answer = try await answer(.soapFault)
        #expect(answer.status == 500)
        #expect(answer.text.contains("<faultcode>soap:Server</faultcode>"))
    }

    @Test func refusingAndAcceptingAgain() async throws {
        try await with(MockOptions(replies: [MockReply(text: "x")])) { partner in
            try await partner.refuseConnections()
            let answer6 = try await RawClient.send(request("GET", "/"), port: partner.port)
            #expect(answer6.end == .failed("connect"))
            try await partner.acceptConnections()
            let answer7 = try await RawClient.send(request("GET", "/"), port: partner.port)
            #expect(answer7.status == 200)
        }
    }

    // MARK: TLS

    private func client(_ trusted: DevelopmentAuthority, _ own: IssuedCertificate? = nil) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(trusted.certificatePEM.utf8)))
        if let own {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(own.certificate.utf8))
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(own.key.utf8), format: .pem))
        }
        return configuration
    }

    private func options(
        _ authority: DevelopmentAuthority, hosts: [String] = ["localhost", "127.0.0.1"],
        validity: DevelopmentAuthority.Validity = .standard
    ) throws -> MockOptions {
        let server = try authority.issue(.server(hosts: hosts), validity: validity)
        return MockOptions(
            tls: MockTLS(
                certificate: server.certificate, key: server.key, clientAuthority: try authority.certificatePEM),
            replies: [MockReply(text: "secure")])
    }

    @Test func mutualTLSShowsTheClient() async throws {
        let authority = try DevelopmentAuthority()
        let own = try client(authority, authority.issue(.client(name: "waybill")))
        try await with(options(authority)) { partner in
            let answer = try await RawClient.send(
                request("GET", "/"), port: partner.port, tls: own, serverName: "localhost")
            #expect(answer.text.hasSuffix("secure"))
            #expect(partner.received.first?.clientSubject?.contains("CN=waybill") == true)
        }
    }

    @Test func aClientWithoutOrWithAForeignOrExpiredCertificateIsRefused() async throws {
        let authority = try DevelopmentAuthority()
        let foreign = try DevelopmentAuthority(name: "Somebody else")
        let clients = [
            try client(authority), try client(authority, foreign.issue(.client(name: "waybill"))),
            try client(authority, authority.issue(.client(name: "waybill"), validity: .expired)),
        ]
        try await with(options(authority)) { partner in
            for own in clients {
                let answer = try await RawClient.send(
                    request("GET", "/"), port: partner.port, tls: own, serverName: "localhost")
                #expect(answer.text.isEmpty)
            }
            #expect(partner.count == 0)
            // The partner's side may notice a moment after the client's.
            #expect(await eventually { partner.failures.count >= 3 })
        }
    }

    @Test func anExpiredForeignOrMisnamedServerIsNoticed() async throws {
        let authority = try DevelopmentAuthority()
        let own = try client(authority, authority.issue(.client(name: "waybill")))
        let servers = [
            try options(authority, validity: .expired), try options(authority, validity: .notYet),
            try options(DevelopmentAuthority(name: "Somebody else")), try options(authority, hosts: ["other.example"]),
        ]
        for server in servers {
            try await with(server) { partner in
                let answer = try await RawClient.send(
                    request("GET", "/"), port: partner.port, tls: own, serverName: "localhost")
                guard case .failed = answer.end else {
                    Issue.record("a bad server certificate was accepted")
                    return
                }
                #expect(partner.count == 0)
            }
        }
    }

    @Test func resetOverTLSIsNoGoodBye() async throws {
        let authority = try DevelopmentAuthority()
        let own = try client(authority, authority.issue(.client(name: "waybill")))
        var options = try options(authority)
        options.fault = .reset
        try await with(options) { partner in
            let answer = try await RawClient.send(
                request("GET", "/"), port: partner.port, tls: own, serverName: "localhost")
            guard case .failed = answer.end else {
                Issue.record("no reset: \(answer.end)")
                return
            }
        }
    }
}

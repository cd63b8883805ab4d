import Proxy
import RouteGraph
import Synchronization
import Testing

/// Lets everybody in, so that cases need no credentials.
struct OpenAuthenticator: Authenticator {
    func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? { 0 }
}

/// Sends every request of `Tests/Fixtures/HTTP/requests` to a gateway and looks at what the partner and the client get.
@Suite struct RequestStrictnessTests {
    /// How the bytes are handed to the socket.
    enum Split: CaseIterable, Sendable { case whole, bytes }

    @Test(arguments: Split.allCases) func everyCase(_ split: Split) async throws {
        let cases = try HTTPCase.load("requests")
        #expect(cases.count >= 800)
        let partner = try await ScriptedPartner { text, _, _ in
            guard let message = PlainMessage.read(Array(text.utf8)) else { return .wait }
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            return .send(message.startLine.hasPrefix("HEAD ") ? head : head + "ok")
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, authenticator: OpenAuthenticator())
        let port = gateway.port
        let failures = try await onThread {
            try cases.compactMap { one in
                try Self.run(one, split, port, partner).map { "\(one.file): \(one.name): \($0)" }
            }
        }
        for failure in failures { Issue.record("\(failure)") }
        print("http strictness, requests, \(split): \(cases.count - failures.count)/\(cases.count)")
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// What is wrong, if anything is.
    private static func run(
        _ one: HTTPCase, _ split: Split, _ port: Int, _ partner: ScriptedPartner
    ) throws -> String? {
        let before = partner.requests.count
        let client = try RawClient(port: port)
        defer { client.close() }
        client.send(one.sent, split)
        var reader = AnswerReader(client)
        var expected: [String] = []
        var ends = false
        for verdict in one.verdicts {
            var words = verdict.split(separator: " ", maxSplits: 3).map(String.init)
            let refused = words[0] == "refused"
            if refused { words.removeFirst() }
            let isHead = words.count > 1 && words[1] == "HEAD"
            guard let answer = reader.next(answersHead: isHead) else { return "no whole answer for `\(verdict)`" }
            guard answer.status == Int(words[0]) else { return "\(answer.startLine) for `\(verdict)`" }
            guard answer.head.contains("\r\nDate: ") else { return "an answer without Date" }
            if words.last == "close" || words.last?.hasSuffix(" close") == true {
                ends = true
                words = verdict.dropLast(6).split(separator: " ", maxSplits: 3).map(String.init)
            }
            if refused {
                ends = true
                guard answer.head.contains("\r\nConnection: close\r\n") else { return "refused without close" }
            }
            if !refused, words.count > 1 { expected.append(words.dropFirst().joined(separator: " ")) }
        }
        if ends {
            guard reader.ends() else { return "the connection goes on" }
        } else {
            client.send("GET /pass/after HTTP/1.1\r\nHost: a\r\n\r\n")
            guard reader.next()?.status == 200 else { return "the next call on the connection fails" }
            expected.append("GET /pass/after")
        }
        let seen = partner.requests.dropFirst(before).map { text -> String in
            guard let message = PlainMessage.read(Array(text.utf8)), message.count == text.utf8.count else {
                return "two messages in one: \(text)"
            }
            guard message.head.contains("\r\nVia: 1.") else { return "no Via: \(text)" }
            let body = message.body.isEmpty ? "" : " " + message.body
            return message.startLine.replacing(" HTTP/1.1", with: "") + body
        }
        let wanted = expected.map { String(decoding: HTTPCase.bytes(Array($0.utf8)), as: UTF8.self) }
        return seen == wanted ? nil : "the partner got \(seen), not \(wanted)"
    }
}

extension RawClient {
    /// Sends in one go, or byte by byte; long messages go in a few pieces.
    func send(_ bytes: [UInt8], _ split: RequestStrictnessTests.Split) {
        guard split == .bytes else {
            send(bytes)
            return
        }
        let step = bytes.count > 2000 ? 997 : 1
        for start in stride(from: 0, to: bytes.count, by: step) {
            if !send(Array(bytes[start..<min(start + step, bytes.count)])) { return }
        }
    }
}

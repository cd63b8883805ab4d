import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

/// Has a partner give every answer of `Tests/Fixtures/HTTP/responses`, and looks at what the client gets and whether the partner's
/// connection is used again.
@Suite struct ResponseStrictnessTests {
    private struct Stage {
        var answer: [UInt8] = []
        var closes = false
        /// Connections in the order of the requests on them.
        var connections: [Int] = []
    }

    @Test(arguments: RequestStrictnessTests.Split.allCases) func everyCase(
        _ split: RequestStrictnessTests.Split
    )
        async throws
    {
        let cases = try HTTPCase.load("responses")
        #expect(cases.count >= 250)
        let stage = SharedStage()
        let partner = try await ScriptedPartner { text, connection, _ in
            guard let request = PlainMessage.read(Array(text.utf8)) else { return .wait }
            return stage.value.withLock { stage in
                stage.connections.append(connection)
                if request.startLine.contains("/after") { return .send(ok("after")) }
                return .bytes(stage.answer, oneByOne: split == .bytes && stage.answer.count < 2000, close: stage.closes)
            }
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, authenticator: OpenAuthenticator())
        let port = gateway.port
        let failures = try await onThread {
            try cases.compactMap { one in
                try Self.run(one, port, partner, stage).map { "\(one.file): \(one.name): \($0)" }
            }
        }
        for failure in failures { Issue.record("\(failure)") }
        print("http strictness, responses, \(split): \(cases.count - failures.count)/\(cases.count)")
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    private final class SharedStage: Sendable {
        let value = Mutex(Stage())
    }

    private static func run(
        _ one: HTTPCase, _ port: Int, _ partner: ScriptedPartner, _ stage: SharedStage
    ) throws -> String? {
        let closedBefore = partner.closed
        stage.value.withLock { $0 = Stage(answer: one.answer, closes: one.partnerCloses) }
        let client = try RawClient(port: port)
        defer { client.close() }
        let request = one.sent.isEmpty ? Array("GET /pass HTTP/1.1\r\nHost: a\r\n\r\n".utf8) : one.sent
        client.send(request)
        let isHead = request.starts(with: Array("HEAD ".utf8))
        var reader = AnswerReader(client)
        var isReused = false
        for verdict in one.verdicts {
            let words = verdict.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            let answer = reader.next(answersHead: isHead)
            switch words[0] {
            case "cut":
                guard answer == nil, reader.isAtEnd else { return "not cut: \(answer?.startLine ?? "nothing")" }
            case "invalid":
                // An answer to HEAD has no body to say why.
                let isSaid = isHead || answer?.body.contains("\"partner-invalid-response\"") == true
                guard answer?.status == 502, isSaid else {
                    return "not refused: \(answer?.startLine ?? "nothing")"
                }
            default:
                guard answer?.status == Int(words[0]) else { return "\(answer?.startLine ?? "nothing")" }
                if words[0] == "502" {
                    guard answer?.body.contains(words[1]) == true else { return "not \(words[1])" }
                } else if words.count == 3 {
                    guard answer?.body == words[1] else { return "body \(answer?.body ?? "")" }
                    guard answer?.head.contains("\r\nDate: ") == true else { return "an answer without Date" }
                    isReused = words[2] == "reused"
                }
            }
        }
        if !isReused {
            guard eventuallyOnThread({ partner.closed > closedBefore }) else {
                return "the partner's connection stays open"
            }
        }
        let after = try RawClient(port: port)
        defer { after.close() }
        after.send("GET /pass/after HTTP/1.1\r\nHost: a\r\n\r\n")
        var next = AnswerReader(after)
        guard next.next()?.body == "after" else { return "the next call fails" }
        let used = stage.value.withLock { $0.connections }
        guard used.count == 2 else { return "the partner got \(used.count) requests" }
        return (used[0] == used[1]) == isReused ? nil : isReused ? "not used again" : "used again"
    }
}

import Proxy
import RouteGraph
import Testing

/// Copies of calls to a partner's new version: nobody waits for them, and their answers are compared.
@Suite struct ShadowTests {
    private static let ms: Int64 = 1_000_000

    private static func json(_ text: String) -> ScriptedPartner.Script {
        ScriptedPartner.always(ok(text, "Content-Type: application/json"))
    }

    @Test func differencesAreCountedByField() async throws {
        let both = try await VersionTests.start(
            Self.json(#"{"same":{"a":"secret"},"amount":1,"gone":true}"#),
            Self.json(#"{"same":{"a":"secret"},"amount":2}"#),
            fields: ["same.a", "amount", "gone"]
        ) { $1.shadow = 10_000 }
        let answers = try await both.calls([
            get("/pass/x", "X-Correlation-ID: abc-1"), VersionTests.post, get("/pass/y"),
        ])
        #expect(answers.allSatisfy { $0.contains(#""amount":1"#) }, "\(answers)")
        let version = try await both.version { $0.operations.values.reduce(0) { $0 + $1.compared } == 3 }
        let pass = try #require(version.operations["pass"])
        #expect(pass.copies == 2 && pass.compared == 2 && pass.failed == 0 && pass.dropped == 0)
        #expect(pass.differences == ["amount": 2, "gone": 2])
        #expect(version.operations["mediate"]?.differences == ["amount": 1, "gone": 1])
        #expect(version.recent.count == 6)
        #expect(
            version.recent.contains { $0.correlation == "abc-1" && $0.difference == AnswerDifference("gone", .missing) }
        )
        #expect(!"\(version.recent)".contains("secret"))
        // Copies are marked, and carry what their call carries.
        #expect(both.next.requests.count == 3)
        #expect(both.next.requests.allSatisfy { $0.contains("\r\nWaybill-Shadow: 1\r\n") })
        #expect(both.next.requests.contains { $0.hasPrefix("GET /v2/api/pass/x ") && $0.contains("abc-1") })
        #expect(both.next.requests.contains { $0.hasPrefix("POST /v2/api/soap ") && $0.hasSuffix("\r\n\r\n{}") })
        #expect(both.current.requests.allSatisfy { !$0.contains("Waybill-Shadow") })
        // They are no calls: neither recorded nor counted as such.
        #expect(await both.gateway.log.waitFor(3).count == 3)
        #expect(version.next.calls == 0 && version.current.calls == 3)
        await both.stop()
    }

    @Test func theStatusIsComparedWithoutAField() async throws {
        let both = try await VersionTests.start(
            Self.json("{}"), ScriptedPartner.always("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        ) { $1.shadow = 10_000 }
        _ = try await both.calls([get(), VersionTests.post])
        let version = try await both.version { $0.operations.values.reduce(0) { $0 + $1.compared } == 2 }
        #expect(version.operations["pass"]?.differences == ["response.status": 1])
        #expect(version.operations["mediate"]?.differences == ["response.status": 1])
        await both.stop()
    }

    /// The new version never answers: callers have their answers while the copies still wait, and only so many copies are made.
    @Test func aNewVersionThatHangsDelaysNobody() async throws {
        let both = try await VersionTests.start(Self.json("{}"), { _, _, _ in .wait }) {
            $1.shadow = 10_000
            $1.copies = 3
        }
        let answers = try await both.calls((0..<10).map { $0 % 2 == 0 ? get() : VersionTests.post })
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        let version = try await both.version { $0.operations.values.reduce(0) { $0 + $1.copies + $1.dropped } == 10 }
        #expect(version.operations.values.reduce(0) { $0 + $1.copies } == 3)
        #expect(version.operations.values.reduce(0) { $0 + $1.dropped } == 7)
        #expect(version.operations.values.reduce(0) { $0 + $1.failed } == 0, "they wait")
        await both.stop()
    }

    @Test func copiesHaveTimesOfTheirOwn() async throws {
        let both = try await VersionTests.start(Self.json("{}"), { _, _, _ in .wait }) {
            $1.shadow = 10_000
            $1.copies = 1
            $1.responseTimeout = 50 * Self.ms
        }
        for round in 1...2 {
            _ = try await both.calls([get()])
            let version = try await both.version { $0.operations["pass"]?.failed == UInt64(round) }
            // There is room again.
            #expect(version.operations["pass"]?.copies == UInt64(round))
            #expect(version.circuit == .closed, "copies say nothing about the share of calls")
        }
        await both.stop()
    }

    @Test(arguments: [ScriptedPartner.Reply.close, .send("garbage\r\n\r\n"), .reset([])])
    func aNewVersionThatFailsIsCounted(_ reply: ScriptedPartner.Reply) async throws {
        let both = try await VersionTests.start(
            Self.json("{}"), { text, _, _ in ScriptedPartner.isWhole(text) ? reply : .wait }
        ) { $1.shadow = 10_000 }
        let answers = try await both.calls([VersionTests.post, VersionTests.post])
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        let version = try await both.version { $0.operations["mediate"]?.failed == 2 }
        #expect(version.operations["mediate"]?.failed == 2)
        #expect(await both.gateway.settles(openConnections: 1))
        await both.stop()
    }

    /// A call that the current version does not answer has nothing to compare with.
    @Test func aCurrentVersionThatFailsIsNoDifference() async throws {
        let both = try await VersionTests.start({ _, _, _ in .close }, Self.json("{}")) { $1.shadow = 10_000 }
        let answers = try await both.calls([VersionTests.post])
        #expect(answers[0].hasPrefix("HTTP/1.1 502"))
        let version = try await both.version { $0.operations["mediate"]?.unmatched == 1 }
        #expect(version.operations["mediate"]?.unmatched == 1 && version.recent.isEmpty)
        await both.stop()
    }

    /// A body that is streamed is gone by the time that it could be copied.
    @Test func streamedBodiesAreNotCopied() async throws {
        let both = try await VersionTests.start(Self.json("{}"), Self.json("{}")) { $1.shadow = 10_000 }
        let large = String(repeating: "x", count: 200_000)
        let answers = try await both.calls([
            get(method: "POST", "Content-Length: \(large.utf8.count)") + large,
            get(method: "PUT", "Content-Length: 3") + "abc",
        ])
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        let version = try await both.version { $0.operations["pass"]?.compared == 1 }
        let pass = try #require(version.operations["pass"])
        #expect(pass.streamed == 1 && pass.copies == 1 && pass.compared == 1)
        #expect(both.next.requests.count == 1 && both.next.requests[0].hasSuffix("\r\n\r\nabc"))
        await both.stop()
    }

    /// The shadow is a share of the calls that do not go to the new version.
    @Test func callsThatGoThereAreNotCopied() async throws {
        let both = try await VersionTests.start(Self.json("{}"), Self.json("{}"), loops: 2) {
            $1.split = 5000
            $1.shadow = 10_000
            $1.copies = 1000
        }
        _ = try await both.calls(Array(repeating: get(), count: 40))
        let version = try await both.version {
            $0.current.calls + $0.next.calls == 40 && $0.operations["pass"]?.compared == $0.current.calls
        }
        #expect(version.current.calls + version.next.calls == 40)
        #expect((16...24).contains(version.next.calls))
        #expect(version.operations["pass"]?.copies == version.current.calls)
        #expect(version.recent.isEmpty)
        await both.stop()
    }

    @Test func aDrainDoesNotWaitForCopies() async throws {
        let both = try await VersionTests.start(Self.json("{}"), { _, _, _ in .wait }) {
            $1.shadow = 10_000
        }
        let port = both.gateway.port
        let answers = try await onThread {
            try (0..<5).map { _ -> String in
                let client = try RawClient(port: port)
                client.send(get(version: "1.1", "Connection: close"))
                return client.receiveAll()
            }
        }
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        _ = try await both.version { $0.operations["pass"]?.copies == 5 }
        let clock = ContinuousClock()
        let began = clock.now
        await both.gateway.server.drain(grace: .seconds(600))
        #expect(clock.now - began < .seconds(250))
        await both.stop()
    }
}

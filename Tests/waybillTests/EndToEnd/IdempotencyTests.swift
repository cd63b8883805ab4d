import Foundation
import Proxy
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// `idempotency`, with a gateway, its store and a partner that misbehaves.
    @Suite struct IdempotencyTests {
        @Test func `A repetition gets the answer of the first call, also after a restart`() async throws {
            try await KeyedWorkspace.run { workspace in
                let body = #"{"order":1}"#
                var first: KeyedClient.Answer?
                try await workspace.serve { _, client in
                    let answer = try await client.pay("one", body)
                    #expect(answer.status == 201 && !answer.isReplay, "\(answer)")
                    first = answer
                    let again = try await client.pay("\"one\"", body)
                    #expect(again.isReplay && again.status == 201 && again.body == answer.body, "\(again)")
                    let other = try await client.pay("one", #"{"order":2}"#)
                    #expect(other.status == 422 && other.code == "idempotency-key-reused", "\(other)")
                    #expect(try await client.pay(nil, body).code == "idempotency-key-missing")
                    #expect(try await client.pay("two words", body).code == "idempotency-key-malformed")
                    #expect(try await client.pay("two", body).status == 201)
                }
                try await workspace.serve { gateway, client in
                    let again = try await client.pay("one", body)
                    #expect(again.isReplay && again.body == first?.body, "\(again)")
                    let keys = await gateway.server.metrics().keys
                    #expect(keys.replayed == 1 && keys.reused == 0)
                }
                #expect(workspace.count(body) == 2, "one for each key")
                let lines = try workspace.auditLines().filter { $0["type"] as? String == "call" }
                #expect(lines.filter { $0["replayed"] as? Bool == true }.count == 2)
                #expect(!"\(lines)".contains("order"), "no body is recorded")
            }
        }

        @Test func `Duplicates wait for the first, and get its answer`() async throws {
            try await KeyedWorkspace.run { workspace in
                try await workspace.serve { _, client in
                    let answers = try await withThrowingTaskGroup(of: KeyedClient.Answer.self) { group in
                        for _ in 0..<20 { group.addTask { try await client.pay("same", "{}") } }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(answers.allSatisfy { $0.status == 201 && $0.body == answers[0].body }, "\(answers)")
                    #expect(answers.filter { !$0.isReplay }.count == 1)
                    #expect(workspace.count == 1)
                }
            }
        }

        @Test func `Duplicates are refused where they are not to wait`() async throws {
            try await KeyedWorkspace.run("{ key: header, concurrent: reject }") { workspace in
                try await workspace.serve { _, client in
                    async let first = client.pay("same", "{}")
                    #expect(await eventually { workspace.count > 0 })
                    let second = try await client.pay("same", "{}")
                    #expect(second.status == 409 || second.isReplay, "\(second)")
                    let one = try await first
                    #expect(one.status == 201)
                }
            }
        }

        @Test func `What the partner refuses for good is kept, what it may do later is not`() async throws {
            try await KeyedWorkspace.run { workspace in
                try await workspace.serve { _, client in
                    workspace.partner.change { $0.status = 422 }
                    let declined = try await client.pay("declined", "{}")
                    #expect(declined.status == 422 && declined.code == "declined", "\(declined)")
                    workspace.partner.change { $0.status = 503 }
                    #expect(try await client.pay("busy", #"{"a":1}"#).code == "busy")
                    workspace.partner.change { $0.status = nil }
                    let again = try await client.pay("declined", "{}")
                    #expect(again.isReplay && again.status == 422 && again.body == declined.body, "\(again)")
                    let later = try await client.pay("busy", #"{"a":1}"#)
                    #expect(later.status == 201 && !later.isReplay, "\(later)")
                    #expect(workspace.count("{}") == 1 && workspace.count(#"{"a":1}"#) == 2)
                }
            }
        }

        @Test func `A call that went out and had no answer is not made again by itself`() async throws {
            for (idempotency, isMadeAgain) in [
                ("{ key: header }", false), ("{ key: header, on-unknown: retry }", true),
            ] {
                try await KeyedWorkspace.run(idempotency) { workspace in
                    try await workspace.serve { gateway, client in
                        workspace.partner.change { $0.fault = .reset }
                        #expect(try await client.pay("lost", "{}").code == "bank-error")
                        workspace.partner.change { $0.fault = .wrongLength }
                        #expect(try await client.pay("cut", #"{"a":1}"#).code == "bank-error")
                        workspace.partner.change { $0.fault = nil }
                        for (key, body) in [("lost", "{}"), ("cut", #"{"a":1}"#)] {
                            let again = try await client.pay(key, body)
                            #expect(again.isReplay == false)
                            if isMadeAgain {
                                #expect(again.status == 201, "\(again)")
                            } else {
                                #expect(again.status == 409 && again.code == "idempotency-outcome-unknown", "\(again)")
                            }
                            #expect(workspace.count(body) == (isMadeAgain ? 2 : 1))
                        }
                        let keys = await gateway.server.metrics().keys
                        #expect(keys.lost == 2)
                    }
                }
            }
        }

        @Test func `A call that never went out frees its key`() async throws {
            try await KeyedWorkspace.run { workspace in
                let port = workspace.partner.port
                await workspace.partner.stop()
                try await workspace.serve { _, client in
                    #expect(try await client.pay("free", "{}").code == "bank-error")
                    let partner = try await MockPartner.start(
                        MockOptions(port: port, replies: [MockReply(status: 201, text: "{}")]))
                    let again = try await client.pay("free", "{}")
                    #expect(again.status == 201 && !again.isReplay, "\(again)")
                    await partner.stop()
                }
            }
        }

        @Test func `A client that leaves finds the answer when it comes again`() async throws {
            let hasLeft = try await givenEnoughTime(from: 400_000_000) { time in
                try await Self.isAbandoned(milliseconds: Int(time / 1_000_000))
            }
            #expect(hasLeft, "the partner was always faster")
        }

        /// - Parameter milliseconds: how long the partner takes.
        /// - Returns: false when that was too short for the client to leave before the answer.
        private static func isAbandoned(milliseconds: Int) async throws -> Bool {
            var outcomes: [String] = []
            try await KeyedWorkspace.run { workspace in
                try await workspace.serve { _, client in
                    let respond = try #require(workspace.partner.options.respond)
                    workspace.partner.change {
                        $0.respond = { request in
                            var reply = respond(request)
                            reply?.delayMilliseconds = milliseconds
                            return reply
                        }
                    }
                    client.payAndLeave("left", "{}", when: { workspace.count > 0 })
                    let again = try await client.pay("left", "{}")
                    #expect(again.status == 201 && again.isReplay, "\(again)")
                    #expect(workspace.count == 1)
                }
                // The gateway ended by itself, so the call without a client did too.
                outcomes = try workspace.auditLines().compactMap { $0["outcome"] as? String }
                #expect(outcomes.count == 2, "\(outcomes)")
            }
            return outcomes.contains("abandoned")
        }

        @Test func `A key may be made of the request`() async throws {
            try await KeyedWorkspace.run("{ key: body.order, required: false }") { workspace in
                try await workspace.serve { _, client in
                    let first = try await client.pay(nil, #"{"order":"A-1"}"#)
                    #expect(first.status == 201 && !first.isReplay, "\(first)")
                    #expect(try await client.pay(nil, #"{"order":"A-1"}"#).isReplay)
                    #expect(try await client.pay(nil, #"{"order":"A-1","more":1}"#).code == "idempotency-key-reused")
                    for _ in 0..<2 { #expect(try await client.pay(nil, "{}").isReplay == false) }
                    #expect(workspace.count("{}") == 2, "no key, no protection")
                }
            }
        }

        @Test func `A damaged store is said, and nothing is served`() async throws {
            try await KeyedWorkspace.run { workspace in
                let file = "\(workspace.root)/state/answers.db"
                try FileManager.default.createDirectory(
                    atPath: "\(workspace.root)/state", withIntermediateDirectories: true)
                try Data("this is no database, whatever its name says; it is long enough to be read".utf8).write(
                    to: URL(fileURLWithPath: file))
                do {
                    try await workspace.serve { _, _ in Issue.record("it was served") }
                } catch {
                    #expect("\(error)".contains("is damaged"), "\(error)")
                }
                let left = try String(contentsOfFile: file, encoding: .utf8)
                #expect(left.hasPrefix("this is no database"))
            }
        }
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// Policies of the shipped workspace's bank, over mutual TLS, while it misbehaves in every way that the mock knows.
    @Suite struct PoliciesTests {
        private static let route = "routes/acme-bank/payments.route.yaml"

        @Test func `Whatever goes wrong once is made good by the second attempt`() async throws {
            // The partner's good answer has to come in the time in which no answer is one.
            let isMadeGood = try await givenEnoughTime(from: 500_000_000) { time in
                try await Self.isMadeGood(milliseconds: time / 1_000_000)
            }
            #expect(isMadeGood, "the second attempt failed too")
        }

        /// - Parameter milliseconds: how long the partner may take to answer.
        /// - Returns: whether all calls were answered in the end.
        private static func isMadeGood(milliseconds: Int64) async throws -> Bool {
            let policy = """
                  timeout: { connect: 30s, response: \(milliseconds)ms, total: 120s }
                  retry:
                    attempts: 2
                    backoff: 10ms..20ms
                    for: [connect, tls, timeout, reset, invalid-response, 503]
                    idempotency-key: X-Correlation-ID
                """
            var isMadeGood = true
            try await GatewayUnderTest.run(Self.setup(policy)) { running in
                let bank = try running.mock("acme-bank")
                let faults: [MockFault] = [
                    .reset, .resetMidway, .hang, .garbage, .wrongLength, .halfClose, .tlsAlert, .interimFlood,
                    .endlessHeaders,
                ]
                for fault in faults {
                    let seen = SeenOnce()
                    let examples = try #require(bank.options.respond)
                    bank.change {
                        $0.respond = { request in
                            seen.takeFirst()
                                ? MockReply(body: Array(repeating: 0x20, count: 500), fault: fault)
                                : examples(request)
                        }
                    }
                    let reply = try await running.pay(headers: [("X-Correlation-ID", "e2e-\(fault.rawValue)")])
                    bank.change { $0.respond = examples }
                    guard reply.status == 200 || reply.status == 201 else {
                        print("after \(milliseconds) ms, \(fault): \(reply.status)")
                        isMadeGood = false
                        return
                    }
                }
                await running.stop()
                let lines = try running.auditLines()
                for fault in faults {
                    let line = try #require(
                        lines.first { $0["correlation"] as? String == "e2e-\(fault.rawValue)" }, "\(fault)")
                    let attempts = try #require(line["attempts"] as? [[String: Any]])
                    #expect(attempts.count == 2, "\(fault): \(attempts)")
                    #expect(attempts.first?["failure"] != nil, "\(fault): \(attempts)")
                }
            }
            return isMadeGood
        }

        private static func setup(_ policy: String) -> GatewayUnderTest.Setup {
            var setup = GatewayUnderTest.Setup()
            setup.edits = [(Self.route, "  timeout: { connect: 1s, response: 5s, total: 8s }", policy)]
            return setup
        }

        /// A policy alone, before the fault that it is there for: what the partner sees of the calls, and what their attempts ended with.
        struct Case: Sendable, CustomTestStringConvertible {
            /// `TIME` stands for the time in which all calls have to have come to where they are stopped.
            var policy: String
            var fault: MockFault
            var calls: Int
            var seen: ClosedRange<Int>
            var failure: String
            var milliseconds: Int64 = 500

            var testDescription: String { "\(policy) before \(fault)" }
        }

        private static let patient = "timeout: { connect: 30s, response: 60s, total: 90s }"

        @Test(
            arguments: [
                // A partner that resets is left alone, on both loops, before all calls have been tried.
                Case(
                    policy: patient + "\n  circuit-breaker: { failures: 50%, of: 4, within: 1h, open-for: 1h }",
                    fault: .reset, calls: 16, seen: 2...12, failure: "circuit-open"),
                Case(
                    policy: "timeout: { connect: 30s, response: TIME, total: 120s }\n  concurrency: { limit: 1 }",
                    fault: .hang, calls: 4, seen: 1...1, failure: "queue-full", milliseconds: 1000),
                Case(
                    policy: "timeout: { connect: 30s, response: TIME, total: 120s }", fault: .hang, calls: 3,
                    seen: 3...3, failure: "timeout", milliseconds: 200),
                Case(
                    policy: "timeout: { connect: TIME, response: TIME, total: TIME }", fault: .drip, calls: 3,
                    seen: 3...3, failure: "timeout"),
                Case(
                    policy: patient + "\n  deadline: { header: X-Request-Timeout }", fault: .hang, calls: 3,
                    seen: 3...3, failure: "timeout", milliseconds: 200),
            ])
        func `One policy before the fault that it is for`(_ one: Case) async throws {
            let isStopped = try await givenEnoughTime(from: one.milliseconds * 1_000_000) { time in
                try await Self.isStopped(one, milliseconds: time / 1_000_000)
            }
            #expect(isStopped)
        }

        private static func isStopped(_ one: Case, milliseconds: Int64) async throws -> Bool {
            let policy = "  " + one.policy.replacingOccurrences(of: "TIME", with: "\(milliseconds)ms")
            var isStopped = false
            try await GatewayUnderTest.run(Self.setup(policy)) { running in
                let bank = try running.mock("acme-bank")
                bank.change {
                    $0.fault = one.fault
                    $0.respond = { _ in MockReply(body: Array(repeating: 0x20, count: 2000)) }
                }
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<one.calls {
                        if one.fault == .reset {
                            _ = try await running.pay()
                        } else {
                            group.addTask {
                                try await running.pay(headers: [("X-Request-Timeout", "\(milliseconds)")]).status
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.allSatisfy { (502...504).contains($0) }, "\(statuses)")
                let seen = bank.count
                await running.stop()
                let failures = try running.auditLines().flatMap { $0["attempts"] as? [[String: Any]] ?? [] }
                    .compactMap { $0["failure"] as? String }
                let expected = failures.count { $0 == one.failure }
                isStopped = one.seen.contains(seen) && expected >= max(1, one.calls - one.seen.upperBound)
                if !isStopped { print("\(one), \(milliseconds) ms: the partner saw \(seen), attempts \(failures)") }
            }
            return isStopped
        }

        @Test func `A rate limit holds whatever the partner does`() async throws {
            let policy = "  \(Self.patient)\n  rate-limit: { rate: 1/1h, burst: 3 }"
            try await GatewayUnderTest.run(Self.setup(policy)) { running in
                let bank = try running.mock("acme-bank")
                bank.change { $0.fault = .reset }
                var statuses: [Int] = []
                for _ in 0..<5 { statuses.append(try await running.pay().status) }
                #expect(statuses == [502, 502, 502, 429, 429])
                #expect(bank.count == 3)
            }
        }

        /// True for the first to ask.
        private final class SeenOnce: Sendable {
            private let isFirst = Mutex(true)
            func takeFirst() -> Bool {
                isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
            }
        }
    }
}

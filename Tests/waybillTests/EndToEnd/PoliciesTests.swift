import Foundation
import Synchronization
import Testing

@testable import waybill

extension EndToEnd {
    /// Policies of the shipped workspace's bank, over mutual TLS, while it misbehaves in every way that the mock knows.
    @Suite struct PoliciesTests {
        private static let route = "routes/acme-bank/payments.route.yaml"

        @Test func `Whatever goes wrong once is made good by the second attempt`() async throws {
            var setup = GatewayUnderTest.Setup()
            setup.edits = [
                (
                    Self.route, "  timeout: { connect: 1s, response: 5s, total: 8s }",
                    """
                      timeout: { connect: 1s, response: 500ms, total: 8s }
                      retry:
                        attempts: 2
                        backoff: 10ms..20ms
                        for: [connect, tls, timeout, reset, invalid-response, 503]
                        idempotency-key: X-Correlation-ID
                    """
                )
            ]
            try await GatewayUnderTest.run(setup) { running in
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
                    #expect(reply.status == 200 || reply.status == 201, "\(fault): \(reply)")
                    bank.change { $0.respond = examples }
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
        }

        private static func setup(_ policy: String) -> GatewayUnderTest.Setup {
            var setup = GatewayUnderTest.Setup()
            setup.edits = [(Self.route, "  timeout: { connect: 1s, response: 5s, total: 8s }", policy)]
            return setup
        }

        /// Each policy alone, before the fault that it is there for: what the partner sees of the calls, and what their attempts ended with.
        @Test(
            arguments: [
                // A partner that resets is left alone, on both loops, before all calls have been tried.
                (
                    "circuit-breaker: { failures: 50%, of: 4, within: 60s, open-for: 60s }", .reset, 16, 2...12,
                    "circuit-open"
                ),
                ("concurrency: { limit: 1 }", .hang, 4, 1...1, "queue-full"),
                ("timeout: { connect: 1s, response: 200ms, total: 8s }", .hang, 3, 3...3, "timeout"),
                ("timeout: { connect: 300ms, response: 300ms, total: 500ms }", .drip, 3, 3...3, "timeout"),
                ("deadline: { header: X-Request-Timeout }", .hang, 3, 3...3, "timeout"),
            ] as [(String, MockFault, Int, ClosedRange<Int>, String)])
        func `One policy before the fault that it is for`(
            _ policy: String, _ fault: MockFault, _ calls: Int, _ seen: ClosedRange<Int>, _ failure: String
        ) async throws {
            let timeout = policy.hasPrefix("timeout") ? "" : "  timeout: { connect: 1s, response: 1s, total: 2s }\n"
            try await GatewayUnderTest.run(Self.setup(timeout + "  " + policy)) { running in
                let bank = try running.mock("acme-bank")
                bank.change {
                    $0.fault = fault
                    $0.respond = { _ in MockReply(body: Array(repeating: 0x20, count: 2000)) }
                }
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<calls {
                        if policy.hasPrefix("circuit") {
                            _ = try await running.pay()
                        } else {
                            group.addTask { try await running.pay(headers: [("X-Request-Timeout", "200")]).status }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.allSatisfy { (502...504).contains($0) }, "\(statuses)")
                #expect(seen.contains(bank.count), "\(bank.count) of \(calls)")
                await running.stop()
                let failures = try running.auditLines().flatMap { $0["attempts"] as? [[String: Any]] ?? [] }
                    .compactMap { $0["failure"] as? String }
                #expect(failures.count { $0 == failure } >= max(1, calls - seen.upperBound), "\(failures)")
            }
        }

        @Test func `A rate limit holds whatever the partner does`() async throws {
            let policy = "  timeout: { connect: 1s, response: 1s, total: 2s }\n  rate-limit: { rate: 1/1m, burst: 3 }"
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

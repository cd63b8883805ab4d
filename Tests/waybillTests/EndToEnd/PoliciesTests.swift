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

import Foundation
import Logging
import Proxy
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// A partner's new version, from the route file to audit, metrics and admin address.
    @Suite struct VersionsTests {
        /// Which accounts each version was asked for.
        private final class Seen: Sendable {
            let accounts = Mutex<[String: [String]]>([:])
            func add(_ version: String, _ path: String) { accounts.withLock { $0[version, default: []].append(path) } }
            subscript(version: String) -> [String] { accounts.withLock { $0[version] ?? [] } }
        }

        private static func partner(_ version: String, _ seen: Seen, amount: String) async throws -> MockPartner {
            let partner = try await MockPartner.start(MockOptions(port: 0, replies: []))
            partner.change { options in
                options.respond = { request in
                    seen.add(request.header("Waybill-Shadow") == nil ? version : "copy", request.path)
                    return MockReply(
                        headers: [("Content-Type", "application/json")],
                        body: Array("{\"version\":\"\(version)\",\"balance\":{\"amount\":\(amount)}}".utf8))
                }
            }
            return partner
        }

        private static func run(
            _ next: String, _ body: (Gateway, Seen, _ root: String) async throws -> Void,
            then: (_ auditLines: [String]) throws -> Void = { _ in }
        ) async throws {
            let root = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-versions-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: root) }
            let seen = Seen()
            let current = try await partner("v1", seen, amount: "10.0")
            let new = try await partner("v2", seen, amount: "11")
            let files = [
                "routes/gateway.yaml":
                    "listen: [ { address: 127.0.0.1:0 } ]\nadmin: { address: 127.0.0.1:0 }\naudit: { file: { path: audit/ } }\n",
                "routes/consumers.yaml": "consumers:\n  erp: { anonymous: true }\n",
                "routes/bank/bank.route.yaml": """
                partner: bank
                endpoint:
                  url: http://127.0.0.1:\(current.port)/v1
                  next: { url: "http://127.0.0.1:\(new.port)/v2", \(next) }
                  timeout: { connect: 30s, response: 60s, total: 90s }
                operations:
                  get-balance: { accept: "GET /accounts/{id}/balance", allow: [erp] }
                """,
            ]
            for (path, text) in files {
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            var log = Logger(label: "waybill")
            log.logLevel = .critical
            let gateway = try await Gateway.start(workspace: DiskWorkspace(root), environment: nil, loops: 2, log: log)
            var failure: (any Error)?
            do { try await body(gateway, seen, root) } catch { failure = error }
            await gateway.stop(grace: .seconds(60))
            await current.stop()
            await new.stop()
            if let failure { throw failure }
            let folder = "\(root)/audit"
            try then(
                FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap {
                    try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8).split(separator: "\n").map(
                        String.init)
                })
        }

        private static func balance(_ gateway: Gateway, _ account: String) async throws -> String {
            let answer = try await PlainHTTP.send(
                host: "127.0.0.1", port: gateway.addresses[0].port, method: "GET", path: "/accounts/\(account)/balance",
                headers: [], body: [])
            #expect(answer.status == 200)
            return String(decoding: answer.body, as: UTF8.self)
        }

        private static func admin(_ gateway: Gateway, _ path: String) async throws -> String {
            let port = try #require(gateway.adminPort)
            let answer = try await PlainHTTP.send(
                host: "127.0.0.1", port: port, method: "GET", path: path, headers: [], body: [])
            #expect(answer.status == 200)
            return String(decoding: answer.body, as: UTF8.self)
        }

        @Test func `The same account goes to the same version, also after a reload`() async throws {
            var moved = 0
            try await Self.run("split: 30%, by: request.path.id") { gateway, seen, root in
                var sides: [String: Bool] = [:]
                for round in 0..<3 {
                    for account in 0..<30 {
                        let isNew = try await Self.balance(gateway, "a\(account)").contains("v2")
                        #expect(sides["a\(account)"] == nil || sides["a\(account)"] == isNew)
                        sides["a\(account)"] = isNew
                    }
                    guard round == 1 else { continue }
                    let path = "\(root)/routes/bank/bank.route.yaml"
                    let text = try String(contentsOfFile: path, encoding: .utf8)
                    try Data((text + "\n# changed\n").utf8).write(to: URL(fileURLWithPath: path))
                    gateway.reloader.requestReload()
                }
                moved = sides.values.count { $0 }
                #expect(moved > 0 && moved < 20, "\(moved) of 30")
                #expect(seen["v2"].count == 3 * moved)
                #expect(seen["v2"].allSatisfy { $0.hasPrefix("/v2/accounts/") })
                let metrics = try await Self.admin(gateway, "/metrics")
                #expect(
                    metrics.contains(
                        "waybill_partner_version_calls_total{partner=\"bank\",version=\"next\"} \(3 * moved)\n"))
                #expect(
                    metrics.contains("waybill_partner_connections{partner=\"bank\",version=\"next\",state=\"open\"}"))
                #expect(metrics.contains("waybill_partner_version_share{partner=\"bank\"} 0.3\n"))
            } then: { lines in
                #expect(lines.count { $0.contains(#""version":"next""#) } == 3 * moved)
                #expect(lines.count { $0.contains(#""type":"call""#) } == 90)
            }
        }

        @Test func `Differences of copies are counted and shown without values`() async throws {
            try await Self.run("shadow: 100%, compare: [balance.amount, balance.currency]") { gateway, seen, _ in
                for account in 0..<5 { #expect(try await Self.balance(gateway, "a\(account)").contains("v1")) }
                let labels = "partner=\"bank\",operation=\"get-balance\""
                var metrics = ""
                #expect(
                    try await eventually {
                        metrics = try await Self.admin(gateway, "/metrics")
                        return metrics.contains("waybill_shadow_compared_total{\(labels)} 5\n")
                    })
                #expect(metrics.contains("waybill_shadow_differences_total{\(labels),field=\"balance.amount\"} 5\n"))
                #expect(!metrics.contains("field=\"balance.currency\""))
                #expect(seen["copy"].count == 5 && seen["v2"].isEmpty && seen["v1"].count == 5)
                let page = try await Self.admin(gateway, "/api/shadow")
                let versions = try #require(
                    try JSONSerialization.jsonObject(with: Data(page.utf8)) as? [[String: Any]], "\(page)")
                #expect(
                    versions.first?["partner"] as? String == "bank" && versions.first?["shadow"] as? String == "100%")
                let recent = try #require(versions.first?["recent"] as? [[String: Any]])
                #expect(recent.count == 5)
                #expect(
                    recent.allSatisfy { $0["field"] as? String == "balance.amount" && $0["kind"] as? String == "value" }
                )
                #expect(recent.allSatisfy { Set($0.keys) == ["time", "operation", "correlation", "field", "kind"] })
            }
        }
    }
}

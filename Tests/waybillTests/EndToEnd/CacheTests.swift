import Foundation
import Logging
import Proxy
import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// `cache` as it is written, with a gateway and its partner.
    @Suite struct CacheTests {
        /// A workspace with a lookup by POST and one by GET, and a partner that numbers its answers.
        private final class Lookups: Sendable {
            let root: String
            let partner: MockPartner
            let count = Mutex(0)
            let gateway = Mutex<Gateway?>(nil)

            init(root: String, partner: MockPartner) {
                self.root = root
                self.partner = partner
            }

            var calls: Int { count.withLock { $0 } }

            func write(_ path: String, _ text: String) throws {
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url, options: .atomic)
            }

            func route(
                cache: String, summary: String = "Finds countries", map: String = "mappings/atlas/answer.map.yaml"
            ) throws {
                try write(
                    "routes/atlas/atlas.route.yaml",
                    """
                    partner: atlas
                    endpoint:
                      url: http://127.0.0.1:\(partner.port)
                      timeout: { connect: 30s, response: 60s, total: 90s }
                    operations:
                      find:
                        summary: \(summary)
                        accept: POST /countries/search
                        allow: [erp, shop]
                        request: { map: mappings/atlas/question.map.yaml }
                        response: { map: \(map) }
                        cache: \(cache)
                      region:
                        accept: GET /regions/{name}
                        allow: [erp, shop]
                        call: { headers: { X-Tenant: request.headers.`x-tenant` } }
                        response: { map: mappings/atlas/answer.map.yaml }
                        cache: { ttl: 5m }
                    """)
            }

            func ask(
                _ body: String? = nil, path: String = "/countries/search", _ headers: [(String, String)] = [],
                as consumer: String = "erp"
            ) async throws -> String {
                let port = gateway.withLock { $0?.addresses[0].port } ?? 0
                let answer = try await PlainHTTP.send(
                    host: "127.0.0.1", port: port, method: body == nil ? "GET" : "POST", path: path,
                    headers: [("X-API-Key", "cache-test-key-of-\(consumer)"), ("Content-Type", "application/json")]
                        + headers,
                    body: Array((body ?? "").utf8))
                return "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
            }

            /// Waits until the gateway runs with a size of bodies: everything written before it is taken over then too.
            func isTaken(bodyLimit: Int) async throws -> Bool {
                let running = try #require(gateway.withLock { $0 })
                return await eventually { await running.reloader.graph.settings.limits.body == bodyLimit }
            }
        }

        private static func run(_ cache: String, _ body: (Lookups) async throws -> Void) async throws {
            let root = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-cache-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: root) }
            let partner = try await MockPartner.start(MockOptions(port: 0, replies: []))
            let lookups = Lookups(root: root, partner: partner)
            partner.change { options in
                options.respond = { _ in
                    let n = lookups.count.withLock {
                        $0 += 1
                        return $0
                    }
                    return MockReply(
                        status: 200, headers: [("Content-Type", "application/json")],
                        body: Array("{\"call\":\(n)}".utf8))
                }
            }
            try lookups.write(
                "routes/gateway.yaml", "listen: [ { address: 127.0.0.1:0 } ]\naudit: { file: { path: audit/ } }\n")
            try lookups.write(
                "routes/consumers.yaml",
                """
                consumers:
                  erp: { api-key: "${file:erp.key}" }
                  shop: { api-key: "${file:shop.key}" }
                """)
            try lookups.write("erp.key", "cache-test-key-of-erp")
            try lookups.write("shop.key", "cache-test-key-of-shop")
            try lookups.write("mappings/atlas/question.map.yaml", "rows:\n  q: country\n")
            try lookups.write("mappings/atlas/answer.map.yaml", "rows:\n  number: call\n")
            try lookups.write("mappings/atlas/other.map.yaml", "rows:\n  other: call\n")
            try lookups.route(cache: cache)
            var log = Logger(label: "waybill")
            log.logLevel = .critical
            do {
                let gateway = try await Gateway.start(
                    workspace: DiskWorkspace(root), environment: nil, loops: 1, log: log)
                lookups.gateway.withLock { $0 = gateway }
                try await body(lookups)
            } catch {
                await lookups.gateway.withLock { $0 }?.stop(grace: .seconds(60))
                await partner.stop()
                throw error
            }
            await lookups.gateway.withLock { $0 }?.stop(grace: .seconds(60))
            await partner.stop()
        }

        @Test func `The key is what the operation says, and the consumer`() async throws {
            try await Self.run("{ ttl: 5m, key: [country], read-only: true }") { lookups in
                let de = #"{"country":"DE","note":"a"}"#
                let first = try await lookups.ask(de)
                #expect(first == #"200 {"number":1}"#)
                #expect(try await lookups.ask(#"{"note":"b","country":"DE"}"#) == #"200 {"number":1}"#)
                #expect(try await lookups.ask(#"{"country":"FR"}"#) == #"200 {"number":2}"#)
                #expect(try await lookups.ask(#"{"country":"DE"}"#, as: "shop") == #"200 {"number":3}"#)
                #expect(try await lookups.ask(de, as: "nobody").hasPrefix("401"))
                #expect(try await lookups.ask("{", as: "erp").hasPrefix("400"))
                #expect(lookups.calls == 3)
            }
            try await Self.run("{ ttl: 5m, key: [country], shared: true, read-only: true }") { lookups in
                let first = try await lookups.ask(#"{"country":"DE"}"#)
                #expect(first == #"200 {"number":1}"#)
                #expect(try await lookups.ask(#"{"country":"DE"}"#, as: "shop") == #"200 {"number":1}"#)
            }
        }

        @Test func `Without a key the whole request counts, with the headers that expressions read`() async throws {
            try await Self.run("{ ttl: 5m, read-only: true }") { lookups in
                func region(_ tenant: String?) async throws -> String {
                    try await lookups.ask(path: "/regions/eu", tenant.map { [("X-Tenant", $0)] } ?? [])
                }
                let first = try await region("a")
                #expect(first == #"200 {"number":1}"#)
                #expect(try await region("b") == #"200 {"number":2}"#)
                #expect(try await region(nil) == #"200 {"number":3}"#)
                #expect(try await region("a") == #"200 {"number":1}"#)
                #expect(try await lookups.ask(#"{"country":"DE"}"#) == #"200 {"number":4}"#)
                #expect(try await lookups.ask(#"{"country":"DE","a":1}"#) == #"200 {"number":5}"#)
                #expect(try await lookups.ask(#"{"country":"DE"}"#) == #"200 {"number":4}"#)
            }
        }

        @Test func `A reload keeps answers until what they depend on changes`() async throws {
            let cache = "{ ttl: 5m, read-only: true }"
            try await Self.run(cache) { lookups in
                let question = #"{"country":"DE"}"#
                #expect(try await lookups.ask(question) == #"200 {"number":1}"#)
                try lookups.write("mappings/atlas/other.map.yaml", "rows:\n  another: call\n")
                try lookups.write(
                    "routes/gateway.yaml",
                    "listen: [ { address: 127.0.0.1:0 } ]\nlimits: { body: 2MiB }\naudit: { file: { path: audit/ } }\n")
                #expect(try await lookups.isTaken(bodyLimit: 2 << 20))
                #expect(try await lookups.ask(question) == #"200 {"number":1}"#)
                try lookups.write("mappings/atlas/answer.map.yaml", "rows:\n  changed: call\n")
                // Until it is taken over, the kept answer is given, and the partner is not asked.
                #expect(try await eventually { try await lookups.ask(question) == #"200 {"changed":2}"# })
                try lookups.route(cache: cache, map: "mappings/atlas/other.map.yaml")
                // Until it is taken over, the kept answer is given, and the partner is not asked.
                #expect(try await eventually { try await lookups.ask(question) == #"200 {"another":3}"# })
            }
        }

        @Test func `What it did is counted and recorded`() async throws {
            let isSeen = try await givenEnoughTime(from: 300_000_000) { time in
                try await Self.isCounted(milliseconds: time / 1_000_000)
            }
            #expect(isSeen, "the second question came always too late")
        }

        /// - Returns: false when the second of two questions came after the time for which an answer is kept.
        private static func isCounted(milliseconds: Int64) async throws -> Bool {
            var isCounted = false
            try await Self.run("{ ttl: \(milliseconds)ms, stale-if-error: 5m, read-only: true }") { lookups in
                _ = try await lookups.ask("{}")
                guard try await lookups.ask("{}") == #"200 {"number":1}"# else { return }
                isCounted = true
                try await Task.sleep(for: .milliseconds(milliseconds + 50))
                lookups.partner.change { $0.status = 500 }
                #expect(try await lookups.ask("{}") == #"200 {"number":1}"#)
                let gateway = try #require(lookups.gateway.withLock { $0 })
                let text = PolicyMetricsText.render(await gateway.server.metrics())
                for line in [
                    #"waybill_cache_calls_total{operation="atlas.find",use="hit"} 1"#,
                    #"waybill_cache_calls_total{operation="atlas.find",use="miss"} 2"#,
                    #"waybill_cache_calls_total{operation="atlas.find",use="stale"} 1"#,
                    #"waybill_cache_entries{operation="atlas.find"} 1"#,
                ] {
                    #expect(text.contains(line + "\n"), "\(line)")
                }
                await gateway.stop(grace: .seconds(60))
                let folder = "\(lookups.root)/audit"
                let lines = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
                    try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
                }.joined()
                for use in ["miss", "hit", "stale"] { #expect(lines.contains("\"cache\":\"\(use)\""), "\(use)") }
            }
            return isCounted
        }
    }
}

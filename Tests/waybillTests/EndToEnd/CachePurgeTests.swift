import Foundation
import Logging
import Proxy
import Synchronization
import Testing

@testable import waybill

extension EndToEnd {
    /// Purging at the admin address, from the request to the audit trail.
    @Suite struct CachePurgeTests {
        private struct Lines: LogHandler {
            let all: Shared
            var metadata = Logger.Metadata()
            var logLevel = Logger.Level.notice
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }
            func log(event: LogEvent) { all.lines.withLock { $0.append("\(event.message)") } }
        }

        private final class Shared: Sendable {
            let lines = Mutex<[String]>([])
            let calls = Mutex(0)
        }

        private static func run(
            _ body: (Gateway, Shared) async throws -> Void, then: ([String]) throws -> Void = { _ in }
        ) async throws {
            let root = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-purge-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: root) }
            let shared = Shared()
            let partner = try await MockPartner.start(MockOptions(port: 0, replies: []))
            partner.change { options in
                options.respond = { _ in
                    let n = shared.calls.withLock {
                        $0 += 1
                        return $0
                    }
                    return MockReply(
                        status: 200, headers: [("Content-Type", "application/json")], body: Array("{\"n\":\(n)}".utf8))
                }
            }
            let files = [
                "routes/gateway.yaml":
                    "listen: [ { address: 127.0.0.1:0 } ]\nadmin: { address: 127.0.0.1:0 }\naudit: { file: { path: audit/ } }\n",
                "routes/consumers.yaml": "consumers:\n  erp: { anonymous: true }\n",
                "routes/atlas/atlas.route.yaml": """
                partner: atlas
                endpoint: { url: "http://127.0.0.1:\(partner.port)" }
                operations:
                  country: { accept: "GET /countries/{code}", allow: [erp], cache: { ttl: 1h } }
                  region: { accept: "GET /regions/{name}", allow: [erp], cache: { ttl: 1h } }
                  live: { accept: "GET /live", allow: [erp] }
                """,
            ]
            for (path, text) in files {
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            let log = Logger(label: "waybill") { _ in Lines(all: shared) }
            let gateway = try await Gateway.start(workspace: DiskWorkspace(root), environment: nil, loops: 1, log: log)
            var failure: (any Error)?
            do { try await body(gateway, shared) } catch { failure = error }
            await gateway.stop(grace: .seconds(1))
            await partner.stop()
            if let failure { throw failure }
            let folder = "\(root)/audit"
            try then(
                FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".jsonl") }.flatMap {
                    try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8).split(separator: "\n").map(
                        String.init)
                })
        }

        private static func get(_ gateway: Gateway, _ path: String) async throws -> String {
            let answer = try await PlainHTTP.get(host: "127.0.0.1", port: gateway.addresses[0].port, path: path)
            return String(decoding: answer.body, as: UTF8.self)
        }

        private static func admin(
            _ gateway: Gateway, _ query: String, method: String = "POST", _ headers: [(String, String)] = []
        ) async throws -> (status: Int, body: String, allow: String?) {
            let answer = try await PlainHTTP.send(
                host: "127.0.0.1", port: gateway.adminPort ?? 0, method: method, path: "/api/cache/purge\(query)",
                headers: headers, body: [])
            return (
                answer.status, String(decoding: answer.body, as: UTF8.self),
                answer.headers.first { $0.name.lowercased() == "allow" }?.value
            )
        }

        @Test func oneOperationsAnswersGoAndItIsWrittenDown() async throws {
            try await Self.run { gateway, shared in
                for path in ["/countries/de", "/countries/fr", "/regions/north"] {
                    let first = try await Self.get(gateway, path)
                    #expect(try await Self.get(gateway, path) == first)
                }
                let purged = try await Self.admin(gateway, "?operation=atlas.country")
                #expect(purged.status == 200)
                #expect(
                    purged.body
                        == "{\"purged\":2,\"operations\":[{\"operation\":\"atlas.country\",\"entries\":2}]}\n")
                #expect(try await Self.get(gateway, "/countries/de") == "{\"n\":4}")
                #expect(try await Self.get(gateway, "/regions/north") == "{\"n\":3}", "another operation's stays")
                let all = try await Self.admin(gateway, "?partner=atlas")
                #expect(all.body.hasPrefix("{\"purged\":2,"), "\(all.body)")
                #expect(try await Self.get(gateway, "/regions/north") == "{\"n\":5}")
                let both = try await Self.admin(gateway, "?partner=atlas&operation=atlas%2Eregion")
                #expect(both.body.hasPrefix("{\"purged\":1,"), "\(both.body)")
                let lines = shared.lines.withLock { $0.filter { $0.contains("purged") } }
                #expect(lines.count == 3)
                #expect(lines[0].contains("purged 2 kept answers of atlas.country"))
                #expect(lines[0].contains("127.0.0.1:"))
            } then: { records in
                let purges = records.filter { $0.contains("\"type\":\"purged\"") }
                #expect(purges.count == 3)
                #expect(
                    purges.first?.contains("\"operations\":[\"atlas.country\"],\"entries\":2,\"client\":\"127.0.0.1:")
                        == true, "\(purges)")
            }
        }

        @Test func whatIsAskedWronglyChangesNothing() async throws {
            try await Self.run { gateway, shared in
                let first = try await Self.get(gateway, "/countries/de")
                for query in [
                    "", "?", "?operation=", "?all=1", "?operation=atlas.country&dry=1",
                    "?operation=atlas.country&operation=atlas.region",
                ] {
                    #expect(try await Self.admin(gateway, query).status == 400, "\(query)")
                }
                for query in [
                    "?operation=country", "?operation=atlas.nothing", "?partner=other",
                    "?partner=other&operation=atlas.country", "?operation=atlas.live",
                ] {
                    #expect(try await Self.admin(gateway, query).status == 404, "\(query)")
                }
                let query = "?operation=atlas.country"
                let page = try await Self.admin(gateway, query, [("Origin", "https://elsewhere.example")])
                #expect(page.status == 403)
                for method in ["GET", "HEAD", "DELETE"] {
                    let refused = try await Self.admin(gateway, query, method: method)
                    #expect(refused.status == 405 && refused.allow == "POST", "\(method)")
                }
                let other = try await PlainHTTP.send(
                    host: "127.0.0.1", port: gateway.adminPort ?? 0, method: "POST", path: "/healthz", headers: [],
                    body: [])
                #expect(other.status == 405)
                #expect(try await Self.get(gateway, "/countries/de") == first)
                #expect(shared.lines.withLock { !$0.contains { $0.contains("purged") } })
            } then: { records in
                #expect(!records.contains { $0.contains("\"type\":\"purged\"") })
            }
        }
    }
}

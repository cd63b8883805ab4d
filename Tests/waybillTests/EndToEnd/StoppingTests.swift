import Foundation
import Logging
import Proxy
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// A gateway ends while it is asked and edited.
    @Suite struct Stopping {
        private static func write(_ root: String, round: Int) throws {
            let files = [
                "routes/gateway.yaml":
                    "listen: [ { address: 127.0.0.1:0 } ]\nadmin: { address: 127.0.0.1:0 }\nreload: { watch: true, debounce: 1ms }\n",
                "routes/consumers.yaml": "consumers:\n  erp: { anonymous: true }\n",
                "routes/bank/bank.route.yaml": """
                partner: bank
                endpoint: { url: "http://127.0.0.1:1/v\(round)" }
                operations:
                  get: { accept: "GET /accounts/{id}", allow: [erp] }
                """,
            ]
            for (path, text) in files where round == 0 || path.hasSuffix("bank.route.yaml") {
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url, options: .atomic)
            }
        }

        private static func run(_ body: (_ root: String) async throws -> Void) async throws {
            let root = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-stopping-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: root) }
            try write(root, round: 0)
            try await body(root)
        }

        /// Asks the admin address and edits a route, without a pause, until it is told to end.
        private final class Disturbance: Sendable {
            private let state = Mutex((isDone: false, running: 2, asked: 0))

            init(_ root: String, admin: Int) {
                Thread.detachNewThread { [self] in
                    let client = KeepAliveClient(port: admin)
                    while !isDone {
                        let isAnswered = client.call("GET", "/metrics", "", key: nil).status == 200
                        state.withLock { $0.asked += isAnswered ? 1 : 0 }
                    }
                    state.withLock { $0.running -= 1 }
                }
                Thread.detachNewThread { [self] in
                    var round = 0
                    while !isDone {
                        round += 1
                        try? Stopping.write(root, round: round)
                        usleep(500)
                    }
                    state.withLock { $0.running -= 1 }
                }
            }

            private var isDone: Bool { state.withLock { $0.isDone } }
            var asked: Int { state.withLock { $0.asked } }

            func end() async -> Bool {
                state.withLock { $0.isDone = true }
                return await eventually { state.withLock { $0.running } == 0 }
            }
        }

        @Test func `Questions and edits at the end harm nobody, and nothing changes after it`() async throws {
            var log = Logger(label: "waybill")
            log.logLevel = .critical
            for _ in 0..<10 {
                try await Self.run { root in
                    let gateway = try await Gateway.start(
                        workspace: DiskWorkspace(root), environment: nil, loops: 3, log: log)
                    let disturbance = Disturbance(root, admin: try #require(gateway.adminPort))
                    #expect(
                        await eventually {
                            let generation = await gateway.reloader.state.generation
                            return generation > 2 && disturbance.asked > 2
                        })
                    await gateway.stop(grace: .seconds(60))
                    let generation = await gateway.reloader.state.generation
                    gateway.reloader.requestReload()
                    let metrics = await gateway.server.metrics()
                    #expect(await disturbance.end())
                    #expect(await gateway.reloader.state.generation == generation)
                    #expect(await gateway.server.metrics().acceptedConnections == metrics.acceptedConnections)
                    #expect(await gateway.server.addresses.isEmpty)
                }
            }
        }

        @Test func `A process that is told to end while it is asked and edited ends well`() async throws {
            guard FileManager.default.isExecutableFile(atPath: ServedProcess.binary) else {
                print("skipped: \(ServedProcess.binary) is not built")
                return
            }
            for round in 0..<4 {
                try await Self.run { root in
                    let process = try ServedProcess(root, "\(root)/served.log")
                    defer { if process.isRunning { process.end(SIGKILL) } }
                    try #require(
                        await eventually { process.port != nil && process.adminPort != nil }, "\(process.output)")
                    let disturbance = Disturbance(root, admin: process.adminPort ?? 0)
                    #expect(await eventually { disturbance.asked > 5 && process.output.contains("generation 3 ") })
                    // With a notice, during which all goes on, and without.
                    process.send(round % 2 == 0 ? SIGINT : SIGTERM)
                    #expect(await eventually { !process.isRunning }, "\(process.output)")
                    #expect(await disturbance.end())
                    if process.isRunning { process.end(SIGKILL) }
                    #expect(process.status == 0)
                    let output = process.output
                    #expect(output.hasSuffix("ended\n") && !output.contains("ERROR"), "\(output)")
                }
            }
        }
    }
}

import Audit
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// Two processes with one store of answers: the new one takes it when the old one's calls with keys have ended.
    @Suite struct StoreHandover {
        private static func body(_ key: String) -> String { "{\"key\":\"\(key)\"}" }

        /// Callers of calls with keys, each key twice, until they are told to end.
        private final class KeyedLoad: Sendable {
            struct Result: Sendable {
                var isDone = false
                var running = 0
                var keys: [String] = []
                /// Calls that were told to come again while the store changed hands.
                var refused = 0
                var wrong: [String] = []
            }

            let result: Mutex<Result>
            var calls: Int { result.withLock { $0.keys.count } }

            init(callers: Int, port: Int) {
                result = Mutex(Result(running: callers))
                for caller in 0..<callers {
                    Thread.detachNewThread { [self] in
                        let client = KeepAliveClient(port: port)
                        var number = 0
                        while !result.withLock({ $0.isDone }) {
                            number += 1
                            let key = "\(caller)-\(number)"
                            let answers = [call(client, key), call(client, key)]
                            result.withLock {
                                $0.keys.append(key)
                                if answers[0] != answers[1], $0.wrong.count < 10 {
                                    $0.wrong.append("\(key): \(answers)")
                                }
                            }
                        }
                        result.withLock { $0.running -= 1 }
                    }
                }
            }

            private func call(_ client: KeepAliveClient, _ key: String) -> String {
                while true {
                    let answer = client.call(
                        "POST", "/pay", StoreHandover.body(key), headers: [("Idempotency-Key", key)], key: nil)
                    switch answer.status {
                    case 201: return answer.body
                    case 503 where answer.body.contains("unavailable"):
                        result.withLock { $0.refused += 1 }
                        usleep(50_000)
                    default:
                        result.withLock { $0.wrong.append("\(key): \(answer.status) \(answer.body)") }
                        return ""
                    }
                }
            }

            func end() async -> Result {
                result.withLock { $0.isDone = true }
                while result.withLock({ $0.running }) > 0 { try? await Task.sleep(for: .milliseconds(10)) }
                return result.withLock { $0 }
            }
        }

        @Test func `A hand-over with one store: no call without key fails, and keys are exact`() async throws {
            guard FileManager.default.isExecutableFile(atPath: ServedProcess.binary) else {
                print("skipped: \(ServedProcess.binary) is not built")
                return
            }
            try await KeyedWorkspace.run { workspace in
                let (port, admin) = (Handover.freePort(), Handover.freePort())
                let roots = try ["old", "new"].map { name in
                    let root = "\(workspace.root)/\(name)"
                    for part in ["routes", "mappings"] {
                        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
                        try FileManager.default.copyItem(
                            atPath: "\(workspace.root)/\(part)", toPath: "\(root)/\(part)")
                    }
                    let settings = "\(root)/routes/gateway.yaml"
                    try GatewayUnderTest.edit(settings, "127.0.0.1:0", "127.0.0.1:\(port)")
                    try GatewayUnderTest.edit(settings, "path: state/", "path: \(workspace.root)/state")
                    try GatewayUnderTest.edit(settings, "audit:", "admin: { address: 127.0.0.1:\(admin) }\naudit:")
                    try GatewayUnderTest.edit(
                        "\(root)/routes/bank/bank.route.yaml", "operations:",
                        "operations:\n  other:\n    accept: POST /other\n    allow: [erp]")
                    return root
                }
                func start(_ root: String) async throws -> ServedProcess {
                    let process = try ServedProcess(root, "\(root).log")
                    try #require(await eventually { process.port != nil }, "\(process.output)")
                    return process
                }
                let old = try await start(roots[0])
                defer { if old.isRunning { old.end(SIGKILL) } }
                let plain = Load(
                    connections: 3, port: port, "POST", "/other", "{\"plain\":1}", key: nil,
                    check: { status, body in status == 201 ? nil : "\(status) \(body)" })
                let keyed = KeyedLoad(callers: 4, port: port)
                #expect(await eventually { plain.calls > 20 && keyed.calls > 5 })
                // Both serve for a while: those calls with keys that come to the new one wait.
                let new = try await start(roots[1])
                defer { if new.isRunning { new.end(SIGKILL) } }
                let before = plain.calls
                #expect(await eventually { plain.calls > before + 20 })
                old.end(SIGTERM)
                #expect(old.output.contains("new connections go to another process"), "\(old.output)")
                let after = (plain.calls, keyed.calls)
                #expect(await eventually { plain.calls > after.0 + 20 && keyed.calls > after.1 + 5 })
                let result = await keyed.end()
                await plain.end()
                #expect(plain.wrong == [])
                #expect(result.wrong == [])
                for key in result.keys { #expect(workspace.count(Self.body(key)) == 1, "\(key)") }
                #expect(new.output.contains("used by another process"), "\(new.output)")
                #expect(new.output.contains("the store of answers is free"), "\(new.output)")
                // The admin address changes hands too.
                #expect(
                    await eventually {
                        (try? await PlainHTTP.get(host: "127.0.0.1", port: admin, path: "/readyz").status) == 200
                    })
                new.end(SIGTERM)
                print(
                    "hand-over with a store: \(plain.calls) calls without keys, \(result.keys.count) keys called twice, "
                        + "\(result.refused) told to come again, none failed")
            }
        }
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// The built program, killed twice while duplicates of calls are under way.
    @Suite struct ExactlyOnceTests {
        /// The gateway that runs at the moment: callers come again where it is.
        private final class Running: Sendable {
            let port = Mutex(0)
        }

        /// What all callers got, by key.
        private final class Results: Sendable {
            private let answers = Mutex<[Int: [KeyedClient.Answer]]>([:])
            private let open: Mutex<Int>

            init(callers: Int) { open = Mutex(callers) }

            func add(_ key: Int, _ answer: KeyedClient.Answer) {
                answers.withLock { $0[key, default: []].append(answer) }
            }
            func end() { open.withLock { $0 -= 1 } }
            var isOver: Bool { open.withLock { $0 } == 0 }
            var all: [Int: [KeyedClient.Answer]] { answers.withLock { $0 } }
            var count: Int { answers.withLock { $0.values.reduce(0) { $0 + $1.count } } }
        }

        private static func body(_ key: Int) -> String { "{\"order\":\(key)}" }

        @Test func `Killed twice, the partner sees each key once, and callers get equal answers`() async throws {
            let binary = ServedProcess.binary
            guard FileManager.default.isExecutableFile(atPath: binary) else {
                print("skipped: \(binary) is not built")
                return
            }
            let environment = ProcessInfo.processInfo.environment
            let keys = environment["WAYBILL_KEYS"].flatMap { Int($0) } ?? 100
            let duplicates = 10
            try await KeyedWorkspace.run { workspace in
                let running = Running()
                let callers = 60
                let results = Results(callers: callers)
                let next = Mutex(0)
                var served: [ServedProcess] = []
                defer { for process in served where process.isRunning { process.end(SIGKILL) } }
                func start() async throws {
                    let process = try ServedProcess(workspace.root, "\(workspace.root)/served-\(served.count).log")
                    served.append(process)
                    _ = await eventually { process.port != nil }
                    let port = try #require(process.port, "\(process.output)")
                    running.port.withLock { $0 = port }
                }
                try await start()
                for _ in 0..<callers {
                    Thread.detachNewThread {
                        // Duplicates of a key stand side by side, so that they are under way together.
                        while let turn = next.withLock({ next in
                            defer { next += 1 }
                            return next < keys * duplicates ? next : nil
                        }) {
                            let key = turn / duplicates
                            results.add(key, Self.insist(running, key))
                        }
                        results.end()
                    }
                }
                for part in 1...2 {
                    let mark = keys * duplicates * part / 3
                    #expect(await eventually { results.count >= mark })
                    served.last?.end(SIGKILL)
                    try await start()
                }
                try #require(await eventually { results.isOver }, "callers do not come to an end")
                served.last?.end(SIGTERM)
                Self.judge(results.all, workspace, keys: keys, duplicates: duplicates)
            }
        }

        /// One caller: comes again until it has an answer from a gateway.
        private static func insist(_ running: Running, _ key: Int) -> KeyedClient.Answer {
            while true {
                let client = KeepAliveClient(port: running.port.withLock { $0 })
                let answer = client.call(
                    "POST", "/pay", body(key), headers: [("Idempotency-Key", "key-\(key)")], key: nil)
                if answer.status != 0 { return .init(status: answer.status, body: answer.body, isReplay: false) }
                usleep(20_000)
            }
        }

        private static func judge(
            _ all: [Int: [KeyedClient.Answer]], _ workspace: KeyedWorkspace, keys: Int, duplicates: Int
        ) {
            var answered = 0
            var unknown = 0
            for key in 0..<keys {
                let answers = all[key] ?? []
                let seen = workspace.count(body(key))
                #expect(answers.count == duplicates)
                #expect(seen <= 1, "key \(key) was seen \(seen) times")
                if answers.allSatisfy({ $0.status == 201 }) {
                    answered += 1
                    #expect(seen == 1)
                    #expect(Set(answers.map(\.body)).count == 1, "key \(key): \(answers)")
                } else {
                    // Killed between the reservation and the answer: all callers are told so, none is called a second time.
                    unknown += 1
                    #expect(answers.allSatisfy { $0.code == "idempotency-outcome-unknown" }, "key \(key): \(answers)")
                }
            }
            #expect(answered > keys / 2)
            print(
                "exactly once: \(keys) keys, \(keys * duplicates) calls, \(workspace.count) seen by the partner, "
                    + "\(answered) answered, \(unknown) of unknown outcome, 2 kills")
        }
    }
}

import Foundation
import Synchronization

@testable import waybill

/// A few connections that call without a pause, each on a thread of its own, until they are told to end.
final class Load: Sendable {
    private let state = Mutex((isDone: false, running: 0, calls: 0, wrong: [String]()))

    var calls: Int { state.withLock { $0.calls } }
    var wrong: [String] { state.withLock { $0.wrong } }
    private var isDone: Bool { state.withLock { $0.isDone } }

    /// - Parameter check: what is wrong with an answer; nil when nothing is.
    init(
        connections: Int, port: Int, _ method: String, _ path: String, _ body: String,
        key: String? = GatewayUnderTest.key,
        check: @escaping @Sendable (Int, String) -> String?
    ) {
        state.withLock { $0.running = connections }
        for _ in 0..<connections {
            Thread.detachNewThread { [self] in
                let client = KeepAliveClient(port: port)
                while !isDone {
                    let answer = client.call(method, path, body, key: key)
                    let problem = check(answer.status, answer.body)
                    state.withLock {
                        $0.calls += 1
                        if let problem, $0.wrong.count < 10 { $0.wrong.append(problem) }
                    }
                    if answer.status == 0 { usleep(10_000) }
                    usleep(1000)
                }
                state.withLock { $0.running -= 1 }
            }
        }
    }

    func end() async {
        state.withLock { $0.isDone = true }
        while state.withLock({ $0.running }) > 0 { try? await Task.sleep(for: .milliseconds(10)) }
    }
}

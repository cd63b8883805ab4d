import Dispatch
import Proxy
import RouteGraph
import Synchronization
import Testing

/// The proxy ends while others ask it something, change it, or have it change: on a loop that has ended every question is lost, and
/// the process with it.
@Suite struct StoppingTests {
    /// Holds the first loop up in the middle of a call, so that what is asked meanwhile is under way as long as the test likes.
    private final class HoldingLog: CallLog {
        private final class Recorder: CallRecorder {
            let log: HoldingLog?
            init(_ log: HoldingLog?) { self.log = log }
            var refusesCalls: Bool { false }
            func append(_ call: Call) { log?.hold() }
        }

        private let state = Mutex((recorders: 0, holds: false, isOpen: false))
        private let gate = DispatchSemaphore(value: 0)

        var holds: Bool { state.withLock { $0.holds } }

        func recorder() -> any CallRecorder {
            let isFirst = state.withLock { state in
                state.recorders += 1
                return state.recorders == 1
            }
            return Recorder(isFirst ? self : nil)
        }

        private func hold() {
            let waits = state.withLock { state in
                state.holds = true
                return !state.isOpen
            }
            if waits { gate.wait() }
        }

        func open() {
            state.withLock { $0.isOpen = true }
            gate.signal()
        }
    }

    enum Question: CaseIterable {
        case metrics, keyedCalls, install, change, leave, drain, stop
    }

    private static func ask(
        _ question: Question, _ server: ProxyServer, _ settings: GatewayFixture.Settings
    ) async throws {
        switch question {
        case .metrics: _ = await server.metrics()
        case .keyedCalls: _ = await server.hasKeyedCalls()
        case .install: await server.install(graph: try GatewayFixture.graph(settings))
        case .change:
            // The same address with another plan, and one more.
            var changed = settings
            changed.gateway.listeners[0].versions = .http2
            changed.gateway.listeners.append(ListenerPlan(host: "127.0.0.1", port: 0))
            await server.install(graph: try GatewayFixture.graph(changed))
        case .leave: await server.leave(notice: .milliseconds(50))
        case .drain: await server.drain(grace: .milliseconds(50))
        case .stop: await server.stop()
        }
    }

    @Test(arguments: Question.allCases)
    func `What is under way when the loops end is ended before them`(_ question: Question) async throws {
        let log = HoldingLog()
        let server = ProxyServer(loops: 3, callLog: log, authenticator: TestAuthenticator())
        let settings = GatewayFixture.Settings(partnerPort: 1)
        let port = try await server.start(graph: GatewayFixture.graph(settings))[0].port
        try await onThread {
            for _ in 0..<1000 where !log.holds {
                let client = try RawClient(port: port)
                client.send(get("/nothing"))
                usleepBriefly()
            }
        }
        try #require(log.holds)
        let began = Mutex(false)
        let asking = Task {
            began.withLock { $0 = true }
            try await Self.ask(question, server, settings)
        }
        while !began.withLock({ $0 }) { await Task.yield() }
        // Long enough that the question has most likely reached the loop. If it has not, it comes after the end: that must be good too.
        try await Task.sleep(for: .milliseconds(30))
        let stopping = Task { await server.stop() }
        try await Task.sleep(for: .milliseconds(30))
        log.open()
        try await asking.value
        await stopping.value
        for question in Question.allCases { try await Self.ask(question, server, settings) }
        #expect(await server.addresses.isEmpty)
    }
}

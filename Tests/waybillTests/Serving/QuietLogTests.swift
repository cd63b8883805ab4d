import Synchronization
import Testing

@testable import waybill

@Suite struct QuietLogTests {
    /// A clock that is set, and timers that are run by hand.
    private final class Stage: Sendable {
        let state = Mutex((now: Int64(0), lines: [String](), timers: 0))
        var lines: [String] { state.withLock { $0.lines } }
        var timers: Int { state.withLock { $0.timers } }

        func log() -> QuietLog {
            QuietLog(
                interval: .seconds(30), now: { self.state.withLock { $0.now } },
                later: { _, _ in self.state.withLock { $0.timers += 1 } },
                write: { line in self.state.withLock { $0.lines.append(line) } })
        }

        func pass(seconds: Int64) { state.withLock { $0.now += seconds * 1_000_000_000 } }
    }

    @Test func `A partner that keeps failing gets a burst and then one line for each interval`() {
        let stage = Stage()
        let log = stage.log()
        for _ in 0..<1000 { log("partner a: connection refused") }
        #expect(stage.lines.count == QuietLog.burst)
        #expect(stage.timers == 1)
        stage.pass(seconds: 30)
        log.summarise()
        #expect(stage.lines.count == QuietLog.burst + 1)
        #expect(stage.lines.last == "partner a: connection refused (and 994 more like it in the last 30 s)")
        for _ in 0..<1000 { log("partner a: connection refused") }
        #expect(stage.lines.count == QuietLog.burst + 1, "still failing: nothing at once")
        stage.pass(seconds: 30)
        log.summarise()
        #expect(stage.lines.count == QuietLog.burst + 2)
    }

    @Test func `One partner does not silence another, and a new failure after quiet is told at once`() {
        let stage = Stage()
        let log = stage.log()
        for _ in 0..<10 { log("partner a: reset") }
        log("partner b: reset")
        #expect(stage.lines.last == "partner b: reset")
        stage.pass(seconds: 30)
        log.summarise()
        stage.pass(seconds: 31)
        log.summarise()
        log("partner a: reset again")
        #expect(stage.lines.last == "partner a: reset again")
    }
}

import Glibc
import RouteGraph
import TestSupport
import Testing

@testable import Storage

/// Two processes, of which one takes over from the other. Here both are in one.
@Suite struct StoreHandoverTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `Calls wait while the old one ends its own, and then know what it knew`() throws {
        let fixture = try StoreFixture()
        let old = try fixture.open()
        let call = StoreFixture.call("k")
        #expect(old.ask(call).get() == .run)
        #expect(old.ask(StoreFixture.call("lost", 2)).get() == .run)
        let oldWaits = old.ask(StoreFixture.call("k", 3))
        let new = try fixture.open(patience: 600 * Self.second)
        #expect(!new.isOpen && new.status.failure == nil)
        let repetition = new.ask(StoreFixture.call("k", 1))
        let other = new.ask(StoreFixture.call("other", 2))
        let gone = new.ask(StoreFixture.call("gone", 3))
        new.withdraw(StoreFixture.digest("gone"), ticket: 3)
        old.release()
        #expect(old.ask(StoreFixture.call("late", 4)).get() == .unavailable)
        usleep(60_000)
        // It does not let go before its calls have ended.
        #expect(!new.isOpen && repetition.now == nil && oldWaits.now == nil)
        #expect(old.keepNow(call, StoreFixture.answer) == true)
        #expect(oldWaits.get() == .replay(StoreFixture.answer))
        usleep(60_000)
        #expect(!new.isOpen)
        old.settle(StoreFixture.digest("lost"), .unknown)
        #expect(repetition.get() == .replay(StoreFixture.answer))
        #expect(other.get() == .run)
        #expect(new.isOpen)
        #expect(new.ask(StoreFixture.call("lost", 5)).get() == .unknown)
        #expect(gone.now == nil, "it had given up")
        old.stop()
        #expect(new.keepNow(StoreFixture.call("other", 2), StoreFixture.answer) == true)
        new.stop()
    }

    @Test
    func
        `Who lets go of nothing is not waited for longer than told, and the file is taken all the same when it is free`()
        throws
    {
        let fixture = try StoreFixture()
        let lines = Later<String>()
        let old = try fixture.open()
        #expect(old.ask(StoreFixture.call("k")).get() == .run)
        let new = try fixture.open(patience: Self.second / 10) { lines.set($0) }
        #expect(lines.now?.contains("used by another process") == true)
        let early = new.ask(StoreFixture.call("a", 1))
        #expect(early.get() == .unavailable)
        #expect(new.isOpen && new.status.failure?.contains("another process") == true)
        #expect(new.ask(StoreFixture.call("b", 2)).get() == .unavailable)
        old.stop()
        #expect(eventuallyOnThread { new.status.failure == nil })
        #expect(new.ask(StoreFixture.call("c", 3)).get() == .run)
        // The old one's call was under way when it was stopped.
        #expect(new.ask(StoreFixture.call("k", 4)).get() == .unknown)
        new.stop()
    }

    @Test func `One that waits can be stopped, and one that has nothing under way lets go at once`() throws {
        let fixture = try StoreFixture()
        let old = try fixture.open()
        let waiting = try fixture.open(patience: 600 * Self.second)
        let call = waiting.ask(StoreFixture.call("a", 1))
        waiting.stop()
        #expect(call.get() == .unavailable)
        old.release()
        let next = try fixture.open(patience: 600 * Self.second)
        #expect(next.ask(StoreFixture.call("a", 1)).get() == .run)
        next.stop()
        old.stop()
    }
}

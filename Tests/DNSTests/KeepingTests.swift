import Testing

@testable import DNS

/// What is believed of a name, until when, on a clock that the test moves.
@Suite struct KeepingTests {
    private static let second: Int64 = 1_000_000_000
    private let times = NameTimes(minimum: 1_000_000_000, maximum: 100_000_000_000, stale: 60_000_000_000)
    private let one = [address("192.0.2.1")]
    private let two = [address("192.0.2.2")]

    @Test func timesHaveBounds() {
        var record = NameRecord()
        for (seconds, lifetime) in [(UInt32(0), Int64(1)), (1, 1), (60, 60), (100, 100), (101, 100), (.max, 100)] {
            let answer = record.received(.addresses(one, seconds: seconds), now: 5, times)
            #expect(answer.expires == 5 + lifetime * Self.second)
            #expect(answer.usableUntil == answer.expires + 60 * Self.second)
            #expect(answer.kind == .fresh)
        }
    }

    @Test func settingsBeyondAllBoundsAreCutOff() {
        let times = NameTimes(minimum: .max, maximum: .max, stale: .max)
        var record = NameRecord()
        let answer = record.received(.addresses(one, seconds: 1), now: 1 << 60, times)
        #expect(answer.expires > 1 << 60 && answer.usableUntil > answer.expires)
        #expect(NameTimes(minimum: -1, maximum: -1, stale: -1) == NameTimes(minimum: 1_000_000, maximum: 0, stale: 0))
    }

    @Test func olderProtocolComesLast() {
        var record = NameRecord()
        let six = address("2001:db8::1")
        let answer = record.received(.addresses(one + [six], seconds: 5), now: 0, times)
        #expect(answer.addresses == [six] + one)
    }

    @Test func absenceEndsAddressesAtOnce() {
        var record = NameRecord()
        _ = record.received(.addresses(one, seconds: 10), now: 0, times)
        let answer = record.received(.absent(seconds: 1000), now: 10 * Self.second, times)
        #expect(answer.kind == .absent && answer.addresses.isEmpty)
        #expect(answer.expires == 110 * Self.second, "the most that any answer counts")
        let unsaid = record.received(.absent(seconds: nil), now: 0, times)
        #expect(unsaid.expires == 30 * Self.second)
        let long = record.received(.absent(seconds: .max), now: 0, NameTimes())
        #expect(long.expires == 300 * Self.second)
        // And a failure after it brings nothing back.
        let failed = record.received(.failed("x"), now: 1, times)
        #expect(failed.addresses.isEmpty)
    }

    @Test func failuresKeepOldAddressesForATime() {
        var record = NameRecord()
        _ = record.received(.addresses(one, seconds: 10), now: 0, times)
        var now = 10 * Self.second
        var pauses: [Int64] = []
        while now < 70 * Self.second {
            let answer = record.received(.failed("x"), now: now, times)
            #expect(answer.kind == .stale && answer.addresses == one)
            #expect(answer.expires <= answer.usableUntil && answer.expires > now)
            pauses.append((answer.expires - now) / Self.second)
            now = answer.expires
        }
        #expect(pauses == [1, 2, 4, 8, 16, 29], "doubled, and not beyond the time of the addresses")
        let over = record.received(.failed("x"), now: now, times)
        #expect(over.kind == .failed("x"))
        let back = record.received(.addresses(two, seconds: 10), now: now, times)
        #expect(back.kind == .fresh)
        let again = record.received(.failed("x"), now: now + 1, times)
        #expect(again.expires == now + 1 + Self.second, "from the start")
    }

    // MARK: One loop's view

    private func fresh(_ addresses: [IPAddress], _ expires: Int64) -> NameAnswer {
        NameAnswer(
            kind: .fresh, addresses: addresses, expires: expires * Self.second,
            usableUntil: (expires + 60) * Self.second)
    }

    @Test func theFirstUseWaitsAndOthersWithIt() {
        let name = Follower()
        #expect(name.take(now: 1) == (.wait(old: []), true))
        #expect(name.take(now: 2) == (.wait(old: []), false), "asked once")
        #expect(!name.answered(fresh(one, 10)), "the first addresses are no change")
        #expect(name.take(now: 3) == (.addresses(one), false))
    }

    @Test func aNameInUseIsAskedForAtItsEndAndNobodyWaits() {
        let name = Follower()
        _ = name.take(now: 1)
        _ = name.answered(fresh(one, 10))
        #expect(name.expired(now: 10 * Self.second, isConnected: false))
        #expect(name.take(now: 10 * Self.second) == (.addresses(one), false))
        #expect(!name.expired(now: 11 * Self.second, isConnected: true), "it is asked already")
        #expect(name.answered(fresh(two, 20)))
        #expect(name.take(now: 12 * Self.second) == (.addresses(two), false))
    }

    @Test func aNameThatNobodyUsesIsLeftAlone() {
        let name = Follower()
        _ = name.take(now: 0)
        _ = name.answered(fresh(one, 400))
        #expect(!name.expired(now: 400 * Self.second, isConnected: false))
        #expect(name.take(now: 401 * Self.second) == (.wait(old: one), true), "old ones serve when it takes too long")
        _ = name.answered(fresh(one, 500))
        #expect(!name.expired(now: 900 * Self.second, isConnected: false))
        #expect(name.expired(now: 901 * Self.second, isConnected: true), "connections keep the interest up")
        #expect(name.take(now: 901 * Self.second) == (.wait(old: []), false), "too old to be used")
    }

    @Test func aChangeIsSeenAcrossAnAbsence() {
        let name = Follower()
        _ = name.take(now: 0)
        #expect(!name.answered(fresh(one, 10)))
        let absent = NameAnswer(kind: .absent, addresses: [], expires: 20 * Self.second, usableUntil: 0)
        #expect(!name.answered(absent), "that there is no name moves nobody")
        #expect(name.take(now: 11 * Self.second) == (.nothing(.absent), false))
        #expect(!name.answered(fresh(one, 30)))
        #expect(!name.answered(absent))
        #expect(name.answered(fresh(two, 40)))
    }

    @Test func otherServersAreAskedAtOnce() {
        let name = Follower()
        _ = name.take(now: 0)
        _ = name.answered(fresh(one, 1000))
        name.forgetTime(now: 5)
        #expect(name.expired(now: 5, isConnected: false))
        #expect(name.take(now: 6) == (.addresses(one), false))
    }
}

/// A name of one loop, by reference.
private final class Follower {
    private var name = FollowedName()

    func take(now: Int64) -> (taking: FollowedName.Taking, asks: Bool) { name.take(now: now) }

    func answered(_ answer: NameAnswer) -> Bool { name.answered(answer) }

    func expired(now: Int64, isConnected: Bool) -> Bool { name.expired(now: now, isConnected: isConnected) }

    func forgetTime(now: Int64) { name.forgetTime(now: now) }
}

private func == (a: (taking: FollowedName.Taking, asks: Bool), b: (FollowedName.Taking, Bool)) -> Bool {
    a.taking == b.0 && a.asks == b.1
}

import NIOCore
import NIOPosix
import RouteGraph
import Testing

@testable import Proxy

@Suite struct WorkerPartsTests {
    final class Alarm: Timed {
        var reached: [Int64] = []
        var next: (() -> Void)?
        override func deadlineReached(_ now: Int64) {
            reached.append(now)
            next?()
        }
    }

    /// Runs on a loop of its own, as wheels do.
    private static func onLoop(_ body: @escaping @Sendable (any EventLoop) -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        try await loop.submit { body(loop) }.get()
        try await group.shutdownGracefully()
    }

    private static let second: Int64 = 1_000_000_000

    @Test func deadlinesAreMetInTime() async throws {
        try await Self.onLoop { loop in
            let start: Int64 = 1000 * Self.second
            let wheel = TimerWheel(loop: loop, now: start)
            let alarms = (0..<100).map { _ in Alarm() }
            for (i, alarm) in alarms.enumerated() { wheel.set(alarm, to: start + Int64(i) * Self.second / 2) }
            var now = start
            while now < start + 60 * Self.second {
                now += 7_000_000
                wheel.advance(to: now)
            }
            for (i, alarm) in alarms.enumerated() {
                #expect(alarm.reached.count == 1)
                let late = (alarm.reached.first ?? 0) - start - Int64(i) * Self.second / 2
                #expect(late >= 0 && late <= 2 * TimerWheel.tick)
            }
        }
    }

    @Test func movedAndClearedDeadlines() async throws {
        try await Self.onLoop { loop in
            let start: Int64 = 1000 * Self.second
            let wheel = TimerWheel(loop: loop, now: start)
            let later = Alarm()
            let earlier = Alarm()
            let cleared = Alarm()
            let removed = Alarm()
            wheel.set(later, to: start + Self.second)
            wheel.set(later, to: start + 5 * Self.second)
            wheel.set(earlier, to: start + 5 * Self.second)
            wheel.set(earlier, to: start + Self.second)
            wheel.set(cleared, to: start + Self.second)
            wheel.set(cleared, to: .max)
            wheel.set(removed, to: start + Self.second)
            wheel.remove(removed)
            wheel.advance(to: start + 2 * Self.second)
            #expect(later.reached.isEmpty)
            #expect(earlier.reached.count == 1)
            wheel.set(cleared, to: start + 3 * Self.second)
            wheel.advance(to: start + 6 * Self.second)
            #expect(later.reached.count == 1)
            #expect(cleared.reached.count == 1)
            #expect(removed.reached.isEmpty)
        }
    }

    @Test func deadlinesMayChangeOthers() async throws {
        try await Self.onLoop { loop in
            let start: Int64 = 1000 * Self.second
            let wheel = TimerWheel(loop: loop, now: start)
            let first = Alarm()
            let second = Alarm()
            first.next = { wheel.remove(second) }
            wheel.set(first, to: start + Self.second)
            wheel.set(second, to: start + Self.second)
            wheel.advance(to: start + 2 * Self.second)
            #expect(first.reached.count == 1)
            #expect(second.reached.isEmpty)
        }
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func sha256(_ text: String, _ digest: String) {
        let hex = SHA256.digest(Array(text.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
        #expect(hex == digest)
    }

    @Test func latencyBucketsAgreeWithTheirBounds() {
        for (i, bound) in ProxyMetrics.latencyBounds.enumerated() {
            #expect(ProxyMetrics.bucket(of: bound) == i)
            #expect(ProxyMetrics.bucket(of: bound + 1) == i + 1)
        }
        #expect(ProxyMetrics.bucketCount == ProxyMetrics.latencyBounds.count + 1)
    }
}

import NIOCore
import RouteGraph

/// Stops a loop's listeners from accepting while there are as many connections as there may be, and lets them go on when some have
/// ended. New clients then wait in the kernel's queue instead of being cut off.
final class AcceptGate: Timed {
    /// Whose listeners these are. Connections end on other loops too, so while it is shut it looks again at each tick.
    weak var worker: Worker?
    private var paused: [any Channel] = []
    /// How often a listener was stopped.
    private(set) var pauses: UInt64 = 0

    var isOpen: Bool { paused.isEmpty }

    var gauges: AcceptGauges {
        var gauges = AcceptGauges()
        gauges.pauses = pauses
        gauges.paused = isOpen ? 0 : 1
        return gauges
    }

    func pause(_ listener: any Channel) {
        guard !paused.contains(where: { $0 === listener }) else { return }
        paused.append(listener)
        pauses &+= 1
        watch()
        try? listener.syncOptions?.setOption(ChannelOptions.autoRead, value: false)
    }

    private func watch() {
        guard let worker, worker.loopCount > 1, !isOpen else { return }
        worker.wheel.set(self, to: Clock.coarse() &+ TimerWheel.tick)
    }

    override func deadlineReached(_ now: Int64) {
        worker?.resumeAccepting()
        watch()
    }

    func resume() {
        let channels = paused
        paused.removeAll()
        for channel in channels where channel.isActive {
            try? channel.syncOptions?.setOption(ChannelOptions.autoRead, value: true)
        }
    }

    /// Where it opens again: not at the first connection that ends, so that it does not go to and fro with each.
    static func lowMark(of limit: Int) -> Int { max(0, limit - max(1, limit / 16)) }
}

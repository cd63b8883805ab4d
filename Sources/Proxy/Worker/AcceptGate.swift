import NIOCore

/// Stops a loop's listeners from accepting while it has as many connections as it may have, and lets them go on when some have ended.
/// New clients then wait in the kernel's queue instead of being cut off.
final class AcceptGate {
    private var paused: [any Channel] = []
    /// How often a listener was stopped.
    private(set) var pauses: UInt64 = 0

    var isOpen: Bool { paused.isEmpty }

    func pause(_ listener: any Channel) {
        guard !paused.contains(where: { $0 === listener }) else { return }
        paused.append(listener)
        pauses &+= 1
        try? listener.syncOptions?.setOption(ChannelOptions.autoRead, value: false)
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

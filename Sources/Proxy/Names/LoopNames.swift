import DNS
import NIOCore
import RouteGraph

/// The names that one loop's pools use.
final class LoopNames {
    let loop: any EventLoop
    let wheel: TimerWheel
    let directory: NameDirectory
    let life: LoopLife
    private var names: [String: LoopName] = [:]
    private(set) var isStopped = false
    /// Where the next connection to one of several addresses begins.
    private var turn = 0

    init(loop: any EventLoop, life: LoopLife, wheel: TimerWheel, directory: NameDirectory) {
        self.loop = loop
        self.wheel = wheel
        self.directory = directory
        self.life = life
    }

    /// A name as the loop follows it. It is kept as long as a pool uses it.
    func name(_ host: String) -> LoopName {
        let host = host.lowercased()
        if let known = names[host] { return known }
        let made = LoopName(host, in: self)
        names[host] = made
        return made
    }

    func forget(_ name: LoopName) {
        if names[name.host] === name { names[name.host] = nil }
    }

    /// Others are asked from now on.
    func settingsChanged() {
        for name in names.values { name.settingsChanged() }
    }

    func stop() {
        isStopped = true
        for name in names.values { name.stop() }
    }

    /// The addresses with another one first each time, in either family.
    func rotated(_ addresses: [IPAddress]) -> [IPAddress] {
        guard addresses.count > 1 else { return addresses }
        turn = (turn &+ 1) & 0xFFFF
        let boundary = addresses.firstIndex { !$0.isIPv6 } ?? addresses.count
        return rotated(addresses[..<boundary]) + rotated(addresses[boundary...])
    }

    private func rotated(_ part: ArraySlice<IPAddress>) -> [IPAddress] {
        guard part.count > 1 else { return Array(part) }
        let middle = part.startIndex + turn % part.count
        return Array(part[middle...] + part[..<middle])
    }
}

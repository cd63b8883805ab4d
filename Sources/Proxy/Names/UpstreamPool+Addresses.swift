import DNS
import NIOCore

/// What becomes of a pool's connections when its host is somewhere else. New ones go to the new addresses by themselves.
extension UpstreamPool {
    /// Connections to addresses that are gone end: those that are not in use now, the others after their call, and those by HTTP/2
    /// after the last of theirs.
    func addressesChanged() {
        addressEpoch &+= 1
        let leaving = idle.filter(isElsewhere)
        guard !leaving.isEmpty || !multiplexed.isEmpty else { return }
        idle.removeAll { connection in leaving.contains { $0 === connection } }
        for connection in leaving { connection.close() }
        for connection in multiplexed where isGone(connection.remoteAddress) {
            worker.metrics.partnerMoves &+= 1
            connection.leave()
        }
    }

    /// Whether a connection leads to an address that is gone. It is looked at once after each change.
    func isElsewhere(_ connection: UpstreamConnection) -> Bool {
        guard connection.addressEpoch != addressEpoch else { return false }
        guard isGone(connection.remoteAddress) else {
            connection.addressEpoch = addressEpoch
            return false
        }
        worker.metrics.partnerMoves &+= 1
        return true
    }

    /// Whether the host has other addresses now than the one that a connection leads to.
    func isGone(_ address: SocketAddress?) -> Bool {
        guard let name = dialer.name, let address = address.flatMap(IPAddress.init) else { return false }
        let known = name.addresses
        return !known.isEmpty && !known.contains(address)
    }
}

import NIOCore

/// Names that mean this machine, whatever DNS or a hosts file says (RFC 6761, section 6.3).
enum LoopbackName {
    /// `localhost` and everything below it, with or without the root's dot.
    static func contains(_ host: String) -> Bool {
        var name = Array(host.lowercased().utf8)
        if name.last == 0x2E { name.removeLast() }
        let local = Array("localhost".utf8)
        guard name.count > local.count else { return name == local }
        return name.suffix(local.count) == local[...] && name[name.count - local.count - 1] == 0x2E
            && name.first != 0x2E
    }

    /// The older protocol's first, where nobody asks for an order.
    static func addresses(port: Int) -> [SocketAddress] {
        ["127.0.0.1", "::1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
    }
}

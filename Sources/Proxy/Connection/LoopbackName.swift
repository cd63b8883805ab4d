import NIOCore
import NIOPosix

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

    static func addresses(port: Int) -> [SocketAddress] {
        ["127.0.0.1", "::1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
    }
}

/// Answers every question with the addresses of this machine, the older protocol's first.
final class LoopbackResolver: Resolver, Sendable {
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(LoopbackName.addresses(port: port))
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture([])
    }

    func cancelQueries() {}
}

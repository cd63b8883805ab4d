import DNS
import NIOCore
import NIOPosix

/// Answers a connection's questions with addresses that are known already. Which is tried when is up to NIO (RFC 8305): those of IPv6
/// first, then one of either family in turn, the next one a quarter of a second after the last.
final class KnownAddresses: Resolver, Sendable {
    private let loop: any EventLoop
    private let four: [SocketAddress]
    private let six: [SocketAddress]

    init(_ addresses: [SocketAddress], loop: any EventLoop) {
        self.loop = loop
        four = addresses.filter { $0.protocol == .inet }
        six = addresses.filter { $0.protocol == .inet6 }
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(four)
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(six)
    }

    func cancelQueries() {}
}

extension IPAddress {
    func socketAddress(port: Int) -> SocketAddress? {
        try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: port)
    }

    /// nil for what is no address of the Internet.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }
}

import DNS
import NIOCore
import NIOPosix
import RouteGraph

/// Where the connections of a pool go: to the partner's address, to this machine when the name means it, or to the proxy before
/// the partner.
struct Dialer {
    private let host: String
    private let port: Int
    private let timeout: Int64
    /// Known without asking anybody; empty where there is a name.
    private let addresses: [SocketAddress]
    /// What is looked up.
    let name: LoopName?

    init(_ plan: UpstreamPlan, names: LoopNames) {
        let host = plan.proxy?.host ?? plan.host
        let port = plan.proxy?.port ?? plan.port
        (self.host, self.port, timeout) = (host, port, plan.connectTimeout)
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            (addresses, name) = ([address], nil)
        } else if LoopbackName.contains(host) {
            (addresses, name) = (LoopbackName.addresses(port: port), nil)
        } else {
            (addresses, name) = ([], names.name(host))
        }
    }

    /// Several addresses are tried one after the other, the first that answers is taken.
    func connect(_ bootstrap: ClientBootstrap, on loop: any EventLoop) -> EventLoopFuture<any Channel> {
        guard let name else { return connect(bootstrap, to: addresses, on: loop) }
        let began = Clock.monotonic()
        let bound = NIOLoopBound((self, bootstrap), eventLoop: loop)
        return name.take(within: timeout).flatMap { found in
            let (dialer, bootstrap) = bound.value
            // The time to connect is the time for both.
            let rest = max(1_000_000, dialer.timeout - (Clock.monotonic() - began))
            return dialer.connect(
                bootstrap.connectTimeout(.nanoseconds(rest)),
                to: found.compactMap { $0.socketAddress(port: dialer.port) },
                on: loop)
        }
    }

    private func connect(
        _ bootstrap: ClientBootstrap, to addresses: [SocketAddress], on loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        if addresses.count == 1 { return bootstrap.connect(to: addresses[0]) }
        return bootstrap.resolver(KnownAddresses(addresses, loop: loop)).connect(host: host, port: port)
    }

    /// What to try, without the steps of opening several at once.
    func addresses(on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        guard let name else { return loop.makeSucceededFuture(addresses) }
        let port = port
        return name.take(within: timeout).map { $0.compactMap { $0.socketAddress(port: port) } }
    }
}

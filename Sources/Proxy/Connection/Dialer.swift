import NIOCore
import NIOPosix
import RouteGraph

/// Where the connections of a pool go: to the partner's address, to this machine when the name means it, or to the proxy before
/// the partner.
struct Dialer {
    private let host: String
    private let port: Int
    private let address: SocketAddress?
    private let isLoopback: Bool

    init(_ plan: UpstreamPlan) {
        host = plan.proxy?.host ?? plan.host
        port = plan.proxy?.port ?? plan.port
        address = try? SocketAddress(ipAddress: host, port: port)
        isLoopback = LoopbackName.contains(host)
    }

    /// Several addresses are tried one after the other, the first that answers is taken.
    func connect(_ bootstrap: ClientBootstrap, on loop: any EventLoop) -> EventLoopFuture<any Channel> {
        if let address { return bootstrap.connect(to: address) }
        let tried = isLoopback ? bootstrap.resolver(LoopbackResolver(loop: loop)) : bootstrap
        return tried.connect(host: host, port: port)
    }

    /// What to try, without the steps of opening several at once. Looked up on a thread of the resolver's, not on the loop.
    func addresses(on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if let address { return loop.makeSucceededFuture([address]) }
        if isLoopback { return loop.makeSucceededFuture(LoopbackName.addresses(port: port)) }
        let (host, port) = (host, port)
        return NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
            [try SocketAddress.makeAddressResolvingHost(host, port: port)]
        }
    }
}

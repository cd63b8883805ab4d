import NIOCore
import NIOSSL
import RouteGraph

/// A proxy that does not let us through, and what it said.
struct TunnelRefused: Error, CustomStringConvertible {
    var description: String
}

/// The proxy has made the connection to the partner; what follows is between the partner and us.
struct TunnelEstablished {}

/// Asks a proxy for a tunnel (`CONNECT`, RFC 9110, section 9.3.6) before anything else is said on a connection, then puts TLS with
/// the partner in its own place. What it reads is bounded; how long it may take is its connection's business.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headLimits = HeadLimits(bytes: 16 * 1024, startLine: 4 * 1024, fields: MessageHead.maximumFields)
    private static let interimLimit = 8

    private let plan: UpstreamPlan
    private let proxy: ForwardProxy
    private let makeTLS: () throws -> NIOSSLClientHandler
    private var parser = HeadParser()
    private let head = MessageHead()
    private var input = ByteBuffer()
    private var interims = 0
    private var hasAsked = false
    private var isOver = false

    init(_ plan: UpstreamPlan, _ proxy: ForwardProxy, tls: @escaping () throws -> NIOSSLClientHandler) {
        self.plan = plan
        self.proxy = proxy
        makeTLS = tls
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard !hasAsked else { return }
        hasAsked = true
        var request = context.channel.allocator.buffer(capacity: 256)
        request.writeString("CONNECT \(plan.authority) HTTP/1.1\r\nHost: \(plan.authority)\r\n")
        ForwardedRequest.writeAuthorization(proxy, &request)
        request.writeStaticString("\r\n")
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        while !isOver {
            let result = input.withUnsafeReadableBytes { bytes -> HeadParser.Result in
                guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
                if !parser.hasBegun { head.reset() }
                return parser.parse(base, bytes.count, .response(toHead: true), limits: Self.headLimits, into: head)
            }
            switch result {
            case .needMore: return
            case .refused(let error): refuse(context, "its answer cannot be read: \(error.reason)")
            case .complete(let consumed):
                input.moveReaderIndex(forwardBy: consumed)
                parser = HeadParser()
                switch head.status {
                case 100..<200:
                    interims += 1
                    if interims > Self.interimLimit { refuse(context, "its interim answers do not end") }
                case 200..<300: establish(context)
                case 407: refuse(context, "it asks for other credentials (407)")
                case let status: refuse(context, "it answers with \(status)")
                }
            }
        }
    }

    private func establish(_ context: ChannelHandlerContext) {
        // Nobody has spoken to the partner yet, so these bytes are not the partner's.
        guard input.readableBytes == 0 else { return refuse(context, "it says more than that there is a tunnel") }
        isOver = true
        do {
            let pipeline = context.pipeline.syncOperations
            context.fireUserInboundEventTriggered(TunnelEstablished())
            try pipeline.addHandler(makeTLS(), position: .after(self))
            context.fireChannelActive()
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.fireErrorCaught(error)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ reason: String) {
        isOver = true
        context.fireErrorCaught(
            TunnelRefused(description: "the proxy \(proxy.host):\(proxy.port) lets nothing through: \(reason)"))
    }
}

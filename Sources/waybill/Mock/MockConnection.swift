import Documents
import NIOCore
import NIOHTTP2
import NIOSSL
import SwiftASN1
import X509

/// A connection of HTTP/2 to the mock partner: what its streams share, and what goes past HTTP/2.
final class MockConnection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let state: MockState
    private var context: ChannelHandlerContext?
    let document = Document()
    /// Counts the connections from 1.
    private(set) var number = 0
    private var subject: String?

    init(_ state: MockState) { self.state = state }

    /// Makes a channel one of HTTP/2.
    static func install(on channel: any Channel, _ state: MockState) throws {
        let connection = MockConnection(state)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.contentLengthValidation = .disabled
        configuration.maximumRecentlyResetStreams = 10_000
        var streams = NIOHTTP2Handler.StreamConfiguration()
        // Clients that change their minds are what it is there for.
        streams.streamResetFrameRateLimit.maximumCount = 1_000_000
        streams.streamErrorRateLimit.maximumCount = 1_000_000
        let pipeline = channel.pipeline.syncOperations
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: configuration,
            streamConfiguration: streams
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(MockStream(bound.value.state, bound.value))
            }
        }
        try pipeline.addHandler(connection)
        try pipeline.addHandler(handler, position: .before(connection))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        number = state.connected(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        state.disconnected(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamClosed || error is NIOHTTP2Errors.NoSuchStream { return }
        state.failed(error)
        context.close(promise: nil)
    }

    /// The client certificate's subject, over mTLS.
    var clientSubject: String? {
        if subject == nil, let channel = context?.channel { subject = Self.clientSubject(of: channel) }
        return subject
    }

    static func clientSubject(of channel: any Channel) -> String? {
        let peer = try? channel.pipeline.syncOperations.nioSSL_peerCertificate()
        guard let der = try? peer?.toDERBytes(), let certificate = try? Certificate(derEncoded: der) else { return nil }
        return String(describing: certificate.subject)
    }

    // MARK: Below HTTP/2

    /// Writes bytes that are no frames, or such as nobody should send.
    func writeBelow(_ bytes: ByteBuffer, closes: Bool) {
        guard let below = frames else { return }
        below.writeAndFlush(NIOAny(bytes), promise: nil)
        if closes { context?.close(promise: nil) }
    }

    /// The same bytes again and again, until the other side has had enough.
    func repeatBelow(_ bytes: ByteBuffer) {
        guard let below = frames else { return }
        below.writeAndFlush(NIOAny(bytes)).assumeIsolated().whenComplete { result in
            guard case .success = result, let context = self.context else { return }
            context.eventLoop.assumeIsolated().scheduleTask(in: MockFlood.pause) { self.repeatBelow(bytes) }
        }
    }

    /// A fatal alert of TLS in the place of whatever is due.
    func alert() {
        if let channel = context?.channel { MockEnd.alert(channel) }
    }

    private var frames: ChannelHandlerContext? {
        try? context?.pipeline.syncOperations.context(handlerType: NIOHTTP2Handler.self)
    }
}

import NIOCore

/// Tells HTTP/2 from HTTP/1.1 on a plain listener by the first bytes of a connection (RFC 9113, section 3.4). Stands before the
/// connection of HTTP/1.1 that a client has until it is known to speak otherwise, and whose deadline for the first head counts meanwhile.
final class ServerPreface: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    static let bytes: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    private let client: ClientConnection
    private var begun: ByteBuffer?

    init(before client: ClientConnection) {
        self.client = client
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var earlier = begun {
            earlier.writeBuffer(&bytes)
            bytes = earlier
        }
        switch Self.compare(bytes) {
        case .mayBecome:
            begun = bytes
            return
        case .is:
            do {
                try ServerConnection.install(
                    on: context.channel, worker: client.worker, isSecure: client.isSecure, replacing: client)
            } catch {
                return context.close(promise: nil)
            }
        case .isNot: break
        }
        begun = nil
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private enum Verdict { case `is`, isNot, mayBecome }

    private static func compare(_ bytes: ByteBuffer) -> Verdict {
        bytes.withUnsafeReadableBytes { raw in
            let count = min(raw.count, Self.bytes.utf8CodeUnitCount)
            for i in 0..<count where raw[i] != Self.bytes.utf8Start[i] { return .isNot }
            return count == Self.bytes.utf8CodeUnitCount ? .is : .mayBecome
        }
    }
}

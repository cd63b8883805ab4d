import Glibc
import NIOCore
import NIOSSL

/// The ways in which the mock partner ends a connection that no well-behaved server ends one in.
enum MockEnd {
    /// Lets the kernel send RST: nothing lingers, and TLS does not get to say good-bye.
    static func reset(_ channel: any Channel) {
        if let socket = channel as? any SocketOptionProvider {
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        guard let secure = secure(channel) else { return channel.close(promise: nil) }
        secure.close(promise: nil)
    }

    /// A record that says "internal error" in plain, where an encrypted one is due: the other side's TLS ends.
    static func alert(_ channel: any Channel) {
        guard let below = secure(channel) else { return reset(channel) }
        let record = ByteBuffer(bytes: [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50])
        let bound = NIOLoopBound(below, eventLoop: channel.eventLoop)
        below.writeAndFlush(NIOAny(record)).assumeIsolated().whenComplete { _ in bound.value.close(promise: nil) }
    }

    private static func secure(_ channel: any Channel) -> ChannelHandlerContext? {
        try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
    }
}

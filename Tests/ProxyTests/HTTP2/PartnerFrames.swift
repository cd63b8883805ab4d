import NIOCore
import NIOPosix
import Synchronization

/// Frames of HTTP/2 as bytes (RFC 9113, section 4.1), also such as no partner should send.
enum Frames {
    static func frame(_ type: UInt8, _ flags: UInt8 = 0, _ stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        var out = Array(bigEndian(UInt32(payload.count)).dropFirst())
        out.append(type)
        out.append(flags)
        out += bigEndian(stream)
        out += payload
        return out
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    static func settings(_ values: (UInt16, UInt32)...) -> [UInt8] {
        var payload: [UInt8] = []
        for (id, value) in values {
            payload.append(UInt8(id >> 8))
            payload.append(UInt8(id & 255))
            payload += bigEndian(value)
        }
        return frame(4, 0, 0, payload)
    }

    /// A block of literal fields, without Huffman coding and without the tables (RFC 7541, section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        var out: [UInt8] = []
        for (name, value) in fields {
            out.append(0)
            out += text(Array(name.utf8))
            out += text(Array(value.utf8))
        }
        return out
    }

    static func text(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var out: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            out.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return out + [UInt8(rest)] + bytes
    }

    static func headers(_ fields: [(String, String)], end: Bool = false, _ stream: UInt32 = 1) -> [UInt8] {
        frame(1, end ? 5 : 4, stream, block(fields))
    }

    static func data(_ text: String, end: Bool = false, _ stream: UInt32 = 1) -> [UInt8] {
        frame(0, end ? 1 : 0, stream, Array(text.utf8))
    }
}

/// A partner that says given bytes: some at once, some when a request is whole.
final class FramePartner: Sendable {
    struct Reply: Sendable {
        var bytes: [UInt8]
        var closes = false
    }

    typealias Script = @Sendable (_ stream: UInt32, _ connection: Int) -> Reply

    let port: Int
    private let seen: Counts
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    final class Counts: Sendable {
        let connections = Mutex(0)
        let closed = Mutex(0)
        let requests = Mutex(0)
    }

    init(
        greeting: [UInt8] = Frames.settings(), acknowledges: Bool = true, _ script: @escaping Script
    ) async throws {
        let seen = Counts()
        self.seen = seen
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = seen.connections.withLock {
                        $0 += 1
                        return $0 - 1
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(greeting, acknowledges, number, seen, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var connections: Int { seen.connections.withLock { $0 } }
    var closed: Int { seen.closed.withLock { $0 } }
    var requests: Int { seen.requests.withLock { $0 } }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let greeting: [UInt8]
        private let acknowledges: Bool
        private let number: Int
        private let seen: Counts
        private let script: Script
        private var input: [UInt8] = []
        private var isPrefaceRead = false

        init(
            _ greeting: [UInt8], _ acknowledges: Bool, _ number: Int, _ seen: Counts, _ script: @escaping Script
        ) {
            self.greeting = greeting
            self.acknowledges = acknowledges
            self.number = number
            self.seen = seen
            self.script = script
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            input += unwrapInboundIn(data).readableBytesView
            if !isPrefaceRead {
                guard input.count >= 24 else { return }
                input.removeFirst(24)
                isPrefaceRead = true
            }
            while input.count >= 9 {
                let count = Int(input[0]) << 16 | Int(input[1]) << 8 | Int(input[2])
                guard input.count >= 9 + count else { return }
                let (type, flags) = (input[3], input[4])
                let stream = input[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                input.removeFirst(9 + count)
                // Settings are acknowledged; a request is whole with END_STREAM.
                if type == 4, flags & 1 == 0, acknowledges { say(context, Frames.frame(4, 1)) }
                guard type == 0 || type == 1, flags & 1 == 1 else { continue }
                seen.requests.withLock { $0 += 1 }
                let reply = script(stream, number)
                say(context, reply.bytes)
                if reply.closes { context.close(promise: nil) }
            }
        }

        private func say(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { seen.closed.withLock { $0 += 1 } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

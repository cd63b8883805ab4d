import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A partner that does what a test tells it: it gathers what a connection sends, and asks a script what to do about it.
final class ScriptedPartner: Sendable {
    indirect enum Reply: Sendable {
        /// The request is not whole yet, or is never answered.
        case wait
        case send(String)
        case sendAndClose(String)
        /// Pieces with a pause of 20 ms between them.
        case pieces([String])
        case close
        /// Bytes as they are, in one write or one write for each.
        case bytes([UInt8], oneByOne: Bool, close: Bool)
        /// The same, then a reset.
        case reset([UInt8])
        /// Bytes of this many, after a head.
        case flood(head: String, count: Int)
        /// A head, then the piece again and again, every 20 ms, as long as there is a connection.
        case drip(head: String, piece: String)
        /// The text, and the other reply when the gate opens.
        case held(after: String = "", Gate, then: Reply)
    }

    /// `text`: what has come since the last answer; `connection`, `request`: counted from 0.
    typealias Script = @Sendable (_ text: String, _ connection: Int, _ request: Int) -> Reply

    struct Seen: Sendable {
        var requests: [String] = []
        var connections = 0
        var closed = 0
    }

    let port: Int
    let seen: SharedSeen
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    final class SharedSeen: Sendable {
        let value = Mutex(Seen())
    }

    init(host: String = "127.0.0.1", port: Int = 0, _ script: @escaping Script) async throws {
        let seen = SharedSeen()
        self.seen = seen
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = seen.value.withLock {
                        $0.connections += 1
                        return $0.connections - 1
                    }
                    try channel.pipeline.syncOperations.addHandler(PartnerHandler(script, number, seen))
                }
            }
            .bind(host: host, port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    var requests: [String] { seen.value.withLock { $0.requests } }
    var connections: Int { seen.value.withLock { $0.connections } }
    var closed: Int { seen.value.withLock { $0.closed } }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    /// Whether the text is a whole request: its head, and the body that the head announces.
    static func isWhole(_ text: String) -> Bool {
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return false }
        let head = text[..<end.lowerBound].lowercased()
        let body = text.utf8.distance(from: end.upperBound, to: text.utf8.endIndex)
        if head.contains("transfer-encoding: chunked") {
            return text.hasSuffix("\r\n\r\n") && text.contains("\r\n0\r\n")
        }
        guard let field = head.range(of: "content-length: ") else { return true }
        return body >= Int(head[field.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// Answers every whole request with the same.
    static func always(_ answer: String) -> Script {
        { text, _, _ in isWhole(text) ? .send(answer) : .wait }
    }
}

extension Collection where Element: Equatable {
    func firstRange(of other: some Collection<Element>) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension String {
    func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

private final class PartnerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: ScriptedPartner.Script
    private let number: Int
    private let seen: ScriptedPartner.SharedSeen
    private var text = ""
    private var count = 0

    init(_ script: @escaping ScriptedPartner.Script, _ number: Int, _ seen: ScriptedPartner.SharedSeen) {
        self.script = script
        self.number = number
        self.seen = seen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        let reply = script(text, number, count)
        if case .wait = reply { return }
        let whole = text
        seen.value.withLock { $0.requests.append(whole) }
        text = ""
        count += 1
        act(reply, context)
    }

    private func act(_ reply: ScriptedPartner.Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .wait: break
        case .send(let answer): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        case .sendAndClose(let answer):
            let channel = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
                channel.value.close(promise: nil)
            }
        case .pieces(let pieces):
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            for (i, piece) in pieces.enumerated() {
                context.eventLoop.scheduleTask(in: .milliseconds(Int64(i) * 20)) {
                    bound.value.writeAndFlush(NIOAny(ByteBuffer(string: piece)), promise: nil)
                }
            }
        case .bytes(let bytes, let oneByOne, let close):
            for start in stride(from: 0, to: bytes.count, by: oneByOne ? 1 : max(1, bytes.count)) {
                let part = oneByOne ? bytes[start..<start + 1] : bytes[...]
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: part)), promise: nil)
            }
            if close { context.close(promise: nil) }
        case .reset(let bytes):
            if !bytes.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil) }
            if let provider = context.channel as? any SocketOptionProvider {
                _ = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            context.close(promise: nil)
        case .close: context.close(promise: nil)
        case .flood(let head, let count):
            context.write(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: 0x78, count: count)), promise: nil)
        case .drip(let head, let piece):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let pause = TimeAmount.milliseconds(20)
            context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { task in
                let context = bound.value
                guard context.channel.isActive else { return task.cancel() }
                context.writeAndFlush(NIOAny(ByteBuffer(string: piece)), promise: nil)
            }
        case .held(let first, let gate, let then):
            if !first.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: first)), promise: nil) }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            gate.whenOpen {
                loop.execute {
                    let (handler, context) = bound.value
                    if context.channel.isActive { handler.act(then, context) }
                }
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        seen.value.withLock { $0.closed += 1 }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

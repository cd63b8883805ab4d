import NIOCore
import NIOPosix
import Synchronization

/// A DNS server, by UDP and by TCP at one port, that knows one zone: every name has the same answer, and a test changes it.
final class TestNameServer: Sendable {
    struct Zone: Sendable {
        var four: [[UInt8]] = [[127, 0, 0, 1]]
        var six: [[UInt8]] = []
        var seconds: UInt32 = 0
        /// No error, server failure (2), no such name (3).
        var code: UInt16 = 0
        var isSilent = false
        /// Sends wrong answers ahead of the right one.
        var isSpoofed = false
        /// UDP answers say that they are cut off.
        var needsTCP = false
    }

    final class State: Sendable {
        let zone = Mutex(Zone())
        /// Questions by UDP and by TCP.
        let asked = Mutex((udp: 0, tcp: 0))
        let identifiers = Mutex<Set<UInt16>>([])
    }

    let port: Int
    let state = State()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channels: [any Channel]

    init(_ configure: (inout Zone) -> Void = { _ in }) async throws {
        state.zone.withLock { configure(&$0) }
        let state = state
        // The port that UDP gets has to be free for TCP too.
        var bound: [any Channel] = []
        for _ in 0..<20 where bound.isEmpty {
            let udp = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramAnswers(state))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let tcp = try? await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StreamAnswers(state))
                    }
                }
                .bind(host: "127.0.0.1", port: udp.localAddress?.port ?? 0).get()
            if let tcp { bound = [udp, tcp] } else { try await udp.close() }
        }
        channels = bound
        port = bound.first?.localAddress?.port ?? 0
    }

    func change(_ change: (inout Zone) -> Void) { state.zone.withLock { change(&$0) } }

    var asked: (udp: Int, tcp: Int) { state.asked.withLock { $0 } }

    func stop() async {
        for channel in channels { try? await channel.close() }
        try? await group.shutdownGracefully()
    }

    /// The answers to a question, in the order in which they are sent.
    static func answers(_ question: [UInt8], _ zone: Zone, byTCP: Bool) -> [[UInt8]] {
        guard question.count > 16, !zone.isSilent else { return [] }
        var end = 12
        while end < question.count, question[end] != 0 { end += Int(question[end]) + 1 }
        guard end + 5 <= question.count else { return [] }
        let type = question[end + 2]
        let data = zone.code != 0 ? [] : type == 1 ? zone.four : type == 28 ? zone.six : []
        func answer(_ data: [[UInt8]], flags: UInt16) -> [UInt8] {
            var message = Array(question[0..<2])
            for number in [flags, 1, UInt16(data.count), 0, 0] {
                message += [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
            message += question[12..<(end + 5)]
            for bytes in data {
                message += [0xC0, 12, 0, type, 0, 1]
                message += (0..<4).map { UInt8(truncatingIfNeeded: zone.seconds >> UInt32(24 - $0 * 8)) }
                message += [0, UInt8(bytes.count)] + bytes
            }
            return message
        }
        if zone.needsTCP, !byTCP { return [answer([], flags: 0x8380)] }
        let right = answer(data, flags: 0x8180 | zone.code)
        guard zone.isSpoofed else { return [right] }
        let elsewhere = answer(type == 1 ? [[127, 0, 0, 9]] : [], flags: 0x8180)
        var otherNumber = elsewhere
        otherNumber[1] ^= 0xFF
        var otherName = elsewhere
        otherName[13] ^= 0x03
        return [otherNumber, otherName, right]
    }
}

private final class DatagramAnswers: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let state: TestNameServer.State

    init(_ state: TestNameServer.State) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let question = Array(envelope.data.readableBytesView)
        state.asked.withLock { $0.udp += 1 }
        if question.count > 2 {
            state.identifiers.withLock { _ = $0.insert(UInt16(question[0]) << 8 | UInt16(question[1])) }
        }
        for answer in TestNameServer.answers(question, state.zone.withLock { $0 }, byTCP: false) {
            let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer))
            context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
        }
    }
}

private final class StreamAnswers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: TestNameServer.State
    private var input: [UInt8] = []

    init(_ state: TestNameServer.State) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input += unwrapInboundIn(data).readableBytesView
        while input.count >= 2 {
            let length = Int(input[0]) << 8 | Int(input[1])
            guard input.count >= 2 + length else { return }
            let question = Array(input[2..<(2 + length)])
            input.removeFirst(2 + length)
            state.asked.withLock { $0.tcp += 1 }
            for answer in TestNameServer.answers(question, state.zone.withLock { $0 }, byTCP: true) {
                let framed = [UInt8(answer.count >> 8), UInt8(answer.count & 0xFF)] + answer
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: framed)), promise: nil)
            }
        }
    }
}

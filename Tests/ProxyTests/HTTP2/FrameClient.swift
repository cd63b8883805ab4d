import NIOCore
import NIOHPACK
import Proxy
import RouteGraph

/// A client of HTTP/2 that sends exactly the frames it is told to, over a real socket. It blocks, so it is used inside `onThread`,
/// by one thread at a time.
final class FrameClient: @unchecked Sendable {
    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, push, ping, goAway, window, continuation
    }

    /// What came on one stream.
    struct Answer {
        /// Interim answers.
        var interim: [[String: String]] = []
        var fields: [String: String] = [:]
        var body: [UInt8] = []
        var trailers: [String: String] = [:]
        var hasEnded = false
        var resetCode: UInt32?

        var status: String { fields[":status"] ?? "" }
        var text: String { String(decoding: body, as: UTF8.self) }
        var isOver: Bool { hasEnded || resetCode != nil }
    }

    struct GoAway: Equatable {
        var last: UInt32
        var code: UInt32
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    let raw: RawClient
    private var bytes: [UInt8] = []
    private var decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(), maxDynamicTableSize: 4096, maxHeaderListSize: 1 << 20)
    private(set) var answers: [UInt32: Answer] = [:]
    private(set) var goAway: GoAway?
    private(set) var settings: [UInt16: UInt32] = [:]
    private(set) var pongs = 0
    private(set) var isClosed = false
    /// Whether the window is opened again for what has come.
    var opensWindow = true
    private var connectionWindow = 65_535
    private var streamWindows: [UInt32: Int] = [:]

    init(port: Int, begins: Bool = true, receiveBuffer: Int32? = nil) throws {
        raw = try RawClient(port: port, receiveBuffer: receiveBuffer)
        if begins { raw.send(Self.preface + Self.frame(.settings, 0, 0, [])) }
    }

    // MARK: Sending

    static func frame(_ kind: Kind, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        var bytes = Array(big(UInt32(payload.count)).dropFirst())
        bytes.append(kind.rawValue)
        bytes.append(flags)
        bytes += big(stream)
        bytes += payload
        return bytes
    }

    static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: value >> shift) }
    }

    /// Fields as literals that nobody remembers (RFC 7541, section 6.2.2), so that every byte can be sent.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes.append(0)
            bytes += string(Array(name.utf8))
            bytes += string(Array(value.utf8))
        }
        return bytes
    }

    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var prefix: [UInt8] = [127]
        while rest >= 128 {
            prefix.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return prefix + [UInt8(rest)] + bytes
    }

    static func request(
        _ method: String = "GET", _ path: String = "/pass", _ fields: [(String, String)] = []
    ) -> [(String, String)] {
        let common: [(String, String)] = [
            (":method", method), (":scheme", "http"), (":path", path), (":authority", "gateway"), ("x-api-key", "k"),
        ]
        return common + fields
    }

    func send(_ kind: Kind, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) {
        raw.send(Self.frame(kind, flags, stream, payload))
    }

    func headers(_ stream: UInt32, _ fields: [(String, String)], ends: Bool = true) {
        send(.headers, Self.endHeaders | (ends ? Self.endStream : 0), stream, Self.block(fields))
    }

    func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = true) {
        send(.data, ends ? Self.endStream : 0, stream, bytes)
    }

    func data(_ stream: UInt32, _ text: String, ends: Bool = true) { data(stream, Array(text.utf8), ends: ends) }

    /// Sends a body as far as the windows are open, and waits for more window. False when it does not come.
    func upload(_ stream: UInt32, _ bytes: [UInt8], milliseconds: Int32 = 60_000) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let room = min(connectionWindow, streamWindows[stream, default: 65_535], 16_384, bytes.count - sent)
            guard room > 0 else {
                let isOpen = pump(milliseconds: milliseconds) {
                    $0.answers[stream]?.resetCode != nil
                        || $0.connectionWindow > 0 && $0.streamWindows[stream, default: 65_535] > 0
                }
                guard isOpen, answers[stream]?.resetCode == nil else { return false }
                continue
            }
            data(stream, Array(bytes[sent..<sent + room]), ends: sent + room == bytes.count)
            connectionWindow -= room
            streamWindows[stream, default: 65_535] -= room
            sent += room
        }
        return true
    }

    // MARK: Receiving

    /// Reads until it is so, or nothing comes any more. Returns whether it is so.
    @discardableResult
    func pump(milliseconds: Int32 = 60_000, until isDone: (FrameClient) -> Bool) -> Bool {
        while true {
            while let frame = nextFrame() { take(frame) }
            if isDone(self) { return true }
            guard !isClosed, let more = raw.receive(milliseconds: milliseconds) else {
                isClosed = true
                return isDone(self)
            }
            if more.isEmpty { return false }
            bytes += more
        }
    }

    /// The whole answer on a stream, or what there is of it.
    func answer(_ stream: UInt32, milliseconds: Int32 = 60_000) -> Answer {
        pump(milliseconds: milliseconds) { $0.answers[stream]?.isOver == true }
        return answers[stream] ?? Answer()
    }

    /// One call, on a stream of its own.
    func call(_ stream: UInt32, _ fields: [(String, String)], _ body: String? = nil) -> Answer {
        headers(stream, fields, ends: body == nil)
        if let body { data(stream, body) }
        return answer(stream)
    }

    /// Whether the connection ends.
    func ends(milliseconds: Int32 = 60_000) -> Bool {
        pump(milliseconds: milliseconds) { $0.isClosed }
    }

    private struct Frame {
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]
    }

    private func nextFrame() -> Frame? {
        guard bytes.count >= 9 else { return nil }
        let count = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        guard bytes.count >= 9 + count else { return nil }
        defer { bytes.removeFirst(9 + count) }
        return Frame(
            kind: bytes[3], flags: bytes[4], stream: Self.number(bytes[5..<9]) & 0x7FFF_FFFF,
            payload: Array(bytes[9..<9 + count]))
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func take(_ frame: Frame) {
        switch Kind(rawValue: frame.kind) {
        case .data:
            answers[frame.stream, default: Answer()].body += frame.payload
            if frame.flags & 1 != 0 { answers[frame.stream]?.hasEnded = true }
            guard opensWindow, !frame.payload.isEmpty else { return }
            send(.window, 0, 0, Self.big(UInt32(frame.payload.count)))
            if frame.flags & 1 == 0 { send(.window, 0, frame.stream, Self.big(UInt32(frame.payload.count))) }
        case .headers: takeHeaders(frame)
        case .reset: answers[frame.stream, default: Answer()].resetCode = Self.number(frame.payload)
        case .settings:
            guard frame.flags & 1 == 0 else { return }
            for at in stride(from: 0, to: frame.payload.count - 5, by: 6) {
                let name = UInt16(frame.payload[at]) << 8 | UInt16(frame.payload[at + 1])
                settings[name] = Self.number(frame.payload[(at + 2)...])
            }
            send(.settings, 1, 0, [])
        case .ping: if frame.flags & 1 != 0 { pongs += 1 }
        case .goAway: goAway = GoAway(last: Self.number(frame.payload), code: Self.number(frame.payload.dropFirst(4)))
        case .window:
            let more = Int(Self.number(frame.payload))
            if frame.stream == 0 {
                connectionWindow += more
            } else {
                streamWindows[frame.stream, default: 65_535] += more
            }
        default: break
        }
    }

    private func takeHeaders(_ frame: Frame) {
        var buffer = ByteBuffer(bytes: frame.payload)
        let fields = (try? decoder.decodeHeaders(from: &buffer)) ?? HPACKHeaders()
        let all = Dictionary(fields.map { ($0.name, $0.value) }) { $0 + "\n" + $1 }
        var answer = answers[frame.stream] ?? Answer()
        if all[":status"]?.hasPrefix("1") == true {
            answer.interim.append(all)
        } else if answer.fields.isEmpty {
            answer.fields = all
        } else {
            answer.trailers = all
        }
        if frame.flags & 1 != 0 { answer.hasEnded = true }
        answers[frame.stream] = answer
    }
}

extension GatewayFixture {
    /// A gateway whose plain listener speaks HTTP/2 by prior knowledge.
    static func startMultiplexed(
        partnerPort: Int, authenticator: any Authenticator = TestAuthenticator(),
        _ configure: (inout Settings) -> Void = { _ in }
    ) async throws -> GatewayFixture {
        try await start(partnerPort: partnerPort, authenticator: authenticator) {
            $0.gateway.listeners[0].versions = .http2
            configure(&$0)
        }
    }
}

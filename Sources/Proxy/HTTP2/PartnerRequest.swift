import NIOCore
import NIOHPACK
import NIOHTTP2
import RouteGraph

/// Turns the bytes of a request of HTTP/1.1, as the gateway writes it, into the frames of one stream (RFC 9113, section 8.3.1).
struct PartnerRequest {
    private enum Phase: UInt8 { case head, length, chunked, over }

    /// The heads are our own, so that the limits only keep them finite.
    private static let limits = HeadLimits(bytes: 4 << 20, startLine: 1 << 20, fields: MessageHead.maximumFields)

    private var phase = Phase.head
    private var pending: ByteBuffer?
    private var remaining = 0
    private var decoder = ChunkedDecoder()
    private let isSecure: Bool
    /// Whether the method is HEAD, so that the answer has no body.
    private(set) var asksForHead = false
    /// Whether there was a body, which may wait for the partner to make room.
    private(set) var hasBody = false

    init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// Whether the last byte has been turned into a frame.
    var isOver: Bool { phase == .over }

    /// Turns further bytes into frames.
    mutating func append(
        _ bytes: ByteBuffer, scratch head: MessageHead, _ write: (HTTP2Frame.FramePayload) -> Void
    ) throws(PartnerFault) {
        var bytes = bytes
        if phase == .head {
            if var earlier = pending {
                earlier.writeBuffer(&bytes)
                bytes = earlier
                pending = nil
            }
            guard try readHead(&bytes, head, write) else {
                pending = bytes
                return
            }
        }
        switch phase {
        case .length: appendPlain(bytes, write)
        case .chunked: try appendChunks(&bytes, write)
        case .head, .over: break
        }
    }

    private mutating func readHead(
        _ bytes: inout ByteBuffer, _ head: MessageHead, _ write: (HTTP2Frame.FramePayload) -> Void
    ) throws(PartnerFault) -> Bool {
        head.reset()
        var parser = HeadParser()
        let result = bytes.withUnsafeReadableBytes { raw -> HeadParser.Result in
            guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
            return parser.parse(base, raw.count, .request, limits: Self.limits, into: head)
        }
        switch result {
        case .needMore: return false
        case .refused: throw .ownRequest
        case .complete(let consumed):
            bytes.moveReaderIndex(forwardBy: consumed)
            asksForHead = head.method == .head
            switch head.framing {
            case .length(let count) where count > 0:
                remaining = count
                phase = .length
            case .chunked: phase = .chunked
            case .none, .length, .untilClose: phase = .over
            }
            hasBody = phase != .over
            write(.headers(.init(headers: PartnerFields.request(head, isSecure: isSecure), endStream: phase == .over)))
            return true
        }
    }

    private mutating func appendPlain(_ bytes: ByteBuffer, _ write: (HTTP2Frame.FramePayload) -> Void) {
        guard bytes.readableBytes > 0 else { return }
        let part = bytes.getSlice(at: bytes.readerIndex, length: min(remaining, bytes.readableBytes)) ?? bytes
        remaining -= part.readableBytes
        if remaining == 0 { phase = .over }
        write(.data(.init(data: .byteBuffer(part), endStream: phase == .over)))
    }

    private mutating func appendChunks(
        _ bytes: inout ByteBuffer, _ write: (HTTP2Frame.FramePayload) -> Void
    ) throws(PartnerFault) {
        while phase == .chunked {
            var position = 0
            let step = bytes.withUnsafeReadableBytes { raw -> BodyStep in
                guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return .needMore }
                return decoder.next(base, raw.count, &position)
            }
            switch step {
            case .needMore: return
            case .refused: throw .ownRequest
            case .data(let start, let count):
                if let part = bytes.getSlice(at: bytes.readerIndex + start, length: count), count > 0 {
                    write(.data(.init(data: .byteBuffer(part))))
                }
                bytes.moveReaderIndex(forwardBy: position)
            case .end:
                phase = .over
                if decoder.trailers.isEmpty {
                    write(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
                } else {
                    write(.headers(.init(headers: PartnerFields.trailers(decoder.trailers), endStream: true)))
                }
            }
        }
    }
}

import NIOCore
import NIOHPACK

/// Turns the frames of an answer into the bytes that HTTP/1.1 has for it, so that the one strict reader of answers reads both.
///
/// What only HTTP/2 can do wrong is refused here (RFC 9113, section 8.2 and 8.3.2): above all a line break in a value, which would be a
/// field of its own behind this. The bytes that make the message whole are handed on when the stream has ended, and not before: until
/// then a partner can still contradict its own `content-length`.
struct PartnerAnswer {
    private enum Phase: UInt8 { case head, none, length, chunked, ended }

    /// From this size on a piece of a body is handed on where it lies.
    private static let copyLimit = 4096

    private var phase = Phase.head
    private var expected = 0
    private var received = 0
    private let empty: ByteBuffer
    /// What is ready to be handed on, and the piece of a body that follows it.
    private var ready: ByteBuffer?
    private var piece: ByteBuffer?
    /// What gathers behind those.
    private var out: ByteBuffer
    /// The end of a body whose stream has not ended.
    private var last: ByteBuffer?

    init(_ empty: ByteBuffer) {
        self.empty = empty
        out = empty
    }

    /// Whether the stream has ended on the partner's side.
    var hasEnded: Bool { phase == .ended }
    /// Whether a head has come, be it an interim one.
    private(set) var hasBegun = false

    // MARK: Frames

    mutating func headers(_ fields: HPACKHeaders, endsStream: Bool, toHead: Bool) throws(PartnerFault) {
        switch phase {
        case .head: try head(fields, endsStream, toHead)
        case .ended: throw .trailersNotLast
        case .none, .length, .chunked:
            guard endsStream else { throw .secondHead }
            try trailers(fields)
        }
        if endsStream, phase != .ended { try end() }
    }

    mutating func data(_ bytes: ByteBuffer, endsStream: Bool) throws(PartnerFault) {
        let count = bytes.readableBytes
        switch phase {
        case .head: throw .noHead
        case .ended: throw .afterEnd
        case .none:
            guard count == 0 else { throw .bodyNotAllowed }
        case .length:
            guard count <= expected - received else { throw .lengthMismatch }
            received += count
            if received == expected, count > 0 {
                last = bytes
            } else {
                append(bytes)
            }
        case .chunked:
            guard count > 0 else { break }
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkedEncoder.sizeLineCapacity) { raw in
                guard let base = raw.bindMemory(to: UInt8.self).baseAddress else { return 0 }
                return ChunkedEncoder.writeSizeLine(count, into: base)
            }
            append(bytes)
            out.writeStaticString(ChunkedEncoder.end)
        }
        if endsStream { try end() }
    }

    /// What is to be handed on after each frame, piece by piece.
    mutating func next() -> ByteBuffer? {
        if let ready {
            self.ready = nil
            return ready
        }
        defer { piece = nil }
        return piece
    }

    /// What is to be handed on when no more frames are there for now, unless it is the end of a message whose stream has not ended.
    mutating func rest() -> ByteBuffer? {
        guard out.readableBytes > 0, !isHeld else { return nil }
        defer { out = empty }
        return out
    }

    /// Whether what has gathered would make the message whole.
    private var isHeld: Bool {
        switch phase {
        case .none: true
        case .length: received == expected && last == nil
        case .head, .chunked, .ended: false
        }
    }

    private mutating func append(_ bytes: ByteBuffer) {
        if bytes.readableBytes < Self.copyLimit {
            out.writeImmutableBuffer(bytes)
            return
        }
        if out.readableBytes > 0 {
            ready = out
            out = empty
        }
        piece = bytes
    }

    private mutating func end() throws(PartnerFault) {
        switch phase {
        case .head: throw .endedInterim
        case .none, .ended: break
        case .length:
            guard received == expected else { throw .lengthMismatch }
            if let last { append(last) }
            last = nil
        case .chunked:
            out.writeStaticString(ChunkedEncoder.lastChunk)
            out.writeStaticString(ChunkedEncoder.end)
        }
        phase = .ended
    }

    // MARK: Fields

    private mutating func head(_ fields: HPACKHeaders, _ endsStream: Bool, _ toHead: Bool) throws(PartnerFault) {
        var status = 0
        var length: Int?
        var isFirst = true
        out.reserveCapacity(minimumWritableBytes: 512)
        for (name, value, _) in fields {
            if isFirst {
                isFirst = false
                guard name == ":status" else { throw name.utf8.first == 0x3A ? .pseudoField : .statusMissing }
                status = try Self.status(value)
                out.writeStaticString("HTTP/1.1 ")
                out.writeString(value)
                out.writeStaticString(" \r\n")
                continue
            }
            try Self.check(name, value)
            if name == "content-length" {
                guard length == nil else { throw .repeatedLength }
                length = try Self.length(value)
            }
            write(name, value)
        }
        guard !isFirst else { throw .statusMissing }
        hasBegun = true
        guard status != 101 else { throw .switchingProtocols }
        if status >= 200 {
            phase = try framing(status, length, endsStream, toHead)
        } else if endsStream {
            throw .endedInterim
        }
        out.writeStaticString("\r\n")
    }

    /// How the body is framed for the reader behind this.
    private mutating func framing(
        _ status: Int, _ length: Int?, _ endsStream: Bool, _ toHead: Bool
    ) throws(PartnerFault) -> Phase {
        if toHead || status == 204 || status == 304 { return .none }
        if let length {
            expected = length
            return .length
        }
        if endsStream {
            out.writeStaticString("Content-Length: 0\r\n")
            return .none
        }
        out.writeStaticString("Transfer-Encoding: chunked\r\n")
        return .chunked
    }

    /// The fields after the body. They have no place where the body has a length: there they are dropped.
    private mutating func trailers(_ fields: HPACKHeaders) throws(PartnerFault) {
        let isChunked = phase == .chunked
        if isChunked { out.writeStaticString(ChunkedEncoder.lastChunk) }
        for (name, value, _) in fields {
            try Self.check(name, value)
            if isChunked { write(name, value) }
        }
        guard isChunked else { return }
        out.writeStaticString(ChunkedEncoder.end)
        phase = .ended
    }

    private mutating func write(_ name: String, _ value: String) {
        out.writeString(name)
        out.writeStaticString(": ")
        out.writeString(value)
        out.writeStaticString("\r\n")
    }

    private static func status(_ value: String) throws(PartnerFault) -> Int {
        var value = value
        let number = value.withUTF8 { bytes -> Int in
            guard bytes.count == 3, let base = bytes.baseAddress else { return -1 }
            return FramingFields.decimal(base, 3)
        }
        guard number >= 100 else { throw .statusMalformed }
        return number
    }

    private static func length(_ value: String) throws(PartnerFault) -> Int {
        var value = value
        let length = value.withUTF8 { bytes -> Int in
            guard let base = bytes.baseAddress else { return -1 }
            return FramingFields.decimal(base, bytes.count)
        }
        guard length >= 0 else { throw .badLength }
        return length
    }

    private static func check(_ name: String, _ value: String) throws(PartnerFault) {
        var name = name
        var value = value
        let nameFault = name.withUTF8 { bytes -> PartnerFault? in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return .badName }
            if base[0] == 0x3A { return .pseudoField }
            for byte in bytes where !ByteClasses.isToken(byte) || byte &- 0x41 < 26 { return .badName }
            return isOfConnection(base, bytes.count) ? .connectionField : nil
        }
        if let nameFault { throw nameFault }
        let isClean = value.withUTF8 { bytes -> Bool in
            guard let base = bytes.baseAddress, let first = bytes.first, let last = bytes.last else { return true }
            return first != 0x20 && first != 0x09 && last != 0x20 && last != 0x09
                && ByteClasses.isFieldContent(base, bytes.count)
        }
        guard isClean else { throw .badValue }
    }

    private static func isOfConnection(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        switch count {
        case 7: ByteClasses.equals(p, count, "upgrade")
        case 10: ByteClasses.equals(p, count, "connection") || ByteClasses.equals(p, count, "keep-alive")
        case 16: ByteClasses.equals(p, count, "proxy-connection")
        case 17: ByteClasses.equals(p, count, "transfer-encoding")
        default: false
        }
    }
}

import NIOCore

/// How the mock partner floods: large pieces with a pause, each when the one before is out. A loop that only writes would let its
/// other connections starve.
enum MockFlood {
    static let pause = TimeAmount.milliseconds(1)

    /// A piece of some 16 KB that consists of the same bytes again and again.
    static func piece(of bytes: ByteBuffer) -> ByteBuffer {
        var piece = ByteBuffer()
        repeat { piece.writeImmutableBuffer(bytes) } while piece.readableBytes < 16 * 1024 && bytes.readableBytes > 0
        return piece
    }
}

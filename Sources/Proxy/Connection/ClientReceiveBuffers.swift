import NIOCore

/// Buffers that clients' connections are read into.
///
/// The channel keeps its buffer while the connection is idle, so it is small until a client has sent more at once than fits; a body that
/// fills one after the other is read in large pieces, and each of them goes on before the next is read.
struct ClientReceiveBuffers: RecvByteBufferAllocator {
    /// Reads from a connection before others have their turn: what was read is handed on, and the buffer used again.
    static let readsAtOnce: UInt = 1
    static let first = 2 * 1024
    static let usual = ReceiveBuffers.size
    static let most = ReceiveBuffers.most

    private var size = first

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

    func nextBufferSize() -> Int? { size }

    mutating func record(actualReadBytes: Int) -> Bool {
        guard actualReadBytes >= size, size < Self.most else { return false }
        size = size < Self.usual ? Self.usual : Self.most
        return true
    }
}

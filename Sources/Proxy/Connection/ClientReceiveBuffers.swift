import NIOCore

/// Buffers that clients' connections are read into.
///
/// The channel keeps its buffer while the connection is idle, so it is small until a client has sent more at once than fits.
struct ClientReceiveBuffers: RecvByteBufferAllocator {
    static let first = 2 * 1024
    static let most = ReceiveBuffers.size

    private var size = first

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

    func nextBufferSize() -> Int? { size }

    mutating func record(actualReadBytes: Int) -> Bool {
        guard actualReadBytes >= size, size < Self.most else { return false }
        size = Self.most
        return true
    }
}

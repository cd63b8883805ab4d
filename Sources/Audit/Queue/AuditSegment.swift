import Synchronization

/// A piece of memory with lines in the order in which one producer wrote them: a header on a cache line of its own, then frames.
/// A frame is the line's length in four bytes, then the line without its line feed.
///
/// This is a handle: whoever owns the segment at the time (``AuditLane`` says who) frees it.
struct AuditSegment: Equatable {
    struct Header: ~Copyable {
        /// Where the published frames end, and ``AuditSegment/moved`` and ``AuditSegment/closed``, in one word that
        /// changes in one step.
        let published = Atomic<UInt>(0)
        /// The address of the segment that follows; 0 when there is none yet.
        let next = Atomic<UInt>(0)
        let capacity: Int

        init(capacity: Int) { self.capacity = capacity }
    }

    /// The producer goes on in another segment.
    static let moved: UInt = 1
    /// The writer takes no more.
    static let closed: UInt = 2
    static let frameBytes = 4
    private static let headerBytes = 64

    private let header: UnsafeMutablePointer<Header>

    init(capacity: Int) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: AuditSegment.headerBytes + capacity, alignment: AuditSegment.headerBytes)
        header = memory.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header(capacity: capacity))
    }

    init?(address: UInt) {
        guard let header = UnsafeMutablePointer<Header>(bitPattern: address) else { return nil }
        self.header = header
    }

    var address: UInt { UInt(bitPattern: header) }
    var capacity: Int { header.pointee.capacity }
    var data: UnsafeMutablePointer<UInt8> {
        (UnsafeMutableRawPointer(header) + AuditSegment.headerBytes).assumingMemoryBound(to: UInt8.self)
    }

    static func word(end: Int) -> UInt { UInt(bitPattern: end) << 2 }
    static func end(_ word: UInt) -> Int { Int(bitPattern: word >> 2) }

    // MARK: The producer's side

    /// Makes everything up to `end` visible to the writer; false when the writer has closed the segment.
    @inline(__always)
    func publish(from before: Int, to end: Int) -> Bool {
        header.pointee.published.compareExchange(
            expected: AuditSegment.word(end: before), desired: AuditSegment.word(end: end),
            ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Says that another segment follows this one, whose frames end at `end`; false when the writer has closed it.
    func announceMove(at end: Int) -> Bool {
        header.pointee.published.compareExchange(
            expected: AuditSegment.word(end: end), desired: AuditSegment.word(end: end) | AuditSegment.moved,
            ordering: .sequentiallyConsistent
        ).exchanged
    }

    func link(to next: AuditSegment) { header.pointee.next.store(next.address, ordering: .releasing) }

    // MARK: The writer's side

    var published: UInt { header.pointee.published.load(ordering: .acquiring) }
    var next: UInt { header.pointee.next.load(ordering: .acquiring) }

    /// Takes no more frames. Returns the word as it is for ever, but for its closing.
    func close() -> UInt {
        header.pointee.published.bitwiseOr(AuditSegment.closed, ordering: .sequentiallyConsistent).oldValue
    }

    /// Makes the segment new, for its next use.
    func reset(next: UInt) {
        header.pointee.published.store(0, ordering: .relaxed)
        header.pointee.next.store(next, ordering: .relaxed)
    }

    func free() {
        header.deinitialize(count: 1)
        UnsafeMutableRawPointer(header).deallocate()
    }
}

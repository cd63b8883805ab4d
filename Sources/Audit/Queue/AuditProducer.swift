import Synchronization

/// One producer's way into the audit: for one thread at a time, best one for each event loop. Lines are formatted where the audit thread
/// will read them.
///
/// ```
/// let line = producer.begin()
/// line.text("type", "call")
/// producer.commit()
/// ```
public final class AuditProducer {
    private let lane: AuditLane
    private let queue: AuditQueue
    private let line = AuditLineBuilder()
    private var segment: AuditSegment
    /// Where the published frames of `segment` end.
    private var end = 0
    private var appended: UInt = 0
    /// Emptied segments, linked by their `next`.
    private var spare: UInt = 0

    /// A line that begins with less room than this begins in the next segment, rather than to be moved there half written.
    private static let usualLine = 1024

    init(lane: AuditLane, queue: AuditQueue, first: AuditSegment) {
        self.lane = lane
        self.queue = queue
        segment = first
        line.producer = self
    }

    deinit {
        while let segment = AuditSegment(address: spare) {
            spare = segment.next
            segment.free()
        }
        lane.isAbandoned.store(true, ordering: .releasing)
        queue.wakeIfParked()
    }

    /// Whether there is room left only for records of calls that were answered.
    public var isCrowded: Bool { queue.isCrowded }

    /// Opens the next line's object.
    public func begin() -> AuditLineBuilder {
        let start = end &+ AuditSegment.frameBytes
        let room = segment.capacity &- start
        if room >= AuditProducer.usualLine {
            line.begin(in: segment.data + start, room)
        } else if let memory = moveOn(AuditProducer.usualLine, keeping: nil, 0) {
            line.begin(in: memory.start, memory.count)
        } else {
            line.begin()
        }
        return line
    }

    /// Closes the object and hands the line over. Returns false when there was no room, or when the audit has been stopped; such lines
    /// are counted, and the count is recorded later.
    @discardableResult
    public func commit() -> Bool {
        let bytes = line.end()
        guard !line.isOnItsOwn, publish(bytes.count) else {
            queue.drop()
            return false
        }
        return true
    }

    /// Hands a finished line over.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = end + AuditSegment.frameBytes
        var target = segment.capacity - start >= bytes.count ? segment.data + start : nil
        if target == nil { target = moveOn(bytes.count, keeping: nil, 0)?.start }
        guard let target, let source = bytes.baseAddress else {
            queue.drop()
            return false
        }
        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
        guard publish(bytes.count) else {
            queue.drop()
            return false
        }
        return true
    }

    /// Counts a line that is not even written.
    public func drop() { queue.drop() }

    @inline(__always)
    private func publish(_ count: Int) -> Bool {
        UnsafeMutableRawPointer(segment.data + end).storeBytes(of: UInt32(truncatingIfNeeded: count), as: UInt32.self)
        let after = end &+ AuditSegment.frameBytes &+ count
        guard segment.publish(from: end, to: after) else { return false }
        appended &+= UInt(bitPattern: after &- end)
        end = after
        lane.appended.store(appended, ordering: .releasing)
        queue.wakeIfParked()
        return true
    }

    /// Leaves the segment for another with room for a line of this many bytes; nil when the queue is full or closed. The first `used` bytes
    /// of the line are written already: they move along, before the segment that they are in is given up.
    @inline(never)
    func moveOn(
        _ bytes: Int, keeping line: UnsafePointer<UInt8>?, _ used: Int
    ) -> (start: UnsafeMutablePointer<UInt8>, count: Int)? {
        guard bytes < Int(Int32.max) else { return nil }
        let capacity = max(queue.segmentBytes, bytes + AuditSegment.frameBytes)
        let left = segment.capacity
        guard queue.reserve(left, more: capacity) else { return nil }
        let next = takeSpare(capacity) ?? AuditSegment(capacity: capacity)
        if let line { (next.data + AuditSegment.frameBytes).initialize(from: line, count: used) }
        guard segment.announceMove(at: end) else {
            queue.release(left)
            next.free()
            return nil
        }
        segment.link(to: next)
        segment = next
        end = 0
        return (next.data + AuditSegment.frameBytes, next.capacity - AuditSegment.frameBytes)
    }

    private func takeSpare(_ capacity: Int) -> AuditSegment? {
        guard capacity == queue.segmentBytes else { return nil }
        if spare == 0 { spare = lane.takeReturned() }
        guard let segment = AuditSegment(address: spare) else { return nil }
        spare = segment.next
        segment.reset(next: 0)
        return segment
    }
}

import Glibc
import Synchronization

/// Lines on their way from the event loops to the audit thread: one buffer, bounded, behind a lock that is held for one
/// copy only.
final class AuditQueue: Sendable {
    private struct Contents {
        var lines: [UInt8] = []
        /// Whether the audit thread sleeps and wants to be woken by the next line.
        var isParked = false
        var dropped: UInt64 = 0
        var isStopping = false
    }

    enum Outcome { case accepted, crowded, full }

    private let contents: Mutex<Contents>
    private let limit: Int
    private let wakeup: AuditWakeup
    let droppedTotal = Atomic<UInt64>(0)
    let appendedBytes = Atomic<UInt64>(0)

    init(limit: Int, wakeup: AuditWakeup) {
        self.limit = limit
        self.wakeup = wakeup
        var lines: [UInt8] = []
        lines.reserveCapacity(min(limit, 256 << 10))
        self.contents = Mutex(Contents(lines: lines))
    }

    /// Copies the line and its line feed. `crowded`: accepted, but three quarters of the room are used.
    func append(_ line: UnsafeRawBufferPointer) -> Outcome {
        let (outcome, wakes) = contents.withLock { contents -> (Outcome, Bool) in
            let after = contents.lines.count + line.count + 1
            guard after <= limit, !contents.isStopping else {
                contents.dropped += 1
                return (.full, false)
            }
            contents.lines.append(contentsOf: line)
            contents.lines.append(UInt8(ascii: "\n"))
            let wakes = contents.isParked
            contents.isParked = false
            return (after > limit / 4 * 3 ? .crowded : .accepted, wakes)
        }
        if wakes { wakeup.signal() }
        if outcome == .full {
            droppedTotal.wrappingAdd(1, ordering: .relaxed)
        } else {
            appendedBytes.wrappingAdd(UInt64(line.count + 1), ordering: .releasing)
        }
        return outcome
    }

    /// Swaps everything that waits with an emptied buffer. Returns how many lines found no room since the last time.
    func take(into buffer: inout [UInt8]) -> UInt64 {
        contents.withLock { contents in
            swap(&contents.lines, &buffer)
            defer { contents.dropped = 0 }
            return contents.dropped
        }
    }

    /// Asks to be woken by the next line; false when there is one already, or the end has come.
    func park() -> Bool {
        contents.withLock { contents in
            guard contents.lines.isEmpty, !contents.isStopping else { return false }
            contents.isParked = true
            return true
        }
    }

    /// Takes no more lines.
    func stop() {
        contents.withLock { $0.isStopping = true }
        wakeup.signal()
    }

    var isStopping: Bool { contents.withLock { $0.isStopping } }
    var waitingBytes: Int { contents.withLock { $0.lines.count } }
    var isRelaxed: Bool { waitingBytes < limit / 4 }
}

import Glibc

/// A bell between threads that can be waited for with a limit on a clock that never jumps: a pipe whose bytes say
/// nothing.
final class AuditWakeup: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // Without a pipe (no descriptors left) signals are lost and every wait is a short sleep.
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        if reading >= 0 { close(reading) }
        if writing >= 0 { close(writing) }
    }

    func signal() {
        guard writing >= 0 else { return }
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    /// Waits for a signal; negative: without limit. Returns false when the time was up.
    @discardableResult
    func wait(milliseconds: Int) -> Bool {
        guard reading >= 0 else {
            usleep(10_000)
            return false
        }
        var item = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, Int32(clamping: milliseconds)) > 0 else { return false }
        var bytes: (UInt64, UInt64) = (0, 0)
        _ = read(reading, &bytes, MemoryLayout.size(ofValue: bytes))
        return true
    }
}

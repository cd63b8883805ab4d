import Glibc

/// The clocks of a call.
public enum Clock {
    /// Nanoseconds that never run backwards.
    @inline(__always)
    public static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The same clock as of the kernel's last tick, a few milliseconds ago at most: for deadlines, which are met by the tick of a
    /// wheel anyway. It is read from memory, without asking the processor's counter.
    @inline(__always)
    public static func coarse() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Nanoseconds since 1970.
    @inline(__always)
    public static func wall() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

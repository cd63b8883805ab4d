import Glibc
import RouteGraph
import Synchronization

/// Knows whether the process uses more memory than it should. It looks once a second, away from the loops; they read one flag.
final class MemoryWatch: Sendable {
    /// Above the mark, and until it is well below again.
    private let isHigh = Atomic(false)
    private let mark = Atomic(Int.max)

    /// Whether mediated calls are to be refused.
    var refusesCalls: Bool { isHigh.load(ordering: .relaxed) }

    func update(_ mark: MemoryMark?) {
        self.mark.store(mark.map { Self.bytes($0, of: Self.available()) } ?? .max, ordering: .relaxed)
        look()
    }

    /// What a mark is in bytes; no mark when nobody knows how much there is.
    static func bytes(_ mark: MemoryMark, of available: Int?) -> Int {
        switch mark {
        case .bytes(let bytes): bytes
        case .percent(let percent): available.map { $0 / 100 * percent } ?? .max
        }
    }

    var gauges: MemoryGauges {
        var gauges = MemoryGauges()
        gauges.used = Self.resident()
        let mark = mark.load(ordering: .relaxed)
        gauges.mark = mark < .max ? mark : nil
        gauges.isHigh = refusesCalls
        return gauges
    }

    func look() {
        let mark = mark.load(ordering: .relaxed)
        guard mark < .max else {
            isHigh.store(false, ordering: .relaxed)
            return
        }
        var now = Self.resident()
        if now > mark {
            // What calls have given back may still be with the allocator.
            Self.giveBack()
            now = Self.resident()
        }
        let wasHigh = isHigh.load(ordering: .relaxed)
        isHigh.store(Self.isHigh(now, mark: mark, wasHigh: wasHigh), ordering: .relaxed)
    }

    /// Asks the allocator to hand unused memory back to the kernel (`malloc_trim(3)`), where there is such a function.
    private static func giveBack() {
        guard let function = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(function, to: (@convention(c) (Int) -> CInt).self)(0)
    }

    /// It stays high until a twentieth of the mark is free again.
    static func isHigh(_ used: Int, mark: Int, wasHigh: Bool) -> Bool {
        used > (wasHigh ? mark - mark / 20 : mark)
    }

    /// Bytes of the process that are in memory (`proc(5)`, `statm`).
    static func resident() -> Int {
        let fields = text("/proc/self/statm").split(separator: 0x20)
        guard fields.count > 1, let pages = number(fields[1]) else { return 0 }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
        return overflow ? .max : bytes
    }

    /// What the process may use: the least of its control group's limit and the machine's memory.
    static func available() -> Int? {
        let group = text("/proc/self/cgroup").split(separator: 0x0A).first { $0.starts(with: "0::/".utf8) }
        let path = group.map { String(decoding: $0.dropFirst(3), as: UTF8.self) } ?? "/"
        let limits = [
            "/sys/fs/cgroup\(path)/memory.max", "/sys/fs/cgroup/memory.max",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ].compactMap { number(text($0).prefix { $0 != 0x0A }) }
        let machine = text("/proc/meminfo").split(separator: 0x0A).first { $0.starts(with: "MemTotal:".utf8) }
            .flatMap { number($0.dropFirst(9).drop { $0 == 0x20 }.prefix { $0 != 0x20 }) }
            .map { $0.multipliedReportingOverflow(by: 1024).partialValue }
        return (limits + [machine].compactMap { $0 }).filter { $0 > 0 }.min()
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int? { Int(String(decoding: text, as: UTF8.self)) }

    /// A small file of the kernel's; empty when it can't be read.
    private static func text(_ path: String) -> ArraySlice<UInt8> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        return bytes[..<max(0, count)]
    }
}

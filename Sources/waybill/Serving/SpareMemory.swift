import Glibc

/// Memory that the allocator holds although nobody uses it.
enum SpareMemory {
    private typealias Trim = @convention(c) (Int) -> Int32

    /// `malloc_trim` of the GNU library, whose header Swift's module does not have; another library may not know it.
    private static let trim: Trim? = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: Trim.self) }

    /// Gives it back to the system. Compiling a large workspace takes several times what the result needs.
    static func giveBack() {
        _ = trim?(0)
    }
}

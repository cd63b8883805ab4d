public import Glibc

/// A program that a test starts.
///
/// Foundation's `Process` looks for open files in `/proc/self/fd` and may read a directory entry beyond the end of its buffer, which ends
/// the whole test run every now and then. `posix_spawn` needs no such search.
public final class ChildProcess: @unchecked Sendable {
    public struct NotStarted: Error, CustomStringConvertible {
        public let arguments: [String]
        public let code: Int32
        public var description: String { "\(arguments.joined(separator: " ")): \(String(cString: strerror(code)))" }
    }

    /// Not in the headers that Swift sees (glibc 2.34).
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    public let identifier: pid_t
    private var status: Int32?

    /// Starts a program that is looked for in `PATH`, with nothing to read.
    /// - Parameter errors: a file that what it says by standard error is written to; nil throws it away.
    public init(_ arguments: [String], folder: String? = nil, errors: String? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // A listening socket of the test's must not live on in the child.
        if let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") {
            _ = unsafeBitCast(closeFrom, to: CloseFrom.self)(&actions, 3)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let command = folder.map { ["env", "-C", $0] + arguments } ?? arguments
        var list: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        list.append(nil)
        defer { for pointer in list { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, command.first ?? "", &actions, &attributes, list, environ)
        guard code == 0 else { throw NotStarted(arguments: arguments, code: code) }
        identifier = process
    }

    /// Runs a program to its end.
    /// - Returns: its exit status, or that of a shell for one that a signal has ended.
    public static func run(_ arguments: [String], folder: String? = nil) throws -> Int32 {
        try ChildProcess(arguments, folder: folder).wait()
    }

    public var isRunning: Bool {
        guard status == nil else { return false }
        var raw: Int32 = 0
        guard waitpid(identifier, &raw, WNOHANG) == identifier else { return true }
        status = Self.exitStatus(raw)
        return false
    }

    public func send(_ signal: Int32) {
        if status == nil { kill(identifier, signal) }
    }

    /// Waits for the end. Blocks.
    @discardableResult public func wait() -> Int32 {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(identifier, &raw, 0) < 0, errno == EINTR {}
        let result = Self.exitStatus(raw)
        status = result
        return result
    }

    /// `wait(2)`: the low seven bits name a signal, the next byte is the exit status.
    private static func exitStatus(_ raw: Int32) -> Int32 {
        raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }
}

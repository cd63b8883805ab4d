import Glibc

/// The right to write to one chain of a folder: a lock that ends with the process, however that ends.
///
/// One process writes to a chain at a time. A second one, as during an upgrade without refused connections, takes the next chain that
/// nobody writes to; when it has ended, its chain waits for whoever needs it next. The first chain's lock is `audit.lock`, the
/// others' `audit-2.lock` and so on.
struct AuditChainLock: ~Copyable {
    let chain: Int
    private let file: FileDescriptor

    /// The lowest chain that is free; `preferred` first.
    static func take(in directory: String, preferred: Int) throws(AuditError) -> AuditChainLock {
        if let lock = try take(preferred, in: directory) { return lock }
        for chain in 1...AuditFileName.largestChain where chain != preferred {
            if let lock = try take(chain, in: directory) { return lock }
        }
        throw AuditError(
            operation: "lock", path: directory,
            reason: "\(AuditFileName.largestChain) other processes are writing to this audit folder")
    }

    private static func take(_ chain: Int, in directory: String) throws(AuditError) -> AuditChainLock? {
        let path = "\(directory)/\(chain > 1 ? "audit-\(chain)" : "audit").lock"
        let file = try FileDescriptor(opening: path, O_RDWR | O_CREAT, mode: 0o640)
        if flock(file.raw, LOCK_EX | LOCK_NB) == 0 { return AuditChainLock(chain: chain, file: file) }
        if errno == EWOULDBLOCK { return nil }
        throw AuditError("lock", path)
    }
}

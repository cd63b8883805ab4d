import Glibc

/// An open file that closes itself; system calls are repeated when a signal interrupts them.
struct FileDescriptor: ~Copyable {
    let raw: Int32
    let path: String

    init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(AuditError) {
        var raw: Int32
        repeat { raw = open(path, flags | O_CLOEXEC, mode) } while raw < 0 && errno == EINTR
        guard raw >= 0 else { throw AuditError("open", path) }
        self.raw = raw
        self.path = path
    }

    deinit { _ = Glibc.close(raw) }

    func status() throws(AuditError) -> stat {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw AuditError("examine", path) }
        return status
    }

    /// Whether it has a place on a disk; pipes and devices have none.
    var isRegular: Bool {
        get throws(AuditError) { try status().st_mode & S_IFMT == S_IFREG }
    }

    /// Bytes from `offset`; fewer than asked for only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(AuditError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(raw, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw AuditError("read", path)
            }
            done += count
        }
        return done
    }

    func read(_ range: Range<Int>) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var failure: AuditError?
        var count = 0
        bytes.withUnsafeMutableBytes { buffer in
            do throws(AuditError) { count = try read(into: buffer, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Writes everything, or says how much was written and why not more.
    func write(_ bytes: UnsafeRawBufferPointer) -> (written: Int, failure: AuditError?) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(raw, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return (done, AuditError("write", path))
            }
            if count == 0 { return (done, AuditError("write", path, errno: ENOSPC)) }
            done += count
        }
        return (done, nil)
    }

    func writeAll(_ bytes: [UInt8]) throws(AuditError) {
        let result = bytes.withUnsafeBytes { write($0) }
        if let failure = result.failure { throw failure }
    }

    /// Forces written data to the disk. Pipes and the like, which have no disk, are no failure.
    func sync() throws(AuditError) {
        while fdatasync(raw) != 0 {
            if errno == EINTR { continue }
            if errno == EINVAL || errno == EROFS { return }
            throw AuditError("sync to disk", path)
        }
    }

    /// Lets the system use the memory that holds these bytes for something else; only what is on the disk already is let go.
    func forget(_ range: Range<Int>) {
        _ = posix_fadvise(raw, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
    }

    func truncate(to size: Int) throws(AuditError) {
        while ftruncate(raw, off_t(size)) != 0 {
            if errno == EINTR { continue }
            throw AuditError("cut", path)
        }
    }
}

enum AuditFolder {
    /// Makes the folder and its parents.
    static func make(_ path: String) throws(AuditError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
            if mkdir(made, 0o750) != 0, errno != EEXIST {
                // A parent that can't be written is no trouble when the folder is there already.
                var status = stat()
                let number = errno
                if stat(made, &status) != 0 { throw AuditError("make the folder", made, errno: number) }
            }
        }
    }

    /// Makes new names in the folder survive a lost machine.
    static func sync(_ path: String) throws(AuditError) {
        let folder = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
        try folder.sync()
    }
}

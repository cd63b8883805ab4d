import CSQLite
import Glibc

/// One SQLite file, used by one thread at a time.
final class Database {
    let path: String
    private var handle: OpaquePointer?

    /// Opens the file, and creates it when there is none.
    init(path: String) throws(StorageError) {
        self.path = path
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK else {
            let failure = error(result, "open")
            sqlite3_close_v2(handle)
            handle = nil
            throw failure
        }
    }

    deinit { sqlite3_close_v2(handle) }

    /// Closes the file; statements must be gone by then.
    func close() {
        sqlite3_close_v2(handle)
        handle = nil
    }

    func execute(_ sql: String) throws(StorageError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        guard result == SQLITE_OK else { throw error(result, "use") }
    }

    func prepare(_ sql: String) throws(StorageError) -> Statement {
        var statement: OpaquePointer?
        let result = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard result == SQLITE_OK, let statement else { throw error(result, "use") }
        return Statement(statement, of: self)
    }

    /// The first column of the first row.
    func integer(_ sql: String) throws(StorageError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    func text(_ sql: String) throws(StorageError) -> String {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : ""
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func error(_ code: Int32, _ verb: String) -> StorageError {
        let text = String(cString: sqlite3_errstr(code))
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StorageError(.inUse, "cannot \(verb) the store \(path): another process uses it")
        case SQLITE_CORRUPT, SQLITE_NOTADB: return Self.damaged(path, text)
        case SQLITE_FULL:
            return StorageError(.full, "cannot write the store \(path): it has its full size, or the disk is full")
        default:
            let cause = sqlite3_system_errno(handle)
            let system = cause == 0 ? "" : ": \(String(cString: strerror(cause)))"
            return StorageError(.other, "cannot \(verb) the store \(path): \(text)\(system)")
        }
    }

    static func damaged(_ path: String, _ reason: String) -> StorageError {
        StorageError(
            .damaged,
            "the store \(path) is damaged (\(reason)). It is left as it is: restore it, or move it and its `-wal` file aside to "
                + "begin a new one. A new one knows no earlier call: a repetition of one would be made again")
    }
}

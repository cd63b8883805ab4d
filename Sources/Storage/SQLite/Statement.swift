import CSQLite

/// A prepared statement. Positions of parameters begin at 1, those of columns at 0.
final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ position: Int32, _ value: Int64) throws(StorageError) {
        try check(sqlite3_bind_int64(handle, position, value))
    }

    /// The bytes are copied.
    func bind(_ position: Int32, _ bytes: [UInt8]) throws(StorageError) {
        guard let count = Int32(exactly: bytes.count) else { throw database.error(SQLITE_TOOBIG, "write") }
        let result = bytes.withUnsafeBytes { waybill_sqlite3_bind_bytes(handle, position, $0.baseAddress, count) }
        try check(result)
    }

    /// Goes on to the next row. False when there is none.
    func step() throws(StorageError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw database.error(code, "use")
        }
    }

    /// Runs a statement that has no rows, and makes it ready for the next time.
    func run() throws(StorageError) {
        defer { reset() }
        while try step() {}
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let base = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: base, count: count))
    }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
    }

    private func check(_ result: Int32) throws(StorageError) {
        guard result == SQLITE_OK else { throw database.error(result, "use") }
    }
}

import RouteGraph

/// The file's one table: a row for each key, with the answer when there is one.
///
/// Keys and fingerprints are digests. Headers and bodies of answers stand in it as they were sent, so the file is as confidential
/// as they are; it is created for its owner only.
final class AnswerTable {
    /// `PRAGMA user_version` of the layout below, and `PRAGMA application_id` ("WBas").
    private static let version: Int64 = 1
    private static let application: Int64 = 0x5742_6173

    private let database: Database
    private let find: Statement
    private let reserve: Statement
    private let answer: Statement
    private let mark: Statement
    private let remove: Statement
    private let expire: Statement

    /// - Parameter bytes: what the file may grow to.
    init(path: String, bytes: Int) throws(StorageError) {
        let database = try Database(path: path)
        // One process, and nobody beside it: two would each take the other's calls for lost ones.
        try database.execute("PRAGMA locking_mode = EXCLUSIVE")
        let application = try database.integer("PRAGMA application_id")
        let version = try database.integer("PRAGMA user_version")
        guard (application, version) == (0, 0) || (application, version) == (Self.application, Self.version) else {
            throw Database.damaged(path, "it is not a store of answers of this version")
        }
        // A reservation is on the disk when it is said to be: each commit waits for it.
        guard try database.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw StorageError(.other, "cannot use the store \(path): the file system keeps no write-ahead log")
        }
        try database.execute("PRAGMA synchronous = FULL")
        try database.execute("PRAGMA journal_size_limit = 16777216")
        let found = try database.text("PRAGMA quick_check(1)")
        guard found == "ok" else { throw Database.damaged(path, found) }
        let page = try database.integer("PRAGMA page_size")
        _ = try database.integer("PRAGMA max_page_count = \(max(64, Int64(bytes) / max(512, page)))")
        try database.execute(
            """
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS answers (
                id INTEGER PRIMARY KEY,
                key BLOB NOT NULL UNIQUE,
                fingerprint BLOB NOT NULL,
                answered INTEGER NOT NULL,
                expires INTEGER NOT NULL,
                status INTEGER NOT NULL DEFAULT 0,
                headers BLOB,
                body BLOB);
            CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires);
            PRAGMA application_id = \(Self.application);
            PRAGMA user_version = \(Self.version);
            COMMIT;
            """)
        self.database = database
        find = try database.prepare(
            "SELECT fingerprint, answered, expires, status, headers, body FROM answers WHERE key = ?1")
        reserve = try database.prepare(
            "INSERT OR REPLACE INTO answers (key, fingerprint, answered, expires) VALUES (?1, ?2, 0, ?3)")
        answer = try database.prepare(
            "INSERT OR REPLACE INTO answers (key, fingerprint, answered, expires, status, headers, body) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)"
        )
        mark = try database.prepare("UPDATE answers SET expires = ?2 WHERE key = ?1 AND answered = 0")
        remove = try database.prepare("DELETE FROM answers WHERE key = ?1")
        expire = try database.prepare(
            "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE expires <= ?1 ORDER BY expires LIMIT 500)")
    }

    // MARK: Transactions

    func begin() throws(StorageError) { try database.execute("BEGIN IMMEDIATE") }

    func commit() throws(StorageError) { try database.execute("COMMIT") }

    /// Forgets what was done since ``begin()``. SQLite may have done so by itself.
    func rollback() {
        guard database.isInTransaction else { return }
        try? database.execute("ROLLBACK")
    }

    // MARK: Rows

    /// What is known of a key, with its answer when there is one.
    func record(_ key: Digest256) throws(StorageError) -> (record: IdempotencyLedger.Record, answer: StoredAnswer)? {
        defer { find.reset() }
        try find.bind(1, key.bytes)
        guard try find.step() else { return nil }
        guard let fingerprint = Digest256(find.bytes(0)) else {
            throw Database.damaged(database.path, "a fingerprint has a wrong length")
        }
        let record = IdempotencyLedger.Record(
            fingerprint: fingerprint, isAnswered: find.integer(1) != 0, expires: find.integer(2))
        let answer = StoredAnswer(status: Int(clamping: find.integer(3)), headers: find.bytes(4), body: find.bytes(5))
        return (record, answer)
    }

    func reserve(_ call: Reservation, until expires: Int64) throws(StorageError) {
        try reserve.bind(1, call.key.bytes)
        try reserve.bind(2, call.fingerprint.bytes)
        try reserve.bind(3, expires)
        try reserve.run()
    }

    func keep(_ call: Reservation, _ answer: StoredAnswer, until expires: Int64) throws(StorageError) {
        try self.answer.bind(1, call.key.bytes)
        try self.answer.bind(2, call.fingerprint.bytes)
        try self.answer.bind(3, expires)
        try self.answer.bind(4, Int64(answer.status))
        try self.answer.bind(5, answer.headers)
        try self.answer.bind(6, answer.body)
        try self.answer.run()
    }

    /// The key's call has ended, and nobody knows how. It counts from now.
    func markUnknown(_ key: Digest256, until expires: Int64) throws(StorageError) {
        try mark.bind(1, key.bytes)
        try mark.bind(2, expires)
        try mark.run()
    }

    func remove(_ key: Digest256) throws(StorageError) {
        try remove.bind(1, key.bytes)
        try remove.run()
    }

    /// Removes some of the rows whose time is over.
    func removeExpired(at wallClock: Int64) throws(StorageError) {
        try expire.bind(1, wallClock)
        try expire.run()
    }

    // MARK: Size

    /// Bytes in use and rows.
    func size() throws(StorageError) -> (bytes: Int64, rows: Int64) {
        let pages = try database.integer("PRAGMA page_count") - database.integer("PRAGMA freelist_count")
        return (try pages * database.integer("PRAGMA page_size"), try database.integer("SELECT count(*) FROM answers"))
    }
}

#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast, which Swift does not import: SQLite copies the bytes before this returns. */
static inline int waybill_sqlite3_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return count > 0 ? sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT)
                     : sqlite3_bind_zeroblob(statement, index, 0);
}

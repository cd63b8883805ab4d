/// The memory of a run of a compiled schema. Its arrays keep their room from message to message.
struct SchemaScratch {
    /// Members and items that were looked at, for schemas that ask; -1 stands for all of them.
    var log: [Int32] = []
    /// Bits of members and items, while one schema asks.
    var marks: [UInt64] = []
    /// The resources that evaluation has come through, where dynamic references need them.
    var scopes: [Int32] = []
    /// Items by hash, while `uniqueItems` is checked.
    var slots: [Int32] = []
    var hashes: [UInt64] = []

    /// Empties it; the room stays.
    mutating func reset() {
        if !log.isEmpty { log.removeAll(keepingCapacity: true) }
        if !marks.isEmpty { marks.removeAll(keepingCapacity: true) }
        if !scopes.isEmpty { scopes.removeAll(keepingCapacity: true) }
    }

    /// Gives back what an unusually large message needed.
    mutating func trim() {
        if slots.capacity > 1 << 16 {
            slots = []
            hashes = []
        }
        if log.capacity > 1 << 16 { log = [] }
        if marks.capacity > 1 << 14 { marks = [] }
    }
}

/// Byte strings to numbers: an open hash table in flat arrays, made once and only read afterwards.
///
/// A key consists of a tag and two pieces, so that a name and a namespace that lie apart in a message are looked up
/// without joining them. Entries with the same key are linked, in the order in which they were added.
struct ByteKeyTable: Sendable {
    private struct Entry {
        var start: Int
        var firstCount: Int
        var secondCount: Int
        var tag: UInt8
        var value: Int
        /// The next entry of the same key; -1 at the end.
        var next: Int
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var slots: [Int] = []

    struct Key {
        var tag: UInt8
        var first: [UInt8]
        var second: [UInt8]
    }

    init(_ keys: [(key: Key, value: Int)]) {
        var size = 8
        while size < keys.count * 2 { size *= 2 }
        slots = [Int](repeating: -1, count: size)
        for (key, value) in keys {
            let made = entries.count
            entries.append(
                Entry(
                    start: bytes.count, firstCount: key.first.count, secondCount: key.second.count, tag: key.tag,
                    value: value, next: -1))
            bytes += key.first
            bytes += key.second
            key.first.withUnsafeBytes { first in
                key.second.withUnsafeBytes { second in insert(made, key.tag, first, second) }
            }
        }
    }

    private mutating func insert(
        _ made: Int, _ tag: UInt8, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) {
        var slot = ByteKeyTable.hash(tag, first, second) & (slots.count - 1)
        while slots[slot] >= 0 {
            var entry = slots[slot]
            if matches(entry, tag, first, second) {
                while entries[entry].next >= 0 { entry = entries[entry].next }
                entries[entry].next = made
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = made
    }

    /// The first entry of a key; -1 when there is none.
    func entry(_ tag: UInt8, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        var slot = ByteKeyTable.hash(tag, first, second) & (slots.count - 1)
        while slots[slot] >= 0 {
            if matches(slots[slot], tag, first, second) { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return -1
    }

    func value(_ entry: Int) -> Int { entries[entry].value }

    /// The next entry with the same key; -1 after the last.
    func next(_ entry: Int) -> Int { entries[entry].next }

    private func matches(
        _ index: Int, _ tag: UInt8, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) -> Bool {
        let entry = entries[index]
        guard entry.tag == tag, entry.firstCount == first.count, entry.secondCount == second.count else { return false }
        for offset in 0..<first.count where bytes[entry.start + offset] != first[offset] { return false }
        let start = entry.start + entry.firstCount
        for offset in 0..<second.count where bytes[start + offset] != second[offset] { return false }
        return true
    }

    /// FNV-1a, 64 bits. The keys come from the contract, so a message can't fill the table.
    private static func hash(_ tag: UInt8, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        take(tag)
        for byte in first { take(byte) }
        take(0)
        for byte in second { take(byte) }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}

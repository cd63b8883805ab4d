internal import Glibc

/// Finds the texts a schema names among those of a message: by length and hash, then by comparing bytes.
///
/// The factor is chosen at compile time so that, if possible, no two names share a slot.
struct NameTable: Sendable {
    var firstSlot: Int32
    var mask: UInt32
    var factor: UInt64
    var shift: UInt64

    struct Slot: Sendable {
        /// -1 when the slot is free.
        var count: Int32 = -1
        var start: UInt32 = 0
        /// All of the hash: of texts of at most eight bytes no two of one length share it.
        var hash: UInt64 = 0
        /// The schema of the member; -1 when it is only required.
        var schema: Int32 = -1
        /// Where the name is in the order of the schema.
        var order: Int32 = 0
        var isRequired = false
    }

    /// The hash of a text. Eight bytes are read at once: the text must have as many readable bytes after its end.
    @inline(__always)
    static func hash(_ p: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(p)
        if count <= 8 {
            if count == 0 { return 0x517C_C1B7_2722_0A95 }
            let word = raw.loadUnaligned(as: UInt64.self) & (UInt64.max >> UInt64(64 - count * 8))
            return (word ^ UInt64(count) &<< 56 &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
        }
        var result = UInt64(count)
        var i = 0
        while i &+ 8 < count {
            result = (result ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            result ^= result &>> 29
            i &+= 8
        }
        result ^= raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        return result &* 0x9E37_79B9_7F4A_7C15
    }

    /// The slot of a text; nil when the table does not have it.
    @inline(__always)
    func find(
        _ p: UnsafePointer<UInt8>, _ count: Int, _ slots: UnsafePointer<Slot>, _ bytes: UnsafePointer<UInt8>
    ) -> UnsafePointer<Slot>? {
        let mixed = (NameTable.hash(p, count) ^ factor) &* 0xD6E8_FEB8_6659_FD93 &* (factor | 1)
        let base = slots + Int(firstSlot)
        var place = UInt32(truncatingIfNeeded: mixed &>> shift) & mask
        while true {
            let slot = base + Int(place)
            if slot.pointee.count < 0 { return nil }
            if slot.pointee.hash == mixed, Int(slot.pointee.count) == count,
                count <= 8 || NameTable.isSame(bytes + Int(slot.pointee.start), p, count)
            {
                return slot
            }
            place = (place &+ 1) & mask
        }
    }

    /// Whether two texts of more than eight bytes are equal.
    @inline(__always)
    private static func isSame(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count > 16 { return memcmp(a, b, count) == 0 }
        let left = UnsafeRawPointer(a)
        let right = UnsafeRawPointer(b)
        let first = left.loadUnaligned(as: UInt64.self) ^ right.loadUnaligned(as: UInt64.self)
        let last =
            left.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            ^ right.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        return first | last == 0
    }

    /// A table of distinct texts, whose slots are appended to `slots`.
    static func make(_ entries: [Slot], bytes: [UInt8], appendingTo slots: inout [Slot]) -> NameTable {
        var size = 4
        while size < entries.count * 2 { size *= 2 }
        var best: (table: NameTable, slots: [Slot], collisions: Int)?
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let hashes = entries.map { hash(base + Int($0.start), Int($0.count)) }
            var attempt: UInt64 = 0
            // Large tables are left with a few collisions: finding none takes too long.
            let attempts: UInt64 = entries.count > 256 ? 2 : 48
            while attempt < attempts, best?.collisions != 0 {
                if attempt == 16 || attempt == 32 { size *= 2 }
                attempt += 1
                let factor = attempt &* 0xA24B_AED4_963E_E407
                let table = NameTable(
                    firstSlot: Int32(slots.count), mask: UInt32(size - 1), factor: factor,
                    shift: UInt64(64 - size.trailingZeroBitCount))
                var made = [Slot](repeating: Slot(), count: size)
                var collisions = 0
                for (entry, hash) in zip(entries, hashes) {
                    let mixed = (hash ^ factor) &* 0xD6E8_FEB8_6659_FD93 &* (factor | 1)
                    var place = Int(UInt32(truncatingIfNeeded: mixed &>> table.shift) & table.mask)
                    while made[place].count >= 0 {
                        collisions += 1
                        place = (place + 1) & (size - 1)
                    }
                    made[place] = entry
                    made[place].hash = mixed
                }
                if collisions < best?.collisions ?? Int.max { best = (table, made, collisions) }
            }
        }
        guard let best else {
            slots += [Slot(), Slot()]
            return NameTable(firstSlot: Int32(slots.count - 2), mask: 1, factor: 0, shift: 63)
        }
        slots += best.slots
        return best.table
    }
}

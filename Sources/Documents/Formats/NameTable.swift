import Glibc

/// Finds equal names among many siblings by hashing; a few are compared one by one.
///
/// `Hasher` is seeded for each process, so that nobody outside can choose names that collide.
struct NameTable {
    private var slots: [Int32]
    private let mask: Int

    /// A table for that many names.
    init(_ count: Int) {
        var size = 64
        while size < count * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
    }

    /// The earlier node with the same namespace and name as this one; -1 when there is none, and the node is entered.
    mutating func earlier(
        _ node: Int, _ nodes: UnsafeMutablePointer<Document.Node>, _ bytes: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let n = nodes[node]
        var hasher = Hasher()
        hasher.combine(
            bytes: UnsafeRawBufferPointer(start: bytes + Int(n.nameStart), count: Int(n.nameCount)))
        hasher.combine(n.namespace)
        var slot = hasher.finalize() & mask
        while slots[slot] >= 0 {
            if NameTable.same(Int(slots[slot]), node, nodes, bytes) { return Int(slots[slot]) }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: node)
        return -1
    }

    @inline(__always)
    static func same(
        _ left: Int, _ right: Int, _ nodes: UnsafeMutablePointer<Document.Node>, _ bytes: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let a = nodes + left, b = nodes + right
        return a.pointee.nameCount == b.pointee.nameCount && a.pointee.namespace == b.pointee.namespace
            && memcmp(bytes + Int(a.pointee.nameStart), bytes + Int(b.pointee.nameStart), Int(a.pointee.nameCount)) == 0
    }
}

/// A set of small numbers that is emptied in no time and keeps the order of insertion, in memory that the caller lends.
struct ThreadSet {
    private let dense: UnsafeMutablePointer<Int32>
    private let sparse: UnsafeMutablePointer<Int32>
    private(set) var count = 0

    /// `memory` has `2 * capacity` cells, all initialised; members are below `capacity`.
    init(memory: UnsafeMutablePointer<Int32>, capacity: Int) {
        dense = memory
        sparse = memory + capacity
    }

    subscript(index: Int) -> Int { Int(dense[index]) }

    func contains(_ member: Int) -> Bool {
        let place = Int(sparse[member])
        return place < count && dense[place] == Int32(member)
    }

    /// Adds a member; false when it was there.
    mutating func insert(_ member: Int) -> Bool {
        if contains(member) { return false }
        dense[count] = Int32(member)
        sparse[member] = Int32(count)
        count += 1
        return true
    }

    mutating func removeAll() { count = 0 }
}

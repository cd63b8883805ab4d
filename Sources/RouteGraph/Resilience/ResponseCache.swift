import Glibc

/// Answers by key, in a bounded number of bytes: the decisions of `cache`, without clock or thread.
///
/// A table with open addressing over slots that form one line from the newest to the oldest. What has to go when there is no room
/// SIEVE decides (Zhang and others, NSDI 2024): a hand goes along the line from the oldest on, passes over answers that were used
/// since it last came by, and takes the first that was not. Using an answer moves nothing and writes one flag.
public final class ResponseCache {
    public enum Finding {
        case nothing
        /// In its time.
        case fresh(KeptAnswer)
        /// After its time; given at once, and fetched anew.
        case revalidating(KeptAnswer)
        /// After its time; good for no more than to stand in for a partner that fails.
        case onError(KeptAnswer)
        /// Answers with this key were not to be kept: calls go to the partner without waiting for each other.
        case unkept
    }

    private struct Slot {
        var hash = 0
        var key: [UInt8] = []
        var answer: KeptAnswer?
        /// After this the slot is of no use, nanoseconds.
        var until: Int64 = 0
        var cost = 0
        var wasUsed = false
        /// Neighbours in the line, or the next free slot; -1 for none.
        var newer: Int32 = -1
        var older: Int32 = -1
    }

    /// What a slot takes besides the bytes of its key and answer: its place in the arrays, and the heads of four objects.
    public static let overhead = 384

    /// The most bytes that it may take.
    public let limit: Int
    /// Bytes that it takes, overhead included.
    public private(set) var bytes = 0
    public private(set) var count = 0
    /// Answers that had to go before their time.
    public private(set) var evictions: UInt64 = 0

    private var slots: [Slot] = []
    private var free: Int32 = -1
    /// Positions in `slots`, by hash; -1 for none. At most half of it is used.
    private var index: [Int32] = Array(repeating: -1, count: 16)
    private var newest: Int32 = -1
    private var oldest: Int32 = -1
    private var hand: Int32 = -1

    public init(limit: Int) {
        self.limit = limit
    }

    /// A key's hash. It is seeded for the process, so nobody outside can make keys that collide.
    public static func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: key)
        return hasher.finalize()
    }

    // MARK: Looking up

    public func find(_ key: UnsafeRawBufferPointer, hash: Int, now: Int64) -> Finding {
        let place = locate(key, hash)
        guard place >= 0 else { return .nothing }
        let slot = Int(index[place])
        guard now < slots[slot].until else {
            remove(at: place)
            return .nothing
        }
        slots[slot].wasUsed = true
        guard let answer = slots[slot].answer else { return .unkept }
        if now < answer.freshUntil { return .fresh(answer) }
        return now < answer.revalidateUntil ? .revalidating(answer) : .onError(answer)
    }

    /// The place in `index`, or -1.
    private func locate(_ key: UnsafeRawBufferPointer, _ hash: Int) -> Int {
        let mask = index.count - 1
        var place = hash & mask
        while index[place] >= 0 {
            let slot = Int(index[place])
            if slots[slot].hash == hash, slots[slot].key.withUnsafeBytes({ Self.equal($0, key) }) { return place }
            place = (place + 1) & mask
        }
        return -1
    }

    private static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let p = a.baseAddress, let q = b.baseAddress else { return true }
        return memcmp(p, q, a.count) == 0
    }

    // MARK: Keeping

    /// Keeps an answer in place of the one with the same key.
    /// - Returns: false when it is larger than the whole cache, or of no use any more.
    @discardableResult
    public func insert(_ key: [UInt8], hash: Int, _ answer: KeptAnswer, now: Int64) -> Bool {
        put(
            key, hash, answer, until: answer.lastUse,
            cost: key.count + answer.headers.count + answer.body.count + Self.overhead, now)
    }

    /// Remembers for a while that answers with this key are not kept.
    public func markUnkept(_ key: [UInt8], hash: Int, until: Int64, now: Int64) {
        put(key, hash, nil, until: until, cost: key.count + Self.overhead, now)
    }

    public func remove(_ key: [UInt8], hash: Int) {
        let place = key.withUnsafeBytes { locate($0, hash) }
        if place >= 0 { remove(at: place) }
    }

    public func removeAll() {
        slots = []
        index = Array(repeating: -1, count: 16)
        (free, newest, oldest, hand) = (-1, -1, -1, -1)
        (bytes, count) = (0, 0)
    }

    @discardableResult
    private func put(
        _ key: [UInt8], _ hash: Int, _ answer: KeptAnswer?, until: Int64, cost: Int, _ now: Int64
    ) -> Bool {
        remove(key, hash: hash)
        guard cost <= limit, until > now else { return false }
        dropExpired(now)
        while bytes + cost > limit, evict(now) {}
        if 2 * (count + 1) > index.count { grow() }
        let slot = takeSlot()
        slots[slot] = Slot(hash: hash, key: key, answer: answer, until: until, cost: cost, older: newest)
        if newest >= 0 { slots[Int(newest)].newer = Int32(slot) } else { oldest = Int32(slot) }
        newest = Int32(slot)
        enter(slot)
        bytes += cost
        count += 1
        return true
    }

    private func takeSlot() -> Int {
        guard free >= 0 else {
            slots.append(Slot())
            return slots.count - 1
        }
        let slot = Int(free)
        free = slots[slot].older
        return slot
    }

    private func enter(_ slot: Int) {
        let mask = index.count - 1
        var place = slots[slot].hash & mask
        while index[place] >= 0 { place = (place + 1) & mask }
        index[place] = Int32(slot)
    }

    private func grow() {
        index = Array(repeating: -1, count: index.count * 2)
        var slot = newest
        while slot >= 0 {
            enter(Int(slot))
            slot = slots[Int(slot)].older
        }
    }

    // MARK: Making room

    /// A few of the oldest go when their time is over: answers are mostly kept for equal times.
    private func dropExpired(_ now: Int64) {
        for _ in 0..<4 {
            guard oldest >= 0, slots[Int(oldest)].until <= now else { return }
            drop(Int(oldest))
        }
    }

    /// Takes the answer that is least likely to be used again. False when there is none.
    private func evict(_ now: Int64) -> Bool {
        guard count > 0 else { return false }
        var slot = hand >= 0 ? hand : oldest
        while slots[Int(slot)].wasUsed, slots[Int(slot)].until > now {
            slots[Int(slot)].wasUsed = false
            slot = slots[Int(slot)].newer
            if slot < 0 { slot = oldest }
        }
        hand = slots[Int(slot)].newer
        if slots[Int(slot)].until > now { evictions &+= 1 }
        drop(Int(slot))
        return true
    }

    private func drop(_ slot: Int) {
        let place = slots[slot].key.withUnsafeBytes { locate($0, slots[slot].hash) }
        if place >= 0 { remove(at: place) }
    }

    private func remove(at place: Int) {
        let slot = Int(index[place])
        let (newer, older) = (slots[slot].newer, slots[slot].older)
        if newer >= 0 { slots[Int(newer)].older = older } else { newest = older }
        if older >= 0 { slots[Int(older)].newer = newer } else { oldest = newer }
        if hand == Int32(slot) { hand = newer }
        bytes -= slots[slot].cost
        count -= 1
        slots[slot] = Slot(older: free)
        free = Int32(slot)
        close(place)
    }

    /// Moves later entries of a run up, so that no gap cuts it in two.
    private func close(_ place: Int) {
        let mask = index.count - 1
        var gap = place
        var next = (place + 1) & mask
        while index[next] >= 0 {
            let home = slots[Int(index[next])].hash & mask
            // Whether the gap lies between the entry's home and its place.
            if (next &- home) & mask >= (next &- gap) & mask {
                index[gap] = index[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        index[gap] = -1
    }
}

/// A set of texts that live in the message: open addressing, its memory used again.
///
/// `Hasher` is seeded for each process, so that nobody outside can choose texts that collide.
struct XSDIdentifiers {
    typealias Text = UnsafeBufferPointer<UInt8>

    private var slots: [Text?] = []
    private var count = 0

    mutating func removeAll() {
        guard count > 0 else { return }
        count = 0
        for slot in slots.indices { slots[slot] = nil }
    }

    /// Adds a text; false when it is there already.
    mutating func insert(_ text: Text) -> Bool {
        if count * 2 >= slots.count { grow() }
        let slot = place(of: text)
        guard slots[slot] == nil else { return false }
        slots[slot] = text
        count += 1
        return true
    }

    func contains(_ text: Text) -> Bool { !slots.isEmpty && slots[place(of: text)] != nil }

    private func place(of text: Text) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while let other = slots[slot], !XSDValue.same(other, text) { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = [Text?](repeating: nil, count: max(16, old.count * 2))
        for case let text? in old { slots[place(of: text)] = text }
    }
}

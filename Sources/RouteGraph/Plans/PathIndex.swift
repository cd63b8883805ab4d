public import Documents

/// All the body paths that a mapping copies from, as a tree of names: one walk over a document finds the node of every path.
///
/// Names usually come in the contract's order, so each level tries the entry after the last hit first.
public struct PathIndex: Sendable {
    struct Entry: Sendable {
        var name: [UInt8]
        var isAttribute: Bool
        var slot: Int32
        var child: Int32
    }

    var levels: [[Entry]] = [[]]
    public private(set) var slotCount = 0

    public init() {}

    /// Adds a path and gives its slot; the same path gets the same slot. An attribute step begins with `@`.
    public mutating func add(_ steps: [String]) -> Int {
        var level = 0
        var slot = -1
        for (position, step) in steps.enumerated() {
            let isAttribute = step.utf8.first == 0x40
            let name = Array(isAttribute ? step.dropFirst().utf8 : step[...].utf8)
            let isLast = position == steps.count - 1
            var index = levels[level].firstIndex { $0.name == name && $0.isAttribute == isAttribute } ?? -1
            if index < 0 {
                index = levels[level].count
                levels[level].append(Entry(name: name, isAttribute: isAttribute, slot: -1, child: -1))
            }
            if isLast {
                if levels[level][index].slot < 0 {
                    levels[level][index].slot = Int32(slotCount)
                    slotCount += 1
                }
                slot = Int(levels[level][index].slot)
            } else {
                if levels[level][index].child < 0 {
                    levels[level][index].child = Int32(levels.count)
                    levels.append([])
                }
                level = Int(levels[level][index].child)
            }
        }
        return slot
    }

    /// Fills `slots` with the first node of each path below `root`, or -1.
    public func find(in document: Document, below root: Int, slots: UnsafeMutablePointer<Int32>) {
        for i in 0..<slotCount { slots[i] = -1 }
        guard slotCount > 0, root >= 0, root < document.count else { return }
        levels.withUnsafeBufferPointer { Self.walk($0, 0, document.nodes, document.bytes, root, slots) }
    }

    private static func walk(
        _ levels: UnsafeBufferPointer<[Entry]>, _ level: Int, _ nodes: UnsafePointer<Document.Node>,
        _ bytes: UnsafePointer<UInt8>, _ parent: Int, _ slots: UnsafeMutablePointer<Int32>
    ) {
        levels[level].withUnsafeBufferPointer { entries in
            let end = Int(nodes[parent].next)
            var node = parent &+ 1
            var hint = 0
            while node < end {
                let nameCount = Int(nodes[node].nameCount)
                let name = bytes + Int(nodes[node].nameStart)
                let isAttribute = nodes[node].kind == .attribute
                var j = hint
                var tried = 0
                while tried < entries.count {
                    if entries[j].name.count == nameCount, entries[j].isAttribute == isAttribute,
                        same(entries[j].name, name, nameCount)
                    {
                        let slot = entries[j].slot
                        if slot >= 0, slots[Int(slot)] < 0 { slots[Int(slot)] = Int32(truncatingIfNeeded: node) }
                        let child = entries[j].child
                        if child >= 0, nodes[node].kind == .object || nodes[node].kind == .element {
                            walk(levels, Int(child), nodes, bytes, node, slots)
                        }
                        hint = j &+ 1 == entries.count ? 0 : j &+ 1
                        break
                    }
                    j = j &+ 1 == entries.count ? 0 : j &+ 1
                    tried &+= 1
                }
                node = Int(nodes[node].next)
            }
        }
    }

    @inline(__always)
    private static func same(_ a: [UInt8], _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        a.withUnsafeBufferPointer { p in
            var i = 0
            while i < count {
                if p[i] != b[i] { return false }
                i &+= 1
            }
            return true
        }
    }
}

public import Documents

/// All the body paths that a mapping copies from, as a tree of names: one walk over a document finds the node of every path.
///
/// Names usually come in the contract's order, so each level tries the entry after the last hit first. The levels lie one after the
/// other in one array, the bytes of the names in another; ``PathTree`` makes them.
public struct PathIndex: Sendable {
    struct Entry: Sendable {
        var nameStart: Int32
        var nameCount: Int32
        var isAttribute: Bool
        /// -1 where no path ends.
        var slot: Int32
        /// The level below.
        var children: Level
    }

    /// Entries that stand side by side.
    struct Level: Sendable {
        var first: Int32 = 0
        var count: Int32 = 0
    }

    let names: [UInt8]
    let entries: [Entry]
    private let top: Level
    public let slotCount: Int

    init(names: [UInt8], entries: [Entry], top: Level, slotCount: Int) {
        self.names = names.compact
        self.entries = entries.compact
        self.top = top
        self.slotCount = slotCount
    }

    /// Fills `slots` with the first node of each path below `root`, or -1.
    public func find(in document: Document, below root: Int, slots: UnsafeMutablePointer<Int32>) {
        for i in 0..<slotCount { slots[i] = -1 }
        guard slotCount > 0, root >= 0, root < document.count else { return }
        names.withUnsafeBufferPointer { names in
            entries.withUnsafeBufferPointer { entries in
                guard let names = names.baseAddress ?? UnsafePointer(bitPattern: 1), let entries = entries.baseAddress
                else { return }
                Self.walk(Tables(names: names, entries: entries), top, document.nodes, document.bytes, root, slots)
            }
        }
    }

    private struct Tables {
        let names: UnsafePointer<UInt8>
        let entries: UnsafePointer<Entry>
    }

    private static func walk(
        _ tables: Tables, _ level: Level, _ nodes: UnsafePointer<Document.Node>, _ bytes: UnsafePointer<UInt8>,
        _ parent: Int, _ slots: UnsafeMutablePointer<Int32>
    ) {
        let entries = tables.entries + Int(level.first)
        let count = Int(level.count)
        let end = Int(nodes[parent].next)
        var node = parent &+ 1
        var hint = 0
        while node < end {
            let nameCount = Int(nodes[node].nameCount)
            let name = bytes + Int(nodes[node].nameStart)
            let isAttribute = nodes[node].kind == .attribute
            var j = hint
            var tried = 0
            while tried < count {
                if Int(entries[j].nameCount) == nameCount, entries[j].isAttribute == isAttribute,
                    same(tables.names + Int(entries[j].nameStart), name, nameCount)
                {
                    let slot = entries[j].slot
                    if slot >= 0, slots[Int(slot)] < 0 { slots[Int(slot)] = Int32(truncatingIfNeeded: node) }
                    let children = entries[j].children
                    if children.count > 0, nodes[node].kind == .object || nodes[node].kind == .element {
                        walk(tables, children, nodes, bytes, node, slots)
                    }
                    hint = j &+ 1 == count ? 0 : j &+ 1
                    break
                }
                j = j &+ 1 == count ? 0 : j &+ 1
                tried &+= 1
            }
            node = Int(nodes[node].next)
        }
    }

    @inline(__always)
    private static func same(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var i = 0
        while i < count {
            if a[i] != b[i] { return false }
            i &+= 1
        }
        return true
    }
}

/// Collects paths for a ``PathIndex``.
public struct PathTree {
    private struct Node {
        var name: [UInt8]
        var isAttribute: Bool
        var slot: Int32 = -1
        var children: [Int] = []
    }

    /// The first one is the root, which has no name.
    private var nodes = [Node(name: [], isAttribute: false)]
    private var slotCount = 0

    public init() {}

    /// Adds a path and gives its slot; the same path gets the same slot. An attribute step begins with `@`.
    public mutating func add(_ steps: [String]) -> Int {
        guard !steps.isEmpty else { return -1 }
        var node = 0
        for step in steps {
            let isAttribute = step.utf8.first == 0x40
            let name = Array(isAttribute ? step.dropFirst().utf8 : step[...].utf8)
            let known = nodes[node].children.first { nodes[$0].name == name && nodes[$0].isAttribute == isAttribute }
            if let known {
                node = known
            } else {
                nodes[node].children.append(nodes.count)
                node = nodes.count
                nodes.append(Node(name: name, isAttribute: isAttribute))
            }
        }
        if nodes[node].slot < 0 {
            nodes[node].slot = Int32(clamping: slotCount)
            slotCount += 1
        }
        return Int(nodes[node].slot)
    }

    public var index: PathIndex {
        var names: [UInt8] = []
        var entries: [PathIndex.Entry] = []
        entries.reserveCapacity(nodes.count - 1)
        // Level by level, so that the entries of one stand side by side.
        var order = [0]
        var top = PathIndex.Level()
        var next = 0
        while next < order.count {
            let node = nodes[order[next]]
            let level = PathIndex.Level(
                first: Int32(clamping: entries.count), count: Int32(clamping: node.children.count))
            if next == 0 { top = level } else { entries[next - 1].children = level }
            for child in node.children {
                entries.append(
                    PathIndex.Entry(
                        nameStart: Int32(clamping: names.count), nameCount: Int32(clamping: nodes[child].name.count),
                        isAttribute: nodes[child].isAttribute, slot: nodes[child].slot, children: PathIndex.Level()))
                names += nodes[child].name
            }
            order += node.children
            next += 1
        }
        return PathIndex(names: names, entries: entries, top: top, slotCount: slotCount)
    }
}

internal import Patterns

/// A schema set compiled for validation: flat tables that never change, shared by all threads.
final class XSDProgram: @unchecked Sendable {
    /// What a type allows between its tags.
    enum Content: UInt8 { case simpleType, empty, simple, slots, automaton, all, anything, unsupported }

    /// A type.
    struct TypeRow {
        var content = Content.anything
        var isMixed = false
        var isAbstract = false
        var derivation: UInt8 = 0
        var block: UInt8 = 0
        /// Whether values need what only libxml2 checks: identity constraints, qualified names.
        var needsReference = false
        var base: Int32 = 0
        /// Index in `simples`; -1 for none.
        var simple: Int32 = -1
        /// Slots, states or members of an `all` group.
        var first: Int32 = 0
        var count: Int32 = 0
        /// An `all` group: whether it may be left out as a whole.
        var isEmptiable = false
        var attributes: Int32 = 0
        var attributeCount: Int32 = 0
        var required: UInt64 = 0
        var wildcard: Int32 = -1
        /// Elements of an automaton start here in `wildTable`; -1 when the model has no wildcard.
        var wildTable: Int32 = -1
        /// `all`: a bit for each member that must be there.
        var allRequired: UInt64 = 0
        var name: Int32 = -1
    }

    /// An element declaration.
    struct ElementRow {
        var type: Int32 = 0
        var isNillable = false
        var isAbstract = false
        var needsReference = false
        var block: UInt8 = 0
        var name: Int32 = -1
        /// Index in `values`; -1 for none.
        var fixed: Int32 = -1
        /// The text that stands for an empty element: index in `values`, -1 for none.
        var defaultValue: Int32 = -1
    }

    /// An interned expanded name.
    struct NameRow {
        var hash: UInt32
        var namespace: UInt16
        var count: UInt16
        var start: UInt32
    }

    /// A place in a sequence: one of some elements or wildcards, some times.
    struct SlotRow {
        var first: Int32
        var count: Int32
        var min: UInt32
        var max: UInt32
    }

    /// A way on: an element (or a wildcard when `element` is below zero, then `-1 - element` is its index).
    struct EdgeRow {
        var hash: UInt32
        var namespace: UInt16
        var count: UInt16
        var start: UInt32
        var element: Int32
        var target: Int32
    }

    struct StateRow {
        var first: Int32
        var count: Int32
        var isFinal: Bool
    }

    struct AttributeRow {
        var hash: UInt32
        var namespace: UInt16
        var count: UInt16
        var start: UInt32
        var simple: Int32
        var fixed: Int32
        /// The bit in `TypeRow.required`; -1 when it is optional.
        var bit: Int8
        var name: Int32
    }

    struct WildcardRow {
        var process: UInt8
        /// `allowed[allowedFirst + namespace]`
        var allowed: Int32
    }

    /// A simple type.
    struct SimpleRow {
        enum Variety: UInt8 { case atomic, list, union }
        var variety = Variety.atomic
        var primitive = XSDPrimitive.string
        var whiteSpace = XSDWhiteSpace.preserve
        /// Whether there is anything to check beyond the spelling of the primitive.
        var hasFacets = false
        var needsReference = false
        var minIsExclusive = false
        var maxIsExclusive = false
        var minLength: UInt32 = 0
        var maxLength = UInt32.max
        var totalDigits = UInt32.max
        var fractionDigits = UInt32.max
        /// Indexes in `values`; -1 for none.
        var minimum: Int32 = -1
        var maximum: Int32 = -1
        var patterns: Int32 = 0
        var patternCount: Int32 = 0
        var enumeration: Int32 = 0
        /// -1 when every value is allowed.
        var enumerationCount: Int32 = -1
        /// Whether the enumeration is sorted by length and bytes.
        var isSorted = false
        /// The item of a list (in `members`) or the members of a union.
        var members: Int32 = 0
        var memberCount: Int32 = 0
    }

    let types: UnsafeBufferPointer<TypeRow>
    let elements: UnsafeBufferPointer<ElementRow>
    let names: UnsafeBufferPointer<NameRow>
    let slots: UnsafeBufferPointer<SlotRow>
    let edges: UnsafeBufferPointer<EdgeRow>
    let states: UnsafeBufferPointer<StateRow>
    let wildTable: UnsafeBufferPointer<(target: Int32, wildcard: Int32)>
    let attributes: UnsafeBufferPointer<AttributeRow>
    let wildcards: UnsafeBufferPointer<WildcardRow>
    let allowed: UnsafeBufferPointer<Bool>
    let simples: UnsafeBufferPointer<SimpleRow>
    let members: UnsafeBufferPointer<Int32>
    let values: UnsafeBufferPointer<XSDValue>
    /// Names, and the texts of values and enumerations.
    let bytes: UnsafeBufferPointer<UInt8>
    let patterns: [Pattern]
    let matchers: UnsafeBufferPointer<PatternMatcher>
    let patternTexts: [String]
    /// What the bounds and enumerations say, for violations: by index in `values`.
    let valueTexts: [String]
    /// Namespaces by index; 0 is none, and the index after the last stands for all that are not named.
    let namespaces: [String]
    let globalElements: XSDNameIndex
    let globalTypes: XSDNameIndex
    let globalAttributes: XSDNameIndex
    let namespaceIndex: XSDNameIndex
    /// The index of the namespace of `xsi:` attributes.
    let instanceNamespace: Int
    private let allocations: [UnsafeMutableRawPointer]

    init(_ tables: XSDTables) {
        var allocations: [UnsafeMutableRawPointer] = []
        func keep<T>(_ rows: [T]) -> UnsafeBufferPointer<T> {
            let copy = UnsafeMutableBufferPointer<T>.allocate(capacity: max(1, rows.count))
            _ = copy.initialize(from: rows)
            if let base = copy.baseAddress { allocations.append(UnsafeMutableRawPointer(base)) }
            return UnsafeBufferPointer(rebasing: copy[..<rows.count])
        }
        bytes = keep(tables.bytes)
        types = keep(tables.types)
        elements = keep(tables.elements)
        names = keep(tables.names)
        slots = keep(tables.slots)
        edges = keep(tables.edges)
        states = keep(tables.states)
        wildTable = keep(tables.wildTable)
        attributes = keep(tables.attributes)
        wildcards = keep(tables.wildcards)
        allowed = keep(tables.allowed)
        simples = keep(tables.simples)
        members = keep(tables.members)
        values = keep(tables.boundValues(in: bytes))
        patterns = tables.patterns
        matchers = keep(tables.patterns.map { PatternMatcher($0) })
        patternTexts = tables.patternTexts
        valueTexts = tables.valueTexts
        namespaces = tables.namespaces
        instanceNamespace = tables.instanceNamespace
        namespaceIndex = XSDNameIndex(tables.namespaceNames, names: tables.names)
        globalElements = XSDNameIndex(tables.globalElements, names: tables.names)
        globalTypes = XSDNameIndex(tables.globalTypes, names: tables.names)
        globalAttributes = XSDNameIndex(tables.globalAttributes, names: tables.names)
        self.allocations = allocations
    }

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }

    /// A number for a name, from its bytes and the index of its namespace; not seeded, since the table it looks into is
    /// the contract's own.
    @inline(__always)
    static func hash(_ p: UnsafePointer<UInt8>, _ count: Int, _ namespace: Int) -> UInt32 {
        let raw = UnsafeRawPointer(p)
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = raw.loadUnaligned(as: UInt64.self)
            last = raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(raw.loadUnaligned(as: UInt32.self))
            last = UInt64(raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
        } else if count > 0 {
            first = UInt64(p[0]) | UInt64(p[count &- 1]) << 8 | UInt64(p[count / 2]) << 16
        }
        var h = first &* 0x9E37_79B9_7F4A_7C15
        h ^= (last &+ UInt64(truncatingIfNeeded: count)) &* 0xC2B2_AE3D_27D4_EB4F
        h ^= UInt64(truncatingIfNeeded: namespace) &* 0x1656_67B1_9E37_79F9
        return UInt32(truncatingIfNeeded: h >> 32 ^ h)
    }

    func text(_ name: Int32) -> String {
        guard name >= 0, Int(name) < names.count else { return "" }
        let row = names[Int(name)]
        return String(decoding: bytes[Int(row.start)..<Int(row.start) + Int(row.count)], as: UTF8.self)
    }
}

/// Finds a row by its name: open addressing over the hash that names are compared by.
final class XSDNameIndex: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<(hash: UInt32, name: Int32, row: Int32)>
    private let mask: Int

    init(_ entries: [(name: Int32, row: Int32)], names: [XSDProgram.NameRow]) {
        var size = 16
        while size < entries.count * 2 { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: (0, -1, -1), count: size)
        mask = size - 1
        for entry in entries {
            let hash = names[Int(entry.name)].hash
            var slot = Int(hash) & mask
            while slots[slot].name >= 0 { slot = (slot + 1) & mask }
            slots[slot] = (hash, entry.name, entry.row)
        }
    }

    deinit { slots.deallocate() }

    /// The row of a name; -1 when there is none.
    func find(
        _ hash: UInt32, _ p: UnsafePointer<UInt8>, _ count: Int, _ namespace: Int, _ program: XSDProgram
    ) -> Int {
        var slot = Int(hash) & mask
        while slots[slot].name >= 0 {
            if slots[slot].hash == hash {
                let name = program.names[Int(slots[slot].name)]
                if Int(name.count) == count, Int(name.namespace) == namespace,
                    XSDValue.same(
                        UnsafeBufferPointer(rebasing: program.bytes[Int(name.start)..<Int(name.start) + count]),
                        UnsafeBufferPointer(start: p, count: count))
                {
                    return Int(slots[slot].row)
                }
            }
            slot = (slot + 1) & mask
        }
        return -1
    }
}

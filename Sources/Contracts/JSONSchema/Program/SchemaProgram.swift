internal import Documents
internal import Patterns

/// A schema with everything it refers to, compiled to flat arrays that know each other by index.
///
/// Each place of a schema is compiled once, however often it is referred to, so that the program is not larger than
/// the texts it comes from.
final class SchemaProgram: @unchecked Sendable {
    // Nothing here changes after it is made, so that threads may share what the pointers lead to.
    let root: Int32
    let tables: SchemaPointers
    let bounds: [NumberBound]
    let divisorTexts: [String]
    /// Roots of constants with their hashes.
    let constantRoots: [Int32]
    let constantHashes: [UInt64]
    let patterns: [Pattern]
    let patternTexts: [String]
    /// The schema of a dynamic anchor in a resource, -1 for none: anchors by resources.
    let dynamicTargets: [Int32]
    let resourceCount: Int
    private let allocations: [UnsafeMutableRawPointer]

    init(_ parts: SchemaProgramParts, root: Int32, resourceCount: Int) {
        var allocations: [UnsafeMutableRawPointer] = []
        func keep<Row>(_ rows: [Row]) -> UnsafeBufferPointer<Row> {
            let copy = UnsafeMutableBufferPointer<Row>.allocate(capacity: max(1, rows.count))
            _ = copy.initialize(from: rows)
            if let base = copy.baseAddress { allocations.append(UnsafeMutableRawPointer(base)) }
            return UnsafeBufferPointer(rebasing: copy[..<rows.count])
        }
        self.root = root
        tables = SchemaPointers(
            codes: keep(parts.codes), operations: keep(parts.operations), lists: keep(parts.lists),
            objects: keep(parts.objects), arrays: keep(parts.arrays), strings: keep(parts.strings),
            numbers: keep(parts.numbers), smalls: keep(parts.bounds.map(\.small)), divisors: keep(parts.divisors),
            matchers: keep(parts.patterns.map { PatternMatcher($0) }), tables: keep(parts.tables),
            slots: keep(parts.slots), constants: keep(parts.pool.nodes), bytes: keep(parts.pool.bytes))
        bounds = parts.bounds
        divisorTexts = parts.divisorTexts
        constantRoots = parts.constantRoots
        constantHashes = parts.constantHashes
        patterns = parts.patterns
        patternTexts = parts.patternTexts
        dynamicTargets = parts.dynamicTargets
        self.resourceCount = resourceCount
        self.allocations = allocations
    }

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }
}

/// The tables of a program, valid as long as the program.
struct SchemaPointers {
    let codes: UnsafeBufferPointer<SchemaCode>
    let operations: UnsafeBufferPointer<SchemaOperation>
    let lists: UnsafeBufferPointer<Int32>
    let objects: UnsafeBufferPointer<ObjectRules>
    let arrays: UnsafeBufferPointer<ArrayRules>
    let strings: UnsafeBufferPointer<StringRules>
    let numbers: UnsafeBufferPointer<NumberRules>
    /// The bounds that fit in 64 bits.
    let smalls: UnsafeBufferPointer<SmallNumber?>
    let divisors: UnsafeBufferPointer<ExactDivisor>
    let matchers: UnsafeBufferPointer<PatternMatcher>
    let tables: UnsafeBufferPointer<NameTable>
    let slots: UnsafeBufferPointer<NameTable.Slot>
    let constants: UnsafeBufferPointer<Document.Node>
    let bytes: UnsafeBufferPointer<UInt8>
}

/// A program while it is made.
struct SchemaProgramParts {
    var codes = [SchemaCode(), SchemaCode(kinds: 0)]
    var operations: [SchemaOperation] = []
    var lists: [Int32] = []
    var objects: [ObjectRules] = []
    var arrays: [ArrayRules] = []
    var strings: [StringRules] = []
    var numbers: [NumberRules] = []
    var tables: [NameTable] = []
    var slots: [NameTable.Slot] = []
    var bounds: [NumberBound] = []
    var divisors: [ExactDivisor] = []
    var divisorTexts: [String] = []
    var constantRoots: [Int32] = []
    var constantHashes: [UInt64] = []
    var patterns: [Pattern] = []
    var patternTexts: [String] = []
    var dynamicTargets: [Int32] = []
    var pool = ConstantPool()
}

internal import Documents
internal import Patterns

/// Checks one document by a program: says yes or no, and stops at the first thing that is wrong.
///
/// The work is bounded: every schema that is applied to a value, and every value that is compared, is a step, and
/// there are only as many steps as the document and the program deserve.
struct SchemaRun {
    /// Schemas inside each other, over all levels of the document.
    static let greatestDepth = 1_500

    let program: SchemaProgram
    let tables: SchemaPointers
    var nodes: UnsafePointer<Document.Node>
    let bytes: UnsafePointer<UInt8>
    var steps: Int
    var depth = 0
    var scratch: SchemaScratch
    /// Whether dynamic references ask where evaluation came from.
    private let hasScopes: Bool

    init(
        _ program: SchemaProgram, _ document: Document, _ scratch: consuming SchemaScratch, steps: Int
    ) {
        self.program = program
        tables = program.tables
        hasScopes = program.resourceCount > 1 && !program.dynamicTargets.isEmpty
        nodes = document.nodes
        bytes = document.bytes
        self.steps = steps
        self.scratch = scratch
    }

    /// The steps that a document may take.
    static func budget(_ program: SchemaProgram, nodes: Int) -> Int {
        100_000 + nodes * min(max(program.tables.codes.count, 16), 256)
    }

    var isExhausted: Bool { steps < 0 }

    /// Whether the value at `node` is valid.
    ///
    /// `tracks`: somebody around asks which members and items were looked at, and they are logged.
    mutating func check(_ schema: Int32, _ node: Int, tracks: Bool) -> Bool {
        holds(schema, node, tracks: tracks)
    }

    /// `check`, to be put in place where members and items are gone through: most are scalars and end here.
    @inline(__always)
    mutating func holds(_ schema: Int32, _ node: Int, tracks: Bool) -> Bool {
        if schema == SchemaCode.always { return true }
        steps &-= 1
        if steps < 0 { return false }
        let code = tables.codes.baseAddress.unsafelyUnwrapped + Int(schema)
        let kind = nodes[node].kind
        if code.pointee.kinds & (1 &<< UInt16(kind.rawValue)) == 0 { return false }
        if kind == .string {
            if code.pointee.string >= 0, !text(Int(code.pointee.string), node) { return false }
            if code.pointee.operationCount == 0 { return true }
            if code.pointee.operationCount == 1 {
                let operation = tables.operations.baseAddress.unsafelyUnwrapped + Int(code.pointee.firstOperation)
                if operation.pointee.code == .text { return isListed(operation.pointee, node) }
            }
        } else if kind == .number {
            if code.pointee.number >= 0, !number(Int(code.pointee.number), node) { return false }
            if code.pointee.operationCount == 0 { return true }
        } else if kind == .true || kind == .false, code.pointee.operationCount == 0 {
            return true
        }
        return inner(code, node, kind, tracks: tracks)
    }

    @inline(never)
    mutating func inner(
        _ row: UnsafePointer<SchemaCode>, _ node: Int, _ kind: Document.NodeKind, tracks: Bool
    ) -> Bool {
        let code = row.pointee
        depth &+= 1
        defer { depth &-= 1 }
        if depth > SchemaRun.greatestDepth {
            steps = -1
            return false
        }
        var isScoped = false
        if hasScopes, scratch.scopes.last != code.resource {
            scratch.scopes.append(code.resource)
            isScoped = true
        }
        let asks = code.flags & SchemaCode.Flags.tracks != 0
        let start = scratch.log.count
        var isValid = true
        if kind == .object {
            if code.object >= 0 { isValid = object(Int(code.object), node, tracks: tracks || asks) }
        } else if kind == .array {
            if code.array >= 0 { isValid = array(Int(code.array), node, tracks: tracks || asks) }
        }
        if isValid, code.operationCount > 0 {
            isValid = operations(code, node, from: start, tracks: tracks || asks)
        }
        if asks, !tracks { forget(start) }
        if isScoped { scratch.scopes.removeLast() }
        return isValid
    }

    // MARK: - Operations

    private mutating func operations(_ code: SchemaCode, _ node: Int, from start: Int, tracks: Bool) -> Bool {
        let rows = tables.operations.baseAddress.unsafelyUnwrapped + Int(code.firstOperation)
        var place = 0
        while place < Int(code.operationCount) {
            let operation = rows[place]
            place &+= 1
            switch operation.code {
            case .schema:
                if !holds(operation.a, node, tracks: tracks) { return false }
            case .text:
                if !isListed(operation, node) { return false }
            case .constant:
                if !isConstant(operation, node) { return false }
            case .anyOf:
                if !any(operation, node, tracks: tracks) { return false }
            case .oneOf:
                if matches(operation, node, tracks: tracks, atMost: 2) != 1 { return false }
            case .not:
                if check(operation.a, node, tracks: false) { return false }
            case .condition:
                let mark = scratch.log.count
                if check(operation.a, node, tracks: tracks) {
                    if !check(operation.b, node, tracks: tracks) { return false }
                } else {
                    forget(mark)
                    if !check(operation.c, node, tracks: tracks) { return false }
                }
            case .dependent:
                if nodes[node].kind == .object, member(node, named: operation.b) >= 0,
                    !check(operation.a, node, tracks: tracks)
                {
                    return false
                }
            case .dynamic:
                if !check(target(operation), node, tracks: tracks) { return false }
            case .unevaluatedProperties:
                if nodes[node].kind == .object, !rest(operation.a, node, from: start) { return false }
            case .unevaluatedItems:
                if nodes[node].kind == .array, !rest(operation.a, node, from: start) { return false }
            }
        }
        return steps >= 0
    }

    private mutating func any(_ operation: SchemaOperation, _ node: Int, tracks: Bool) -> Bool {
        var isMatched = false
        let first = Int(operation.a)
        for index in first..<first &+ Int(operation.b) {
            let mark = scratch.log.count
            if check(tables.lists[index], node, tracks: tracks) {
                if !tracks { return true }
                isMatched = true
            } else {
                forget(mark)
            }
        }
        return isMatched
    }

    /// How many of the schemas hold, counted up to `atMost`.
    mutating func matches(_ operation: SchemaOperation, _ node: Int, tracks: Bool, atMost: Int) -> Int {
        var count = 0
        let first = Int(operation.a)
        for index in first..<first &+ Int(operation.b) {
            let mark = scratch.log.count
            if check(tables.lists[index], node, tracks: tracks) {
                count &+= 1
                if count == atMost { return count }
            } else {
                forget(mark)
            }
        }
        return count
    }

    /// The schema that a dynamic reference means, coming from where evaluation came from.
    func target(_ operation: SchemaOperation) -> Int32 {
        let row = Int(operation.b) &* program.resourceCount
        for scope in scratch.scopes {
            let target = program.dynamicTargets[row &+ Int(scope)]
            if target >= 0 { return target }
        }
        return operation.a
    }

    // MARK: - What was looked at

    /// Forgets what was logged since then.
    @inline(__always)
    mutating func forget(_ mark: Int) {
        if scratch.log.count > mark { scratch.log.removeLast(scratch.log.count &- mark) }
    }

    /// Whether `schema` holds for all members or items that are not in the log from `start` on; then all are.
    private mutating func rest(_ schema: Int32, _ node: Int, from start: Int) -> Bool {
        var isAll = false
        let base = scratch.marks.count
        let end = Int(nodes[node].next)
        let words = (end &- node &+ 63) &>> 6
        for _ in 0..<words { scratch.marks.append(0) }
        for index in start..<scratch.log.count {
            let entry = Int(scratch.log[index])
            if entry < 0 {
                isAll = true
                break
            }
            scratch.marks[base &+ (entry &- node) &>> 6] |= 1 &<< UInt64((entry &- node) & 63)
        }
        steps &-= words &+ scratch.log.count &- start
        var isValid = true
        var child = node &+ 1
        while !isAll, child < end {
            let isMarked = scratch.marks[base &+ (child &- node) &>> 6] &>> UInt64((child &- node) & 63) & 1 == 1
            if !isMarked, !check(schema, child, tracks: false) {
                isValid = false
                break
            }
            child = Int(nodes[child].next)
        }
        scratch.marks.removeLast(words)
        if isValid { scratch.log.append(-1) }
        return isValid
    }
}

import Audit
import RouteGraph

/// Members of audit records that are the same for every call of an operation, a consumer or a stage: written once for each loop and
/// graph, then copied. Nothing that loops share is touched for them.
final class AuditPieces {
    private struct Piece {
        var start: UnsafeMutablePointer<UInt8>
        var count: Int
    }

    /// The graph that the pieces are of.
    private var graph: ObjectIdentifier?
    private var generation: UInt64 = 0
    private var operations: [Piece?] = []
    private var consumers: [Piece?] = []
    private var stages: [Piece] = []
    private let builder = AuditLineBuilder()

    init() {
        stages = Stage.allCases.map { stage in
            builder.begin()
            builder.integer(stage.name, 0)
            // Without the brace before it, the digit and the brace behind it.
            return AuditPieces.keep(builder.end().dropFirst().dropLast(2))
        }
    }

    deinit {
        forget()
        for piece in stages { piece.start.deallocate() }
    }

    /// Consumer, partner, operation and generation, as far as they are known.
    func write(_ call: Call, _ graph: RouteGraph, to line: AuditLineBuilder) {
        if self.graph != ObjectIdentifier(graph) || generation != graph.generation { change(to: graph) }
        if let consumer = call.consumer, consumer < consumers.count {
            put(consumers[consumer] ?? make(consumer: consumer, graph), to: line)
        }
        if let operation = call.operation, operation.index < operations.count {
            put(operations[operation.index] ?? make(operation, graph), to: line)
        } else {
            line.integer("generation", Int(clamping: graph.generation))
        }
    }

    /// The microseconds of each stage that took any.
    func writeStages(_ timings: UnsafeMutablePointer<UInt32>, to line: AuditLineBuilder) {
        for index in stages.indices where timings[index] > 0 {
            put(stages[index], to: line)
            line.element(Int(timings[index]))
        }
    }

    @inline(__always)
    private func put(_ piece: Piece, to line: AuditLineBuilder) {
        line.members(UnsafeBufferPointer(start: piece.start, count: piece.count))
    }

    // MARK: Making

    /// Calls that began on an older graph end on it, so this may go back and forth for a moment after a reload.
    @inline(never)
    private func change(to graph: RouteGraph) {
        forget()
        self.graph = ObjectIdentifier(graph)
        generation = graph.generation
        operations = Array(repeating: nil, count: graph.operations.count)
        consumers = Array(repeating: nil, count: graph.consumers.count)
    }

    private func forget() {
        for case let piece? in operations { piece.start.deallocate() }
        for case let piece? in consumers { piece.start.deallocate() }
    }

    @inline(never)
    private func make(consumer: Int, _ graph: RouteGraph) -> Piece {
        builder.begin()
        builder.text("consumer", graph.consumers[consumer].name)
        let piece = AuditPieces.keep(members())
        consumers[consumer] = piece
        return piece
    }

    @inline(never)
    private func make(_ operation: OperationPlan, _ graph: RouteGraph) -> Piece {
        builder.begin()
        builder.text("partner", operation.partner)
        builder.text("operation", operation.name)
        builder.integer("generation", Int(clamping: graph.generation))
        let piece = AuditPieces.keep(members())
        operations[operation.index] = piece
        return piece
    }

    /// What was written, without the braces, and with a comma at its end.
    private func members() -> Slice<UnsafeRawBufferPointer> {
        builder.boolean("end", true)
        return builder.end().dropFirst().dropLast(#""end":true}"#.utf8.count)
    }

    private static func keep(_ bytes: Slice<UnsafeRawBufferPointer>) -> Piece {
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        for (offset, byte) in bytes.enumerated() { start[offset] = byte }
        return Piece(start: start, count: bytes.count)
    }
}

import Audit
import Contracts
import Documents
import NIOPosix
import RouteGraph

/// Writes one audit line for each call that ended. Runs on the call's loop: it formats into a buffer of the loop's own and
/// hands the bytes over; disk work is the audit writer's.
final class AuditCallLog: CallLog {
    private let writer: AuditWriter
    /// One for each loop's thread; none is ever seen by another.
    private let builders = ThreadSpecificVariable<LoopBuilder>()

    private final class LoopBuilder: @unchecked Sendable {
        let line = AuditLineBuilder(ByteWriter(capacity: 4096))
    }

    init(writer: AuditWriter) {
        self.writer = writer
    }

    var refusesCalls: Bool { writer.refusesCalls }

    func append(_ call: Call) {
        let line: AuditLineBuilder
        if let present = builders.currentValue {
            line = present.line
        } else {
            let made = LoopBuilder()
            builders.currentValue = made
            line = made.line
        }
        line.begin()
        line.time("time", nanoseconds: call.wallClock)
        line.text("type", "call" as StaticString)
        line.text("correlation", call.correlation)
        if call.traceID.count > 0 { line.text("trace", call.traceID) }
        if let consumer = call.consumerName { line.text("consumer", consumer) }
        if let operation = call.operation {
            line.text("partner", operation.partner)
            line.text("operation", operation.name)
        }
        if let graph = call.graph { line.integer("generation", Int(clamping: graph.generation)) }
        if call.head.methodCount > 0 {
            line.text("method", UnsafeBufferPointer(start: call.head.bytes, count: call.head.methodCount))
        }
        if call.head.pathCount > 0 { line.text("path", Self.printable(call.head.path)) }
        line.text("outcome", call.outcome.name)
        line.integer("status", call.status)
        if let failure = call.failure {
            line.text("code", failure.code)
            line.text("category", failure.category.rawValue)
            if let partnerCode = failure.partnerCode { line.text("partnerCode", partnerCode) }
        }
        if call.isReplay { line.boolean("replayed", true) }
        if call.partnerStatus > 0 { line.integer("partnerStatus", call.partnerStatus) }
        if !call.attempts.isEmpty {
            line.beginList("attempts")
            for attempt in call.attempts {
                line.beginObject()
                line.integer("microseconds", Int(max(0, attempt.ended - attempt.started) / 1000))
                if attempt.status > 0 { line.integer("status", attempt.status) }
                if let failure = attempt.failure { line.text("failure", failure.rawValue) }
                if attempt.place > 0 { line.integer("place", attempt.place) }
                line.boolean("reused", attempt.reusedConnection)
                line.endObject()
            }
            line.endList()
        }
        if !call.partnerViolations.isEmpty { Self.violations("partnerViolations", call.partnerViolations, line) }
        if let failure = call.failure, !failure.violations.isEmpty {
            Self.violations("violations", failure.violations, line)
        }
        line.beginObject("stages")
        for stage in Stage.allCases where call.timings[Int(stage.rawValue)] > 0 {
            line.integer(stage.name, Int(call.timings[Int(stage.rawValue)]))
        }
        line.endObject()
        line.integer("microseconds", Int(max(0, call.ended - call.started) / 1000))
        line.beginObject("bytes")
        line.integer("received", call.requestBytes)
        line.integer("sent", call.sentBytes)
        line.integer("partner", call.receivedBytes)
        line.integer("answered", call.responseBytes)
        line.endObject()
        if let bodies = call.bodies { AuditBodies.write(bodies, of: call, to: line) }
        _ = writer.append(line.end())
    }

    /// Messages describe values and never quote them, so they may be kept.
    private static func violations(_ name: StaticString, _ violations: [Violation], _ line: AuditLineBuilder) {
        line.beginList(name)
        for violation in violations {
            line.beginObject()
            line.text("pointer", violation.pointer)
            line.text("keyword", violation.keyword)
            line.text("message", violation.message)
            line.endObject()
        }
        line.endList()
    }

    /// A path may hold any byte; a JSON line holds UTF-8 only.
    private static func printable(_ path: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: path.prefix(512), as: UTF8.self)
    }
}

/// For gateways without an audit section, and for tools: keeps nothing.
struct NoCallLog: CallLog {
    var refusesCalls: Bool { false }
    func append(_ call: Call) {}
}

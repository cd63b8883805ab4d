import Audit
import Contracts
import RouteGraph

/// The audit trail as the proxy sees it: a recorder for each loop.
struct AuditCallLog: CallLog {
    let writer: AuditWriter

    func recorder() -> any CallRecorder { AuditRecorder(writer) }
}

/// Writes one audit line for each call of a loop that ended, straight into the memory that the audit's own thread reads.
final class AuditRecorder: CallRecorder {
    private let writer: AuditWriter
    private let producer: AuditProducer
    private let pieces = AuditPieces()

    init(_ writer: AuditWriter) {
        self.writer = writer
        producer = writer.makeProducer()
    }

    var refusesCalls: Bool { writer.refusesCalls }

    func append(_ call: Call) {
        // What room is left belongs to calls that were let in: one that was refused at the door is counted, not recorded, until there is
        // room again.
        if producer.isCrowded, call.operation == nil, call.failure != nil { return producer.drop() }
        let line = producer.begin()
        line.time("time", nanoseconds: call.wallClock)
        line.text("type", "call" as StaticString)
        line.token("correlation", call.correlation)
        if call.traceID.count > 0 { line.token("trace", call.traceID) }
        if let graph = call.graph { pieces.write(call, graph, to: line) }
        if call.head.methodCount > 0 {
            line.text("method", UnsafeBufferPointer(start: call.head.bytes, count: call.head.methodCount))
        }
        if call.head.pathCount > 0 {
            line.text("path", UnsafeBufferPointer(rebasing: call.head.path.prefix(Self.longestPath)))
        }
        if call.head.majorVersion == 2 { line.integer("http", 2) }
        line.text("outcome", call.outcome.name)
        line.integer("status", call.status)
        if let failure = call.failure {
            line.text("code", failure.code)
            line.text("category", failure.category.rawValue)
            if let partnerCode = failure.partnerCode { line.text("partnerCode", partnerCode) }
        }
        if call.isReplay { line.boolean("replayed", true) }
        if let use = call.cache { line.text("cache", use.rawValue) }
        if call.partnerStatus > 0 { line.integer("partnerStatus", call.partnerStatus) }
        if !call.attempts.isEmpty {
            line.beginList("attempts")
            for index in call.attempts.indices {
                let attempt = call.attempts[index]
                line.beginObject()
                line.integer("microseconds", Int(max(0, attempt.ended - attempt.started) / 1000))
                if attempt.status > 0 { line.integer("status", attempt.status) }
                if let failure = attempt.failure { line.text("failure", failure.rawValue) }
                if attempt.isNext { line.text("version", "next" as StaticString) }
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
        pieces.writeStages(call.timings, to: line)
        line.endObject()
        line.integer("microseconds", Int(max(0, call.ended - call.started) / 1000))
        line.beginObject("bytes")
        line.integer("received", call.requestBytes)
        line.integer("sent", call.sentBytes)
        line.integer("partner", call.receivedBytes)
        line.integer("answered", call.responseBytes)
        line.endObject()
        if let bodies = call.bodies { AuditBodies.write(bodies, of: call, to: line) }
        producer.commit()
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

    /// Bytes of a path that a record holds.
    private static let longestPath = 512
}

/// For gateways without an audit section, and for tools: keeps nothing.
final class NoCallLog: CallLog, CallRecorder {
    var refusesCalls: Bool { false }
    func recorder() -> any CallRecorder { self }
    func append(_ call: Call) {}
}

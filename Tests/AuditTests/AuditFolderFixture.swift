import Audit
import Foundation

/// A folder of its own for one test, removed when the test ends.
final class AuditFolderFixture: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/waybill-audit-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return all.filter { $0.hasSuffix(".jsonl") }.sorted { $0.suffix(12) < $1.suffix(12) }
    }

    func options(
        rotate: Int = 1 << 20, onFailure: AuditFailurePolicy = .refuse, queue: Int = 1 << 20, reserve: Int = 0,
        sync: AuditSyncPolicy = .interval(milliseconds: 20), stall: Int = 60_000
    ) -> AuditOptions {
        AuditOptions(
            directory: path, rotateBytes: rotate, onFailure: onFailure, queueBytes: queue, reserveBytes: reserve,
            sync: sync,
            batchMilliseconds: 1, retryMilliseconds: 10, stallMilliseconds: stall)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func lines(_ name: String) throws -> [String] {
        try String(decoding: bytes(name), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func verify(expecting: AuditLink? = nil) throws -> AuditReport {
        try AuditVerifier.verify(directory: path, expecting: expecting)
    }

    /// Writes `count` records with one writer's life.
    func fill(_ count: Int, rotate: Int = 1 << 20, from first: Int = 0) {
        let writer = AuditWriter(options(rotate: rotate))
        for index in first..<(first + count) { writer.append(call: index) }
        writer.stop()
    }
}

extension AuditWriter {
    @discardableResult
    func append(call index: Int, padding: Int = 0) -> Bool {
        let builder = AuditLineBuilder()
        builder.begin()
        builder.time("time", nanoseconds: 1_795_271_107_123_456_000)
        builder.integer("call", index)
        if padding > 0 { builder.text("padding", String(repeating: "x", count: padding)) }
        return append(builder.end())
    }
}

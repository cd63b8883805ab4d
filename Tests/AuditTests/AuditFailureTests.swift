import Audit
import Foundation
import TestSupport
import Testing

/// Disks that are full, slow or gone, played by links to devices and pipes in the place of the newest file.
@Suite struct AuditFailureTests {
    private func link(_ target: String, in folder: AuditFolderFixture) throws -> String {
        let path = "\(folder.path)/audit-20260101-000001.jsonl"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        return path
    }

    @Test func fullDiskRefusesCallsAndKeepsRecordsUntilThereIsRoom() throws {
        let folder = AuditFolderFixture()
        let path = try link("/dev/full", in: folder)
        let writer = AuditWriter(folder.options())
        guard case .failing(let reason) = writer.state else {
            Issue.record("a full disk was not noticed")
            return
        }
        #expect(reason.contains("No space left"))
        #expect(writer.refusesCalls)
        for index in 0..<20 { #expect(writer.append(call: index)) }
        #expect(!writer.flush(timeoutMilliseconds: 50))

        try FileManager.default.removeItem(atPath: path)
        #expect(writer.flush())
        #expect(eventuallyOnThread { writer.state == .ok })
        #expect(!writer.refusesCalls)
        #expect(writer.stop())
        #expect(writer.statistics.failures > 0)
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 21)
    }

    @Test func continuePolicyLetsCallsGoOnAndRecordsWhatWasLost() throws {
        let folder = AuditFolderFixture()
        let path = try link("/dev/full", in: folder)
        let writer = AuditWriter(folder.options(onFailure: .continues, queue: 4096))
        #expect(!writer.refusesCalls)
        var accepted: UInt64 = 0
        for index in 0..<500 { accepted += writer.append(call: index) ? 1 : 0 }
        #expect(accepted < 500)
        #expect(writer.state != .ok)
        #expect(!writer.refusesCalls)
        #expect(writer.statistics.dropped == 500 - accepted)

        try FileManager.default.removeItem(atPath: path)
        #expect(writer.flush())
        #expect(eventuallyOnThread { writer.state == .ok })
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.dropped == 500 - accepted)
        // The file's first record, and one or two that say what was lost.
        #expect((accepted + 2...accepted + 3).contains(report.records))
    }

    @Test func slowDiskIsNoticedAndNeverBlocksTheCaller() throws {
        let folder = AuditFolderFixture()
        let pipe = "\(folder.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let path = try link(pipe, in: folder)
        let writer = AuditWriter(folder.options(queue: 64 << 10, stall: 50))
        #expect(eventuallyOnThread { writer.state == .ok })
        // If one of these waited for the disk, it would wait for ever.
        var accepted = 0
        for index in 0..<2000 { accepted += writer.append(call: index, padding: 200) ? 1 : 0 }
        #expect(accepted < 2000)
        #expect(writer.refusesCalls)
        #expect(
            eventuallyOnThread {
                if case .failing(let reason) = writer.state { return reason.contains("has not answered") }
                return false
            })
        #expect(!writer.stop(timeoutMilliseconds: 50))

        // Let the stuck thread go.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try FileManager.default.removeItem(atPath: path)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        #expect(
            eventuallyOnThread {
                _ = read(reader, &buffer, buffer.count)
                return writer.stop(timeoutMilliseconds: 0)
            })
    }

    @Test func backlogRefusesCallsUntilTheDiskHasCaughtUp() throws {
        let folder = AuditFolderFixture()
        let pipe = "\(folder.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        _ = try link(pipe, in: folder)
        let writer = AuditWriter(folder.options(queue: 32 << 10))
        // The pipe holds 64 KiB, the thread's batch and the queue the rest.
        #expect(eventuallyOnThread { !writer.append(call: 0, padding: 1000) })
        #expect(writer.state == .backlogged)
        #expect(writer.refusesCalls)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        #expect(
            eventuallyOnThread {
                _ = read(reader, &buffer, buffer.count)
                return writer.state == .ok
            })
        #expect(!writer.refusesCalls)
        #expect(
            eventuallyOnThread {
                _ = read(reader, &buffer, buffer.count)
                return writer.stop(timeoutMilliseconds: 1)
            })
    }

    @Test func folderThatCannotBeMadeIsAStateAndTriedAgain() throws {
        let folder = AuditFolderFixture()
        let blocker = "\(folder.path)/blocker"
        try folder.write([1], to: "blocker")
        var options = folder.options()
        options.directory = "\(blocker)/audit"
        let writer = AuditWriter(options)
        #expect(writer.refusesCalls)
        writer.append(call: 1)
        try FileManager.default.removeItem(atPath: blocker)
        #expect(writer.flush())
        #expect(writer.stop())
        #expect(try AuditVerifier.verify(directory: options.directory).records == 2)
    }

    @Test func deletedFileIsReplacedAndItsLossIsFound() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options())
        writer.append(call: 1)
        #expect(writer.flush())
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(#require(folder.names.first))")
        writer.append(call: 2)
        #expect(writer.flush())
        writer.append(call: 3)
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.beginsLate)
        #expect(report.records == 3)
        #expect(report.files.first?.hasSuffix("-000002.jsonl") == true)
    }
}

import Foundation
import Testing

@testable import Audit

@Suite struct AuditRecoveryTests {
    @Test(arguments: [1, 7, 100, 230])
    func tornLastLineIsCutOffKeptAndRecorded(torn: Int) throws {
        let folder = AuditFolderFixture()
        folder.fill(5)
        let name = try #require(folder.names.first)
        let whole = try folder.bytes(name)
        let nextLine = try Array(#require(folder.lines(name).last).utf8.prefix(torn))
        try folder.write(whole + nextLine, to: name)

        let before = try folder.verify()
        #expect(before.isIntact)
        #expect(before.tornTail == .init(file: name, offset: whole.count, bytes: nextLine.count))

        folder.fill(5)
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.tornTail == nil)
        #expect(report.recoveries == [.init(file: name, line: 7, cut: nextLine.count)])
        #expect(report.records == 12)
        #expect(try folder.bytes("\(name).cut-\(whole.count)") == nextLine)
    }

    @Test func everyCutOfTheFileIsRecovered() throws {
        let source = AuditFolderFixture()
        source.fill(3)
        let name = try #require(source.names.first)
        let whole = try source.bytes(name)
        for length in stride(from: 0, through: whole.count, by: 37) {
            let folder = AuditFolderFixture()
            try folder.write(Array(whole[..<length]), to: name)
            folder.fill(1)
            let report = try folder.verify()
            #expect(report.isIntact, "cut at \(length): \(report)")
            #expect(report.files == [name])
        }
    }

    @Test func emptyNewestFileIsUsed() throws {
        let folder = AuditFolderFixture()
        folder.fill(3)
        let day = try #require(folder.names.first).dropFirst(6).prefix(8)
        try folder.write([], to: "audit-\(day)-000002.jsonl")
        folder.fill(3)
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 8)
    }

    /// Whoever changes the last line and waits for a restart does not get it repaired away.
    @Test func changedLastLineStaysAsEvidence() throws {
        let folder = AuditFolderFixture()
        folder.fill(5)
        let name = try #require(folder.names.first)
        var bytes = try folder.bytes(name)
        let start = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")))
        bytes[start + 30] ^= 1
        try folder.write(bytes, to: name)
        folder.fill(2)
        #expect(try folder.bytes(name) == bytes)
        #expect(folder.names.count == 2)
        let report = try folder.verify()
        #expect(report.firstBreak?.file == name)
        #expect(report.firstBreak?.line == 6)
    }

    @Test func writtenRecordsVerifyWhileTheWriterRuns() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options())
        for index in 0..<100 { writer.append(call: index) }
        #expect(writer.flush())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 101)
        writer.stop()
    }
}

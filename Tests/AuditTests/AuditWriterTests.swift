import Audit
import Crypto
import Foundation
import Testing

@Suite struct AuditWriterTests {
    @Test func recordsAreOneLineEachAndChained() throws {
        let folder = AuditFolderFixture()
        folder.fill(3)
        let lines = try folder.lines(#require(folder.names.first))
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix(#"{"type":"opened","time":"#))
        #expect(lines[1].hasPrefix(#"{"time":"2026-11-21T14:25:07.123456Z","call":0,"seq":2,"prev":""#))
        for line in lines {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 4)
        #expect(report.firstSequence == 1)
        #expect(report.tornTail == nil)
    }

    /// The documented rule, calculated here without the target's own code.
    @Test func hashesFollowTheDocumentedRule() throws {
        let folder = AuditFolderFixture()
        folder.fill(5)
        var previous = [UInt8](repeating: 0, count: 32)
        for line in try folder.lines(#require(folder.names.first)) {
            let range = try #require(line.range(of: #","hash":""#, options: .backwards))
            let hash = line[range.upperBound...].dropLast(2)
            let content = previous + Array(line[..<range.lowerBound].utf8) + Array("}".utf8)
            let digest = Array(SHA256.hash(data: content))
            #expect(digest.map { String(format: "%02x", $0) }.joined() == hash)
            previous = digest
        }
    }

    @Test func chainContinuesAfterRestart() throws {
        let folder = AuditFolderFixture()
        folder.fill(10)
        let before = try folder.verify().last
        folder.fill(10, from: 10)
        let report = try folder.verify(expecting: before)
        #expect(report.isIntact)
        #expect(report.files.count == 1)
        #expect(report.records == 21)
        #expect(report.recoveries.isEmpty)
    }

    @Test func filesRotateBySizeAndStayLinked() throws {
        let folder = AuditFolderFixture()
        folder.fill(100, rotate: 4096)
        folder.fill(100, rotate: 4096, from: 100)
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.files.count > 10)
        #expect(report.records == 200 + UInt64(report.files.count))
        for (index, name) in report.files.enumerated() {
            #expect(try folder.bytes(name).count <= 4096)
            #expect(name.hasSuffix(String(format: "-%06d.jsonl", index + 1)))
            #expect(name.wholeMatch(of: /audit-20\d{6}-\d{6}\.jsonl/) != nil)
            let first = try #require(folder.lines(name).first)
            if index > 0 { #expect(first.contains(#""previous":"\#(report.files[index - 1])""#)) }
        }
    }

    @Test func recordLargerThanAFileIsWrittenAlone() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options(rotate: 1024))
        for index in 0..<3 { writer.append(call: index, padding: 5000) }
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 6)
        #expect(report.files.count == 3)
    }

    @Test func manyThreadsLoseNothing() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options(rotate: 200_000, queue: 64 << 20))
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for index in 0..<2000 { writer.append(call: thread * 2000 + index) }
        }
        #expect(writer.flush())
        #expect(writer.state == .ok)
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 16_000 + UInt64(report.files.count))
        #expect(report.last == writer.head)
        var seen = Set<Int>()
        for name in report.files {
            for line in try folder.lines(name) {
                if let match = line.firstMatch(of: /"call":(\d+)/), let index = Int(match.1) { seen.insert(index) }
            }
        }
        #expect(seen.count == 16_000)
    }

    @Test func nothingIsTakenAfterStop() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options())
        writer.append(call: 1)
        #expect(writer.stop())
        #expect(!writer.append(call: 2))
        #expect(try folder.verify().records == 2)
    }

    @Test func settingsChangeWhileRunning() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options())
        for index in 0..<50 { writer.append(call: index) }
        #expect(writer.flush())
        writer.update(rotateBytes: 2048, onFailure: .continues)
        for index in 0..<50 { writer.append(call: index) }
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.files.count > 3)
    }
}

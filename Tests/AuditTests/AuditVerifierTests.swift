import Audit
import Foundation
import Testing

@Suite struct AuditVerifierTests {
    /// Every single byte of a file is guarded.
    @Test func anyChangedByteIsFound() throws {
        let folder = AuditFolderFixture()
        folder.fill(4)
        let name = try #require(folder.names.first)
        let bytes = try folder.bytes(name)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            try folder.write(changed, to: name)
            let report = try folder.verify()
            // Without its line feed the last record counts as unfinished, which is no less visible.
            if index == bytes.count - 1 {
                #expect(report.tornTail != nil)
            } else {
                #expect(!report.isIntact, "byte \(index)")
                let line = bytes[..<index].count { $0 == UInt8(ascii: "\n") } + 1
                #expect(report.firstBreak?.line == line, "byte \(index)")
            }
        }
    }

    @Test func removedLineIsFound() throws {
        let folder = AuditFolderFixture()
        folder.fill(6)
        let name = try #require(folder.names.first)
        let lines = try folder.lines(name)
        for index in 0..<(lines.count - 1) {
            var rest = lines
            rest.remove(at: index)
            try folder.write(Array((rest.joined(separator: "\n") + "\n").utf8), to: name)
            let report = try folder.verify()
            #expect(report.firstBreak?.line == index + 1)
        }
    }

    @Test func removedEndIsFoundWithAKnownRecord() throws {
        let folder = AuditFolderFixture()
        folder.fill(6)
        let last = try folder.verify().last
        let name = try #require(folder.names.first)
        let lines = try folder.lines(name).dropLast()
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: name)
        #expect(try folder.verify().isIntact)
        let report = try folder.verify(expecting: last)
        #expect(report.firstBreak?.reason.contains("record 7") == true)
    }

    @Test func swappedAndRepeatedLinesAreFound() throws {
        let folder = AuditFolderFixture()
        folder.fill(6)
        let name = try #require(folder.names.first)
        var lines = try folder.lines(name)
        lines.swapAt(2, 3)
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: name)
        #expect(try folder.verify().firstBreak?.reason == "records 3 to 3 are missing")
        lines.swapAt(2, 3)
        lines.insert(lines[3], at: 4)
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: name)
        #expect(try folder.verify().firstBreak?.reason == "record 4 stands where record 5 belongs")
    }

    @Test func removedFileIsFound() throws {
        let folder = AuditFolderFixture()
        folder.fill(60, rotate: 4096)
        let names = folder.names
        try #require(names.count >= 4)
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(names[1])")
        let report = try folder.verify()
        #expect(report.firstBreak?.file == names[2])
        #expect(report.firstBreak?.line == 1)
    }

    @Test func oldestFilesMayBeRemovedAndThatIsSaid() throws {
        let folder = AuditFolderFixture()
        folder.fill(60, rotate: 4096)
        let names = folder.names
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(names[0])")
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.beginsLate)
    }

    @Test func fileCutInTheMiddleIsABreakUnlessItIsTheNewest() throws {
        let folder = AuditFolderFixture()
        folder.fill(60, rotate: 4096)
        let name = try #require(folder.names.first)
        try folder.write(Array(folder.bytes(name).dropLast(10)), to: name)
        #expect(try folder.verify().firstBreak?.reason == "the file ends in the middle of a record")
    }

    @Test func lineLongerThanTheReadBufferIsChecked() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options(rotate: 64 << 20, queue: 16 << 20))
        writer.append(call: 1)
        writer.append(call: 2, padding: 3_000_000)
        writer.append(call: 3)
        #expect(writer.stop())
        #expect(try folder.verify().records == 4)
        #expect(try folder.verify().isIntact)
        folder.fill(2)
        #expect(try folder.verify().isIntact)
    }

    @Test func missingFolderIsAnError() {
        #expect(throws: AuditError.self) { try AuditVerifier.verify(directory: "/nonexistent/audit") }
    }

    @Test func emptyFolderIsIntact() throws {
        let report = try AuditFolderFixture().verify()
        #expect(report.isIntact)
        #expect(report.records == 0)
    }

    @Test func hashReadsItsOwnText() {
        let text = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
        #expect(AuditHash(text)?.description == text)
        #expect(AuditHash(text.uppercased()) == nil)
        #expect(AuditHash("00") == nil)
    }
}

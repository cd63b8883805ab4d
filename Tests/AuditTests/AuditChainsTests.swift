import Foundation
import TestSupport
import Testing

@testable import Audit

/// Several processes that write to one folder: each has a chain of its own, and the chains hold each other.
@Suite struct AuditChainsTests {
    @Test func `Two writers at once each have a chain, and nothing is refused or lost`() throws {
        let folder = AuditFolderFixture()
        let old = AuditWriter(folder.options())
        for index in 0..<50 { old.append(call: index) }
        #expect(old.flush())
        let new = AuditWriter(folder.options())
        #expect(new.state == .ok)
        #expect(!new.refusesCalls)
        for index in 0..<50 {
            old.append(call: 50 + index)
            new.append(call: 100 + index)
        }
        #expect(new.flush())
        #expect(old.stop())
        new.append(call: 150)
        #expect(new.stop())

        let report = try folder.verify(expecting: new.head)
        #expect(report.isIntact)
        #expect(report.chains.map(\.number) == [1, 2])
        #expect(report.chains.map(\.records) == [101, 52])
        #expect(report.chains.map(\.last) == [old.head, new.head])
        #expect(report.files[1].wholeMatch(of: /audit-20\d{6}-000001-2\.jsonl/) != nil)
        // The second chain says where the first one stood when it began.
        let first = try #require(folder.lines(report.files[1]).first)
        #expect(first.contains(#""chain":2,"beside":[{"chain":1,"file":"\#(report.files[0])","seq":51,"#))
        let missing = AuditLink(sequence: 9999, hash: old.head.hash)
        #expect(try folder.verify(expecting: missing).firstBreak?.reason.contains("record 9999") == true)
    }

    @Test func `The next process continues the chain that is free`() throws {
        let folder = AuditFolderFixture()
        let first = AuditWriter(folder.options())
        let second = AuditWriter(folder.options())
        #expect(first.stop())
        let third = AuditWriter(folder.options())
        third.append(call: 3)
        #expect(second.stop())
        let fourth = AuditWriter(folder.options())
        fourth.append(call: 4)
        #expect(third.stop())
        #expect(fourth.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.files.count == 2)
        #expect(report.chains.map(\.records) == [2, 2])
    }

    @Test func `Both chains rotate, and every file names where the other stood`() throws {
        let folder = AuditFolderFixture()
        let writers = [AuditWriter(folder.options(rotate: 4096)), AuditWriter(folder.options(rotate: 4096))]
        for round in 0..<10 {
            for (number, writer) in writers.enumerated() {
                for index in 0..<10 { writer.append(call: round * 100 + number * 10 + index) }
                #expect(writer.flush())
            }
        }
        for writer in writers { #expect(writer.stop()) }
        let report = try folder.verify()
        #expect(report.isIntact, "\(String(describing: report.firstBreak))")
        #expect(report.chains.count == 2)
        for chain in report.chains {
            #expect(chain.files.count > 3)
            #expect(chain.records == 100 + UInt64(chain.files.count))
            for name in chain.files.dropFirst() {
                #expect(try #require(folder.lines(name).first).contains(#""beside":[{"chain":"#))
            }
        }
    }

    /// The end of a chain that was cut off is missed by its neighbour.
    @Test func `Records that a neighbour names can't be removed or replaced`() throws {
        let folder = AuditFolderFixture()
        let old = AuditWriter(folder.options())
        for index in 0..<20 { old.append(call: index) }
        #expect(old.flush())
        let new = AuditWriter(folder.options())
        #expect(old.stop())
        #expect(new.stop())
        let report = try folder.verify()
        let name = report.files[0]
        let whole = try folder.bytes(name)
        let lines = try folder.lines(name)

        try folder.write(Array((lines.dropLast(3).joined(separator: "\n") + "\n").utf8), to: name)
        let cut = try folder.verify()
        #expect(cut.firstBreak?.reason == "record 21 is missing, which \(report.files[1]) names")

        // A whole chain made anew holds by itself.
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        let forged = AuditFolderFixture()
        forged.fill(20, from: 500)
        try folder.write(try forged.bytes(try #require(forged.names.first)), to: name)
        #expect(try folder.verify().firstBreak?.reason == "record 21 is not the one that \(report.files[1]) names")

        try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        #expect(try folder.verify().absentChains == [1])
        try folder.write(whole, to: name)
        #expect(try folder.verify() == report)
    }

    @Test func `An unfinished record of a chain whose process is gone is recovered by the next one`() throws {
        let folder = AuditFolderFixture()
        let old = AuditWriter(folder.options())
        old.append(call: 1)
        #expect(old.flush())
        let new = AuditWriter(folder.options())
        #expect(old.stop())
        let name = try #require(folder.verify().files.first)
        let whole = try folder.bytes(name)
        try folder.write(whole + Array(#"{"call":2,"#.utf8), to: name)
        let torn = try folder.verify()
        #expect(torn.isIntact)
        #expect(torn.tornTail == .init(file: name, offset: whole.count, bytes: 10))
        let next = AuditWriter(folder.options())
        #expect(next.recovered?.bytes == 10)
        #expect(next.stop())
        #expect(new.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.tornTail == nil)
        #expect(report.recoveries.map(\.file) == [name])
    }

    @Test func `There is an end to the number of processes`() throws {
        let folder = AuditFolderFixture()
        var writers = (0..<16).map { _ in AuditWriter(folder.options()) }
        #expect(writers.allSatisfy { $0.state == .ok })
        let late = AuditWriter(folder.options())
        guard case .failing(let reason) = late.state else {
            Issue.record("one writer too many")
            return
        }
        #expect(reason.contains("16 other processes"))
        #expect(late.refusesCalls)
        late.append(call: 1)
        #expect(writers.removeLast().stop())
        #expect(late.flush())
        #expect(eventuallyOnThread { late.state == .ok })
        #expect(late.stop())
        for writer in writers { #expect(writer.stop()) }
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.chains.count == 16)
        #expect(report.records == 17)
    }
}

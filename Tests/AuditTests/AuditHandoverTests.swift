import Audit
import Foundation
import Synchronization
import TestSupport
import Testing

/// Lines on their way from producers to the writer: none is lost, none is torn, each producer's stay in their order.
@Suite struct AuditHandoverTests {
    /// What one producer thread was told about its lines.
    private final class Tally: Sendable {
        let accepted = Mutex<[Int]>([])
        let refused = Atomic<Int>(0)
        let tried = Atomic<Int>(0)
    }

    /// What a line of `index` must hold, so that a torn or mixed one shows.
    private static func filling(_ producer: Int, _ index: Int, _ length: Int) -> String {
        String(
            repeating: Character(UnicodeScalar(UInt8(ascii: "a") + UInt8((producer * 7 + index) % 26))), count: length)
    }

    private static func run(
        _ writer: AuditWriter, producers: Int, lines: Int, seed: UInt64, stopAfter: Int?
    ) -> [Tally] {
        let tallies = (0..<producers).map { _ in Tally() }
        let group = DispatchGroup()
        for (number, tally) in tallies.enumerated() {
            group.enter()
            Thread.detachNewThread {
                produce(number, lines, writer, SeededRandom(seed &+ UInt64(number)), tally)
                group.leave()
            }
        }
        if let stopAfter {
            while tallies.reduce(0, { $0 + $1.tried.load(ordering: .relaxed) }) < stopAfter { usleep(20) }
            writer.stop()
        }
        group.wait()
        return tallies
    }

    private static func produce(
        _ number: Int, _ lines: Int, _ writer: AuditWriter, _ random: SeededRandom, _ tally: Tally
    ) {
        var random = random
        let producer = writer.makeProducer()
        var accepted: [Int] = []
        for index in 0..<lines {
            tally.tried.wrappingAdd(1, ordering: .relaxed)
            // Mostly small, some larger than a segment.
            let length = random.below(40) == 0 ? random.below(9000) : random.below(300)
            let line = producer.begin()
            line.integer("producer", number)
            line.integer("index", index)
            line.integer("length", length)
            line.text("filling", filling(number, index, length))
            if producer.commit() {
                accepted.append(index)
            } else {
                tally.refused.wrappingAdd(1, ordering: .relaxed)
            }
            if random.below(200) == 0 { usleep(UInt32(random.below(300))) }
        }
        tally.accepted.withLock { $0 = accepted }
    }

    /// The indexes that are in the files, by producer, in their order.
    private static func written(_ folder: AuditFolderFixture, producers: Int) throws -> [[Int]] {
        var found = Array(repeating: [Int](), count: producers)
        for name in try folder.verify().files {
            for line in try folder.lines(name) where line.hasPrefix(#"{"producer""#) {
                let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let producer = try #require(object["producer"] as? Int)
                let index = try #require(object["index"] as? Int)
                let length = try #require(object["length"] as? Int)
                #expect(object["filling"] as? String == filling(producer, index, length))
                found[producer].append(index)
            }
        }
        return found
    }

    @Test(arguments: [nil, 400, 4000] as [Int?])
    func `Producers at once, and a stop in the middle: what was accepted is written, whole and in order`(
        stopAfter: Int?
    ) throws {
        let seed = SeededRandom.seed("audit hand-over")
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options(rotate: 300_000, queue: 64 << 20))
        let tallies = Self.run(writer, producers: 4, lines: 2500, seed: seed, stopAfter: stopAfter)
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact, "seed \(seed)")
        let written = try Self.written(folder, producers: 4)
        for (number, tally) in tallies.enumerated() {
            #expect(written[number] == tally.accepted.withLock { $0 }, "producer \(number), seed \(seed)")
        }
        let refused = tallies.reduce(0) { $0 + $1.refused.load(ordering: .relaxed) }
        #expect(writer.statistics.dropped == UInt64(refused))
        if stopAfter == nil { #expect(refused == 0) }
    }

    @Test func `A queue smaller than what comes: every line is written or counted, and the count is recorded`() throws {
        let seed = SeededRandom.seed("audit crowd")
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options(onFailure: .continues, queue: 20_000))
        let tallies = Self.run(writer, producers: 3, lines: 1500, seed: seed, stopAfter: nil)
        #expect(eventuallyOnThread { writer.state == .ok })
        #expect(writer.stop())
        let written = try Self.written(folder, producers: 3)
        for (number, tally) in tallies.enumerated() {
            #expect(written[number] == tally.accepted.withLock { $0 }, "producer \(number), seed \(seed)")
        }
        let refused = tallies.reduce(0) { $0 + $1.refused.load(ordering: .relaxed) }
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.dropped == UInt64(refused), "seed \(seed)")
    }

    /// The bound that the documentation promises: the disk stalls while calls are under way, and each of them still has its record.
    @Test func `With a stalled disk calls under way keep their records, and what is beyond is counted`() throws {
        let folder = AuditFolderFixture()
        let pipe = "\(folder.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/audit-20260101-000001.jsonl", withDestinationPath: pipe)
        let underWay = 500
        let writer = AuditWriter(folder.options(queue: 256 << 10, reserve: underWay << 10))
        let producer = writer.makeProducer()
        func record(_ index: Int) -> Bool {
            let line = producer.begin()
            line.integer("call", index)
            line.text("padding", String(repeating: "x", count: 700))
            return producer.commit()
        }
        var answered = 0
        while !writer.refusesCalls {
            try #require(record(answered), "nothing may be lost before calls are refused")
            answered += 1
        }
        #expect(writer.state == .backlogged)
        // From now on nobody is let in, but these were in before.
        for _ in 0..<underWay {
            #expect(record(answered), "the record of a call under way")
            answered += 1
        }
        #expect(writer.statistics.dropped == 0)
        // What the gateway does with those that it refuses.
        #expect(producer.isCrowded)
        for _ in 0..<1000 { producer.drop() }
        // And beyond any bound:
        var lost = 0
        for _ in 0..<2000 where !record(-1) { lost += 1 }
        let more = 2000 - lost
        #expect(lost > 0)
        #expect(writer.statistics.dropped == UInt64(1000 + lost))

        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        func drain() {
            while true {
                let count = read(reader, &buffer, buffer.count)
                guard count > 0 else { return }
                text += buffer[..<count]
            }
        }
        // The count of what found no room is recorded as soon as the disk takes it, behind the lines.
        let note = Array(#"{"type":"dropped","#.utf8)
        #expect(
            eventuallyOnThread {
                drain()
                return writer.statistics.queuedBytes == 0 && text.firstRange(of: note) != nil
            })
        #expect(writer.stop())
        drain()
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let calls = lines.compactMap { $0.firstMatch(of: /^\{"call":(\d+),/) }.compactMap { Int($0.1) }
        #expect(calls == Array(0..<answered))
        #expect(lines.count { $0.hasPrefix(#"{"call":-1,"#) } == more)
        let counted = lines.compactMap { $0.firstMatch(of: /^\{"type":"dropped","records":(\d+),/) }
            .compactMap { Int($0.1) }
        #expect(counted.reduce(0, +) == 1000 + lost)
    }

    @Test func `A producer that goes away leaves its lines to be written`() throws {
        let folder = AuditFolderFixture()
        let writer = AuditWriter(folder.options())
        for round in 0..<20 {
            let producer = writer.makeProducer()
            for index in 0..<50 {
                let line = producer.begin()
                line.integer("call", round * 50 + index)
                #expect(producer.commit())
            }
        }
        #expect(writer.flush())
        #expect(writer.stop())
        #expect(try folder.verify().records == 1001)
    }

    @Test func `A line is moved whole when it outgrows its segment`() throws {
        let folder = AuditFolderFixture()
        // Room for all of it, and for what is moved, before the thread has taken anything.
        let writer = AuditWriter(folder.options(rotate: 64 << 20, queue: 1 << 30))
        let producer = writer.makeProducer()
        for length in [0, 1, 255 << 10, 256 << 10, 600_000, 3, 2_000_000] {
            let line = producer.begin()
            line.integer("length", length)
            line.text("a", String(repeating: "\"", count: length / 2))
            line.text("b", String(repeating: "b", count: length))
            #expect(producer.commit())
        }
        #expect(writer.stop())
        let report = try folder.verify()
        #expect(report.isIntact)
        #expect(report.records == 8)
        for line in try folder.lines(#require(report.files.first)).dropFirst() {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let length = try #require(object["length"] as? Int)
            #expect((object["a"] as? String)?.utf8.count == length / 2)
            #expect((object["b"] as? String)?.utf8.count == length)
        }
    }
}

/// Repeatable random numbers: SplitMix64.
struct SeededRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// Of `WAYBILL_SEED`, else of the moment; printed, so that a failure can be repeated.
    static func seed(_ what: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...(.max >> 1))
        print("\(what): WAYBILL_SEED=\(seed)")
        return seed
    }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(max(1, limit)))
    }
}

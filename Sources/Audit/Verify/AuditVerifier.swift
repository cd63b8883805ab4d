import Glibc

/// Checks the chain of an audit folder, record by record, with constant memory. Needs no gateway; one may be writing.
///
/// What it finds: a changed, inserted, removed or swapped line, a removed file, a record cut off the end when
/// `expecting` names a record that must be there. What no chain can find by itself: records cut off the end that nobody
/// remembers.
///
/// A folder may hold several chains, of processes that wrote at the same time. Each is checked by itself, and against what the
/// others say of it: the first record of a file names the last record of each other chain.
public struct AuditVerifier {
    private let directory: String
    private var report = AuditReport()
    private var expected: AuditLink?
    private var hasSeenExpected = false
    /// The chain that is being checked.
    private var chain = AuditReport.Chain(number: 1, files: [])
    private var isOnlyChain = true
    /// What files of other chains say of this one, the earliest record last.
    private var testimonies: [AuditTestimony] = []

    private init(directory: String, expecting: AuditLink?) {
        self.directory = directory
        self.expected = expecting
    }

    /// Reads all files of the folder. Throws when it can't be read; whatever is wrong in it is in the report.
    public static func verify(directory: String, expecting: AuditLink? = nil) throws(AuditError) -> AuditReport {
        var verifier = AuditVerifier(directory: directory, expecting: expecting)
        try verifier.run()
        return verifier.report
    }

    private mutating func run() throws(AuditError) {
        let names = try AuditFileName.list(in: directory)
        let numbers = Set(names.map(\.chain)).sorted()
        isOnlyChain = numbers.count <= 1
        // Collected before any chain is read, so that what a running gateway adds meanwhile is not missed.
        let all = try AuditTestimony.collect(names, directory: directory)
        report.absentChains = Set(all.map(\.chain)).subtracting(numbers).sorted()
        for number in numbers {
            let own = names.filter { $0.chain == number }
            chain = AuditReport.Chain(number: number, files: own.map(\.text))
            testimonies = all.filter { $0.chain == number }.sorted { $0.link.sequence > $1.link.sequence }
            for name in own where report.firstBreak == nil {
                try check(name, isOldest: name == own.first, isNewest: name == own.last)
            }
            if let missing = testimonies.last, report.firstBreak == nil {
                report.firstBreak = AuditReport.Break(
                    file: own.last?.text ?? directory, line: 0,
                    reason: "record \(missing.link.sequence) is missing, which \(missing.witness) names")
            }
            report.chains.append(chain)
        }
        if let expected, !hasSeenExpected, report.firstBreak == nil {
            report.firstBreak = AuditReport.Break(
                file: names.last?.text ?? directory, line: 0,
                reason: "record \(expected.sequence) with hash \(expected.hash) is missing")
        }
    }

    private mutating func check(_ name: AuditFileName, isOldest: Bool, isNewest: Bool) throws(AuditError) {
        let file = try FileDescriptor(opening: "\(directory)/\(name.text)", O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var held = 0
        var offset = 0
        var line = 0
        while report.firstBreak == nil {
            if held == buffer.count { buffer.append(contentsOf: [UInt8](repeating: 0, count: buffer.count)) }
            let count = try read(file, into: &buffer, held: held, at: offset)
            offset += count
            let end = held + count
            var start = 0
            buffer.withUnsafeMutableBytes { bytes in
                while report.firstBreak == nil, let feed = AuditVerifier.lineFeed(bytes, start, end) {
                    line += 1
                    let content = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<feed])
                    if let reason = checkLine(content, name, line, isOldest: isOldest) {
                        report.firstBreak = AuditReport.Break(file: name.text, line: line, reason: reason)
                    }
                    start = feed + 1
                }
            }
            held = end - start
            if start > 0, held > 0 { buffer.replaceSubrange(0..<held, with: Array(buffer[start..<end])) }
            if count == 0 { break }
        }
        guard held > 0, report.firstBreak == nil else { return }
        if isNewest {
            chain.tornTail = AuditReport.TornTail(file: name.text, offset: offset - held, bytes: held)
        } else {
            report.firstBreak = AuditReport.Break(
                file: name.text, line: line + 1, reason: "the file ends in the middle of a record")
        }
    }

    private func read(
        _ file: borrowing FileDescriptor, into buffer: inout [UInt8], held: Int, at offset: Int
    ) throws(AuditError) -> Int {
        var failure: AuditError?
        var count = 0
        buffer.withUnsafeMutableBytes { bytes in
            let free = UnsafeMutableRawBufferPointer(rebasing: bytes[held...])
            do throws(AuditError) { count = try file.read(into: free, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
        return count
    }

    /// Nil when the record holds, else what is wrong with it.
    private mutating func checkLine(
        _ line: UnsafeMutableRawBufferPointer, _ name: AuditFileName, _ number: Int, isOldest: Bool
    ) -> String? {
        guard let (link, previous) = AuditChain.parse(UnsafeRawBufferPointer(line)) else {
            return "the line is not an audit record"
        }
        let type = AuditVerifier.type(UnsafeRawBufferPointer(line))
        let ownNumber = AuditVerifier.ownNumber(UnsafeRawBufferPointer(line))
        guard AuditChain.isSound(line, hash: link.hash, previous: previous) else {
            return "record \(link.sequence) was changed: its hash does not match its content"
        }
        if let reason = checkPlace(link, previous, isFirst: isOldest && number == 1, type, name) { return reason }
        chain.last = link
        chain.records += 1
        if chain.firstSequence == nil { chain.firstSequence = link.sequence }
        if let expected, expected.sequence == link.sequence {
            if expected.hash == link.hash {
                hasSeenExpected = true
            } else if isOnlyChain {
                return "record \(link.sequence) is not the one expected: its hash is \(link.hash)"
            }
        }
        // What is said of records that were moved away with their files can't be checked.
        while let testimony = testimonies.last, testimony.link.sequence <= link.sequence {
            testimonies.removeLast()
            guard testimony.link.sequence < link.sequence || testimony.link == link else {
                return "record \(link.sequence) is not the one that \(testimony.witness) names"
            }
        }
        switch type {
        case .recovered: report.recoveries.append(.init(file: name.text, line: number, cut: ownNumber))
        case .dropped: report.dropped += UInt64(ownNumber)
        case .opened, .call: break
        }
        return nil
    }

    private func checkPlace(
        _ link: AuditLink, _ previous: AuditHash, isFirst: Bool, _ type: RecordType, _ name: AuditFileName
    ) -> String? {
        if isFirst {
            guard type == .opened else { return "the beginning of the file is missing" }
            guard name.number > 1 || link.sequence == 1 && previous == .zero else {
                return "the chain begins with record \(link.sequence), not with the first"
            }
            return nil
        }
        let expected = chain.last.sequence + 1
        guard link.sequence == expected else {
            return link.sequence > expected
                ? "records \(expected) to \(link.sequence - 1) are missing"
                : "record \(link.sequence) stands where record \(expected) belongs"
        }
        guard previous == chain.last.hash else {
            return "record \(link.sequence) does not follow the record before it: that one was replaced"
        }
        return nil
    }

    // MARK: The audit's own records

    private enum RecordType { case opened, recovered, dropped, call }

    private static let types: [(RecordType, [UInt8])] = [
        (.opened, Array(#"{"type":"opened","#.utf8)),
        (.recovered, Array(#"{"type":"recovered","cut":"#.utf8)),
        (.dropped, Array(#"{"type":"dropped","records":"#.utf8)),
    ]

    private static func type(_ line: UnsafeRawBufferPointer) -> RecordType {
        types.first { line.starts(with: $0.1) }?.0 ?? .call
    }

    /// The count in a `recovered` or `dropped` record.
    private static func ownNumber(_ line: UnsafeRawBufferPointer) -> Int {
        guard let prefix = types.first(where: { line.starts(with: $0.1) })?.1 else { return 0 }
        var value = 0
        for byte in line[prefix.count...].prefix(18) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func lineFeed(_ bytes: UnsafeMutableRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
        guard start < end, let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, end - start) else {
            return nil
        }
        return found - UnsafeMutableRawPointer(base)
    }
}

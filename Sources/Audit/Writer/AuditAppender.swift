import Documents
import Glibc

/// One chain of an audit folder, as its only writer sees it: finds the chain's end, seals lines, writes them
/// whole, begins new files. Owned by the audit thread.
///
/// After any failure the appender is closed, and opening it again reads the chain's end from what is truly on the disk.
/// So its idea of the chain can't drift from the files.
final class AuditAppender {
    private struct Mark {
        /// Where the record ends in `out`.
        var end: Int
        /// Which reader the line came from.
        var reader: Int
    }

    private static let chunkBytes = 256 << 10
    /// Bytes that one lane may have in a chunk before the others have their turn.
    private static let shareBytes = 64 << 10
    /// Bytes at the file's end that stay in memory, for whoever follows the file.
    private static let warmBytes = 8 << 20

    /// Bytes of an unfinished record that were cut off at the last opening, and the file that they were moved to.
    private(set) var recovered: (bytes: Int, side: String)?
    let directory: String
    var rotateBytes: Int
    /// The last record that is written.
    private(set) var link = AuditLink.none
    private(set) var records: UInt64 = 0
    private(set) var bytes: UInt64 = 0

    private var sealer = AuditSealer(after: .none)
    private var file: FileDescriptor?
    private var lock: AuditChainLock?
    /// The chain that was written last.
    private(set) var chain = 1
    private var name: AuditFileName?
    private var size = 0
    private var recordsInFile = 0
    /// Bytes of the file that need not be in memory any more.
    private var forgotten = 0
    private var mustBegin: StaticString?
    private let out = ByteWriter(capacity: 4096)
    private let ownLine = AuditLineBuilder()
    private var marks: [Mark] = []
    private var nextReader = 0

    init(directory: String, rotateBytes: Int) {
        self.directory = directory
        self.rotateBytes = rotateBytes
    }

    var isOpen: Bool { file != nil }

    func close() {
        file = nil
        lock = nil
    }

    // MARK: Opening

    /// Takes a chain of the folder for this process alone, finds its end and the file to continue.
    func open() throws(AuditError) {
        close()
        do throws(AuditError) {
            try AuditFolder.make(directory)
            let taken = try AuditChainLock.take(in: directory, preferred: chain)
            chain = taken.chain
            lock = consume taken
            let names = try AuditFileName.list(in: directory)
            let own = names.filter { $0.chain == chain }
            if let newest = own.last {
                try adopt(newest, older: own.dropLast())
            } else {
                link = .none
                sealer = AuditSealer(after: link)
                try begin(after: nil, reason: mustBegin)
            }
        } catch {
            close()
            throw error
        }
    }

    /// Continues the newest file, or begins the next one when that file is full or can't be trusted.
    private func adopt(_ newest: AuditFileName, older: ArraySlice<AuditFileName>) throws(AuditError) {
        let opened = try FileDescriptor(opening: "\(directory)/\(newest.text)", O_RDWR | O_APPEND)
        let tail = try AuditTail.read(opened)
        if let found = tail.link { link = found } else { link = try lastLink(in: older) }
        sealer = AuditSealer(after: link)
        name = newest
        size = tail.wholeEnd
        forgotten = size
        recordsInFile = tail.link == nil ? 0 : 2
        file = consume opened
        let cut = tail.tornBytes > 0 ? try cutTail(newest, tail) : nil
        if !tail.isSound, tail.wholeEnd > 0 {
            // Evidence is not repaired: the file stays as it is, and the chain goes on in the next one.
            mustBegin = "the last whole line of the file before does not hold"
        }
        if mustBegin != nil || size >= rotateBytes {
            try begin(after: newest, reason: mustBegin)
        } else if size == 0 {
            try writeOpened(newest, previous: older.last?.text, reason: nil)
        }
        if let cut {
            if case .recovered(let bytes, let side) = cut { recovered = (bytes, "\(directory)/\(side)") }
            try writeOwn(cut)
        }
    }

    private func lastLink(in names: ArraySlice<AuditFileName>) throws(AuditError) -> AuditLink {
        for name in names.reversed() {
            let file = try FileDescriptor(opening: "\(directory)/\(name.text)", O_RDONLY)
            if let link = try AuditTail.read(file).link { return link }
        }
        return .none
    }

    /// Moves what follows the last line feed to a side file: first the copy, then the cut.
    private func cutTail(_ name: AuditFileName, _ tail: AuditTail) throws(AuditError) -> AuditOwnRecord {
        let side = "\(name.text).cut-\(tail.wholeEnd)"
        guard let torn = try file?.read(tail.wholeEnd..<tail.size) else { return .recovered(cut: 0, side: side) }
        let copy = try FileDescriptor(opening: "\(directory)/\(side)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o640)
        try copy.writeAll(torn)
        try copy.sync()
        try file?.truncate(to: tail.wholeEnd)
        try AuditFolder.sync(directory)
        return .recovered(cut: torn.count, side: side)
    }

    /// Begins the next file; its first record links to the chain's end.
    private func begin(after previous: AuditFileName?, reason: StaticString?) throws(AuditError) {
        file = nil
        let next = AuditFileName(
            chain: chain, number: (previous?.number ?? 0) + 1, nanoseconds: UTCTime.nowNanoseconds)
        file = try FileDescriptor(
            opening: "\(directory)/\(next.text)", O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode: 0o640)
        try AuditFolder.sync(directory)
        name = next
        size = 0
        forgotten = 0
        recordsInFile = 0
        try writeOpened(next, previous: previous?.text, reason: reason)
        mustBegin = nil
    }

    private func writeOpened(_ name: AuditFileName, previous: String?, reason: StaticString?) throws(AuditError) {
        let names = try AuditFileName.list(in: directory)
        let beside = AuditNeighbour.find(beside: chain, in: names, directory: directory)
        try writeOwn(.opened(file: name, previous: previous, beside: beside, reason: reason))
    }

    // MARK: Writing

    /// Writes all lines that wait in the lanes, each of which keeps what could not be written.
    func write(_ readers: [AuditLaneReader]) throws(AuditError) {
        try leaveVanishedFile()
        while true {
            let isFull = fill(from: readers)
            guard isFull || !marks.isEmpty else { return }
            try put(readers)
            if isFull { try rotate() }
        }
    }

    func write(_ own: AuditOwnRecord) throws(AuditError) {
        try leaveVanishedFile()
        try writeOwn(own)
    }

    /// Seals lines into `out` until a chunk is full or none is left: a share of each lane in turn. Returns true when the next line
    /// belongs into a new file.
    private func fill(from readers: [AuditLaneReader]) -> Bool {
        out.clear()
        marks.removeAll(keepingCapacity: true)
        var idle = 0
        while idle < readers.count, out.count < AuditAppender.chunkBytes {
            if nextReader >= readers.count { nextReader = 0 }
            let index = nextReader
            let reader = readers[index]
            let share = min(out.count + AuditAppender.shareBytes, AuditAppender.chunkBytes)
            idle += 1
            while out.count < share, let line = reader.peek() {
                let wanted = size &+ out.count &+ line.count &+ AuditChain.overhead
                if wanted > rotateBytes, recordsInFile &+ marks.count > 1 { return true }
                sealer.seal(line, into: out)
                reader.skip(line)
                marks.append(Mark(end: out.count, reader: index))
                idle = 0
            }
            nextReader = index + 1
        }
        return false
    }

    private func put(_ readers: [AuditLaneReader]) throws(AuditError) {
        guard out.count > 0 else { return }
        let result =
            file?.write(out.bytes)
            ?? (0, AuditError(operation: "write", path: directory, reason: "the file is closed"))
        guard let failure = result.failure else {
            link = sealer.link
            count(marks.count, bytes: out.count)
            for reader in readers { reader.keep() }
            return
        }
        let whole = marks.prefix { $0.end <= result.written }
        let wholeBytes = whole.last?.end ?? 0
        let start = whole.dropLast().last?.end ?? 0
        if wholeBytes > 0 {
            let last = UnsafeRawBufferPointer(rebasing: out.bytes[start..<(wholeBytes - 1)])
            if let found = AuditChain.parse(last) { link = found.link }
        }
        count(whole.count, bytes: wholeBytes)
        for (index, reader) in readers.enumerated() { reader.keep(lines: whole.count { $0.reader == index }) }
        // A cut that fails as well is made good when the file is opened again.
        if result.written > wholeBytes { do throws(AuditError) { try file?.truncate(to: size) } catch {} }
        close()
        throw failure
    }

    private func count(_ records: Int, bytes: Int) {
        size += bytes
        recordsInFile += records
        self.records += UInt64(records)
        self.bytes += UInt64(bytes)
    }

    private func writeOwn(_ own: AuditOwnRecord) throws(AuditError) {
        out.clear()
        marks.removeAll(keepingCapacity: true)
        sealer.seal(own.write(with: ownLine), into: out)
        marks.append(Mark(end: out.count, reader: -1))
        try put([])
    }

    func sync() throws(AuditError) {
        do throws(AuditError) {
            try file?.sync()
            forget()
        } catch {
            // Linux drops the pages that it could not write, so the file's end can't be trusted any more.
            mustBegin = "the file before could not be forced to the disk"
            close()
            throw error
        }
    }

    /// A trail is written once and hardly ever read. Left in memory it would push out what is in use, and every page of it would be a
    /// fresh one: on virtual machines that costs several times what the write itself does.
    private func forget() {
        guard size - AuditAppender.warmBytes > forgotten else { return }
        file?.forget(forgotten..<(size - AuditAppender.warmBytes))
        forgotten = size - AuditAppender.warmBytes
    }

    private func rotate() throws(AuditError) {
        try sync()
        let previous = name
        do throws(AuditError) {
            try begin(after: previous, reason: nil)
        } catch {
            close()
            throw error
        }
    }

    /// Someone may delete the file under the gateway; records must not go where nobody can read them.
    private func leaveVanishedFile() throws(AuditError) {
        guard let links = try file?.status().st_nlink, links == 0 else { return }
        do throws(AuditError) {
            try AuditFolder.make(directory)
            let newest = try AuditFileName.list(in: directory).last { $0.chain == chain }
            let previous = max(newest?.number ?? 0, name?.number ?? 0)
            try begin(
                after: AuditFileName(chain: chain, number: previous, nanoseconds: UTCTime.nowNanoseconds),
                reason: "the file before was deleted while it was written")
        } catch {
            close()
            throw error
        }
    }
}

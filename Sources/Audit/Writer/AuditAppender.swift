import Glibc

/// The files of one audit folder, as their only writer sees them: finds the chain's end, seals lines, writes them
/// whole, begins new files. Owned by the audit thread.
///
/// After any failure the appender is closed, and opening it again reads the chain's end from what is truly on the disk.
/// So its idea of the chain can't drift from the files.
final class AuditAppender {
    private struct Mark {
        var outEnd: Int
        var lineEnd: Int
        var link: AuditLink
    }

    private static let chunkBytes = 256 << 10

    /// Bytes of an unfinished record that were cut off at the last opening, and the file that they were moved to.
    private(set) var recovered: (bytes: Int, side: String)?
    let directory: String
    var rotateBytes: Int
    private(set) var link = AuditLink.none
    private(set) var records: UInt64 = 0
    private(set) var bytes: UInt64 = 0

    private var file: FileDescriptor?
    private var lock: FileDescriptor?
    private var name: AuditFileName?
    private var size = 0
    private var recordsInFile = 0
    private var mustBegin: StaticString?
    private var out: [UInt8] = []
    private var marks: [Mark] = []

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

    /// Takes the folder for this process alone, finds the chain's end and the file to continue.
    func open() throws(AuditError) {
        close()
        do throws(AuditError) {
            try AuditFolder.make(directory)
            lock = try AuditAppender.takeLock(directory)
            let names = try AuditFileName.list(in: directory)
            if let newest = names.last {
                try adopt(newest, older: names.dropLast())
            } else {
                link = .none
                try begin(after: nil, reason: mustBegin)
            }
        } catch {
            close()
            throw error
        }
    }

    private static func takeLock(_ directory: String) throws(AuditError) -> FileDescriptor {
        let path = "\(directory)/audit.lock"
        let file = try FileDescriptor(opening: path, O_RDWR | O_CREAT, mode: 0o640)
        guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK {
                throw AuditError(
                    operation: "lock", path: path, reason: "another process is writing to this audit folder")
            }
            throw AuditError("lock", path)
        }
        return file
    }

    /// Continues the newest file, or begins the next one when that file is full or can't be trusted.
    private func adopt(_ newest: AuditFileName, older: ArraySlice<AuditFileName>) throws(AuditError) {
        let opened = try FileDescriptor(opening: "\(directory)/\(newest.text)", O_RDWR | O_APPEND)
        let tail = try AuditTail.read(opened)
        if let found = tail.link { link = found } else { link = try lastLink(in: older) }
        name = newest
        size = tail.wholeEnd
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
            try writeOwn(.opened(file: newest.text, previous: older.last?.text, reason: nil))
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
        let next = AuditFileName(number: (previous?.number ?? 0) + 1, nanoseconds: UTCTime.nowNanoseconds)
        file = try FileDescriptor(
            opening: "\(directory)/\(next.text)", O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode: 0o640)
        try AuditFolder.sync(directory)
        name = next
        size = 0
        recordsInFile = 0
        try writeOwn(.opened(file: next.text, previous: previous?.text, reason: reason))
        mustBegin = nil
    }

    // MARK: Writing

    /// Writes the lines of `batch` (each ends with a line feed) from `position` on, which moves behind every line that
    /// is whole on the disk.
    func write(_ batch: [UInt8], from position: inout Int) throws(AuditError) {
        try leaveVanishedFile()
        while position < batch.count {
            let full = fill(batch, from: position)
            try put(batch, &position)
            if full { try rotate() }
        }
    }

    func write(_ own: AuditOwnRecord) throws(AuditError) {
        try leaveVanishedFile()
        try writeOwn(own)
    }

    /// Seals lines into `out` until a chunk is full. Returns true when the next line belongs into a new file.
    private func fill(_ batch: [UInt8], from start: Int) -> Bool {
        out.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        return batch.withUnsafeBytes { batch in
            var position = start
            var end = link
            while position < batch.count, out.count < AuditAppender.chunkBytes {
                let lineEnd = AuditAppender.lineEnd(batch, from: position)
                let line = UnsafeRawBufferPointer(rebasing: batch[position..<lineEnd])
                let wanted = size + out.count + line.count + AuditChain.overhead
                if wanted > rotateBytes, recordsInFile + marks.count > 1 { return true }
                end = AuditChain.seal(line, after: end, into: &out)
                position = lineEnd + 1
                marks.append(Mark(outEnd: out.count, lineEnd: position, link: end))
            }
            return false
        }
    }

    /// Where the line ends that begins at `position`.
    private static func lineEnd(_ batch: UnsafeRawBufferPointer, from position: Int) -> Int {
        guard let base = batch.baseAddress, position < batch.count,
            let hit = memchr(base + position, 0x0A, batch.count - position)
        else { return batch.count }
        return UnsafeRawPointer(hit) - base
    }

    private func put(_ batch: [UInt8], _ position: inout Int) throws(AuditError) {
        guard file != nil else { throw AuditError(operation: "write", path: directory, reason: "the file is closed") }
        guard !out.isEmpty else { return }
        let result = out.withUnsafeBytes { bytes -> (written: Int, failure: AuditError?) in
            file?.write(bytes) ?? (0, nil)
        }
        var whole = 0
        for mark in marks where mark.outEnd <= result.written {
            position = mark.lineEnd
            link = mark.link
            whole = mark.outEnd
            records += 1
            recordsInFile += 1
        }
        size += whole
        bytes += UInt64(whole)
        guard let failure = result.failure else { return }
        // A cut that fails as well is made good when the file is opened again.
        if result.written > whole { do throws(AuditError) { try file?.truncate(to: size) } catch {} }
        close()
        throw failure
    }

    private func writeOwn(_ own: AuditOwnRecord) throws(AuditError) {
        out.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        let end = own.line().withUnsafeBytes { AuditChain.seal($0, after: link, into: &out) }
        marks.append(Mark(outEnd: out.count, lineEnd: 0, link: end))
        var position = 0
        try put([], &position)
    }

    func sync() throws(AuditError) {
        do throws(AuditError) {
            try file?.sync()
        } catch {
            // Linux drops the pages that it could not write, so the file's end can't be trusted any more.
            mustBegin = "the file before could not be forced to the disk"
            close()
            throw error
        }
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
        let end = link
        do throws(AuditError) {
            try AuditFolder.make(directory)
            let newest = try AuditFileName.list(in: directory).last
            let previous = max(newest?.number ?? 0, name?.number ?? 0)
            link = end
            try begin(
                after: AuditFileName(number: previous, nanoseconds: UTCTime.nowNanoseconds),
                reason: "the file before was deleted while it was written")
        } catch {
            close()
            throw error
        }
    }
}

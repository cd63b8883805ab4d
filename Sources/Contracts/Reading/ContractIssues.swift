internal import Diagnostics

/// Collects what is wrong with a contract while it is read, once each, with the place where it can be shown.
///
/// Only the contract file itself is in the source store; a problem in a file it includes is told in words with path and
/// line.
final class ContractIssues {
    private struct Key: Hashable {
        var code: String
        var path: String
        var line: Int
        var title: String
        var severity: Severity
    }

    private static let limit = 100

    private let path: String
    private let file: FileID
    private let lines: LineTable
    private var seen: Set<Key> = []
    private var places: Set<String> = []
    private var wasCut = false
    /// Whether nothing more is said, because the contract was given up.
    private(set) var isClosed = false
    private(set) var sink = DiagnosticSink()

    init(path: String, file: FileID, bytes: [UInt8]) {
        self.path = path
        self.file = file
        self.lines = LineTable(bytes)
    }

    /// A place in a contract.
    struct Place {
        var path: String
        /// 1-based.
        var line: Int
        /// The bytes, where they are known; else the whole line is shown.
        var range: Range<Int>?

        init(_ path: String, line: Int, range: Range<Int>? = nil) {
            self.path = path
            self.line = line
            self.range = range
        }
    }

    /// Says nothing more: the rest would only be consequences.
    func close() { isClosed = true }

    /// - Parameter help: Made only when it is shown, since the search for a similar name takes time.
    func add(
        _ code: String, _ severity: Severity, _ title: String, at place: Place, _ label: String = "",
        notes: [String] = [], help: @autoclosure () -> String? = nil
    ) {
        guard !isClosed else { return }
        places.insert("\(place.path):\(place.line)")
        // Errors decide whether the contract can be used, so more of them are told.
        if wasCut, severity != .error || seen.count >= 2 * ContractIssues.limit { return }
        let key = Key(code: code, path: place.path, line: place.line, title: title, severity: severity)
        guard seen.insert(key).inserted else { return }
        if seen.count > ContractIssues.limit, !wasCut {
            wasCut = true
            sink.add(
                Diagnostic(
                    "WB3240", .warning, "`\(path)` has more than \(ContractIssues.limit) problems", at: span(at: 1),
                    "the rest is not shown", help: "mend the first ones and check again"))
            if severity != .error { return }
        }
        if place.path == path {
            let range = place.range.map { span($0) } ?? span(at: place.line)
            sink.add(Diagnostic(code, severity, title, at: range, label, notes: notes, help: help()))
        } else {
            let elsewhere = "in \(place.path), line \(place.line)" + (label.isEmpty ? "" : ": \(label)")
            sink.add(
                Diagnostic(
                    code, severity, title, at: span(at: 1), "reached from this contract", notes: [elsewhere] + notes,
                    help: help()))
        }
    }

    /// What another reader found in the contract file itself.
    func add(contentsOf other: DiagnosticSink) { sink.merge(other) }

    /// Whether something was said of that line already.
    func isReported(_ place: Place) -> Bool { places.contains("\(place.path):\(place.line)") }

    private func span(_ range: Range<Int>) -> SourceSpan {
        let low = min(max(0, range.lowerBound), lines.byteCount)
        let high = min(max(low, range.upperBound), lines.byteCount)
        return SourceSpan(file: file, start: UInt32(low), end: UInt32(high))
    }

    private func span(at line: Int) -> SourceSpan { span(lines.range(ofLine: line)) }
}

/// Where the lines of a file begin.
struct LineTable: Sendable {
    private let starts: [Int]
    private let ends: [Int]
    let byteCount: Int

    init(_ bytes: [UInt8]) {
        var starts = [0]
        var ends: [Int] = []
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            ends.append(index)
            starts.append(index + 1)
        }
        ends.append(bytes.count)
        // A label under the indentation says nothing.
        for index in starts.indices {
            var start = starts[index]
            while start < ends[index], bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
            var end = ends[index]
            while end > start, bytes[end - 1] == 0x0D || bytes[end - 1] == 0x20 { end -= 1 }
            ends[index] = end
            starts[index] = min(start, end)
        }
        self.starts = starts
        self.ends = ends
        self.byteCount = bytes.count
    }

    /// The bytes of a line without its indentation.
    func range(ofLine line: Int) -> Range<Int> {
        let index = min(max(0, line - 1), starts.count - 1)
        return starts[index]..<max(starts[index], ends[index])
    }

    /// The 1-based line of a byte.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low + 1
    }
}

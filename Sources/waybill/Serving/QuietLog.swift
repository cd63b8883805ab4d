import Foundation
import Synchronization

/// Keeps what goes wrong again and again from filling the log: of each subject a few lines are written at once, and then,
/// for each interval, one line with how many there were.
///
/// The subject of a line is what stands before its first `: `, such as `partner acme-bank`. Called on any thread.
final class QuietLog: Sendable {
    private struct Subject {
        var windowEnds: Int64
        var written = 0
        var held = 0
        var last = ""
    }

    /// Lines of one subject in an interval before the rest is only counted.
    static let burst = 5
    /// More subjects than that share one.
    private static let mostSubjects = 1024

    private let interval: Int64
    private let now: @Sendable () -> Int64
    private let write: @Sendable (String) -> Void
    /// Runs a block after so many nanoseconds.
    private let later: @Sendable (Int64, @escaping @Sendable () -> Void) -> Void
    private let subjects = Mutex([String: Subject]())

    init(
        interval: Duration = .seconds(30),
        now: @escaping @Sendable () -> Int64 = { Int64(clamping: DispatchTime.now().uptimeNanoseconds) },
        later: @escaping @Sendable (Int64, @escaping @Sendable () -> Void) -> Void = { nanoseconds, block in
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds)), execute: block)
        },
        write: @escaping @Sendable (String) -> Void
    ) {
        self.interval = interval.components.seconds * 1_000_000_000 + interval.components.attoseconds / 1_000_000_000
        self.now = now
        self.later = later
        self.write = write
    }

    func callAsFunction(_ line: String) {
        let subject = line.firstRange(of: ": ").map { String(line[..<$0.lowerBound]) } ?? line
        let time = now()
        let (isWritten, isFirstHeld) = subjects.withLock { subjects -> (Bool, Bool) in
            let key = subjects[subject] != nil || subjects.count < Self.mostSubjects ? subject : "others"
            var entry = subjects[key] ?? Subject(windowEnds: time &+ interval)
            if time >= entry.windowEnds, entry.held == 0 { entry = Subject(windowEnds: time &+ interval) }
            defer { subjects[key] = entry }
            if entry.written < Self.burst {
                entry.written += 1
                return (true, false)
            }
            entry.held += 1
            entry.last = line
            return (false, entry.held == 1)
        }
        if isWritten { write(line) }
        if isFirstHeld { later(interval) { self.summarise() } }
    }

    /// Writes a line for every subject of which some were held back.
    func summarise() {
        let time = now()
        let held = subjects.withLock { subjects -> [(Int, String)] in
            var held: [(Int, String)] = []
            for (key, entry) in subjects where entry.held > 0 {
                held.append((entry.held, entry.last))
                // Still failing: from now on only counted, until an interval passes without a line.
                subjects[key] = Subject(windowEnds: time &+ interval, written: Self.burst)
            }
            for (key, entry) in subjects where entry.held == 0 && time >= entry.windowEnds { subjects[key] = nil }
            return held
        }
        for (count, last) in held.sorted(by: { $0.1 < $1.1 }) {
            write("\(last) (and \(count - 1) more like it in the last \(interval / 1_000_000_000) s)")
        }
    }
}

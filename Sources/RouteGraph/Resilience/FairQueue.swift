/// Calls that wait for one thing, served in turns: each consumer has its own line, and the lines are served round robin, so that
/// one consumer's burst does not make another wait behind it. Within a line the first comes first.
///
/// Used only when something has to wait; joining a line that exists costs one append.
public struct FairQueue<Waiter> {
    private struct Line {
        var consumer: Int
        var waiters: [Waiter] = []
        var head = 0
        var count: Int { waiters.count - head }
    }

    private var lines: [Line] = []
    private var turn = 0
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    public mutating func append(_ waiter: Waiter, consumer: Int) {
        count += 1
        if let i = lines.firstIndex(where: { $0.consumer == consumer }) {
            lines[i].waiters.append(waiter)
        } else {
            // The newcomer's turn comes last.
            let line = Line(consumer: consumer, waiters: [waiter])
            lines.insert(line, at: turn)
            turn = lines.count > 1 ? (turn + 1) % lines.count : 0
        }
    }

    /// The waiter whose turn it is.
    public mutating func popFirst() -> Waiter? {
        guard !lines.isEmpty else { return nil }
        if turn >= lines.count { turn = 0 }
        let waiter = lines[turn].waiters[lines[turn].head]
        lines[turn].head += 1
        count -= 1
        if lines[turn].count == 0 {
            lines.remove(at: turn)
            if turn >= lines.count { turn = 0 }
        } else {
            if lines[turn].head > 64, lines[turn].head * 2 > lines[turn].waiters.count {
                lines[turn].waiters.removeFirst(lines[turn].head)
                lines[turn].head = 0
            }
            turn = (turn + 1) % lines.count
        }
        return waiter
    }

    /// Takes a waiter out, wherever it stands.
    @discardableResult
    public mutating func remove(where isIt: (Waiter) -> Bool) -> Bool {
        for i in lines.indices {
            for k in lines[i].head..<lines[i].waiters.count where isIt(lines[i].waiters[k]) {
                lines[i].waiters.remove(at: k)
                count -= 1
                drop(i)
                return true
            }
        }
        return false
    }

    /// Makes room for a consumer that has fewer waiting than another: takes out the newest of the longest line, when that is
    /// longer than this consumer's would be.
    public mutating func displace(for consumer: Int) -> Waiter? {
        let own = lines.first { $0.consumer == consumer }?.count ?? 0
        guard let longest = lines.indices.max(by: { lines[$0].count < lines[$1].count }), lines[longest].count > own + 1
        else { return nil }
        let waiter = lines[longest].waiters.removeLast()
        count -= 1
        drop(longest)
        return waiter
    }

    private mutating func drop(_ i: Int) {
        guard lines[i].count == 0 else { return }
        lines.remove(at: i)
        if i < turn { turn -= 1 }
        if turn >= lines.count { turn = 0 }
    }
}

/// A name as one loop uses it: what a new connection gets, and when to ask.
///
/// While it is in use it is asked for as soon as its time is over, and the old addresses serve until the answer is there. A name that
/// nobody used meanwhile is asked for by its next use, which waits; where there are old addresses it does not wait for long.
public struct FollowedName: Sendable {
    public enum Taking: Sendable, Equatable {
        case addresses([IPAddress])
        /// There are none, and it has just been found out.
        case nothing(NameAnswer.Kind)
        /// - Parameter old: what to take when the answer is not there in time; empty for nothing.
        case wait(old: [IPAddress])
    }

    public private(set) var answer: NameAnswer?
    /// Whether an answer is on its way.
    public private(set) var isAsking = false
    /// Whether what is old serves meanwhile.
    private var servesMeanwhile = false
    /// The last addresses that there were.
    private var lastAddresses: Set<IPAddress> = []
    private var lastUse = Int64.min

    public init() {}

    /// A new connection wants to know.
    /// - Returns: what it gets, and whether an answer is to be asked for.
    public mutating func take(now: Int64) -> (taking: Taking, asks: Bool) {
        lastUse = now
        if let answer, answer.expires > now { return (taking(answer), false) }
        let old = answer.map { now < $0.usableUntil ? $0.addresses : [] } ?? []
        if isAsking { return (servesMeanwhile && !old.isEmpty ? .addresses(old) : .wait(old: old), false) }
        isAsking = true
        servesMeanwhile = false
        return (.wait(old: old), true)
    }

    private func taking(_ answer: NameAnswer) -> Taking {
        answer.addresses.isEmpty ? .nothing(answer.kind) : .addresses(answer.addresses)
    }

    /// The time of the answer is over.
    /// - Parameter isConnected: whether there are connections to the addresses.
    /// - Returns: whether an answer is to be asked for.
    public mutating func expired(now: Int64, isConnected: Bool) -> Bool {
        guard !isAsking, answer != nil else { return false }
        guard isConnected || lastUse != .min && now - lastUse < NameTimes.interest else { return false }
        isAsking = true
        servesMeanwhile = true
        return true
    }

    /// What was asked for is there.
    /// - Returns: whether the addresses are others than before, so that connections may be at one that is gone. That there is no such
    ///   name says nothing about connections that work.
    public mutating func answered(_ answer: NameAnswer) -> Bool {
        isAsking = false
        self.answer = answer
        guard !answer.addresses.isEmpty else { return false }
        let before = lastAddresses
        lastAddresses = Set(answer.addresses)
        return !before.isEmpty && before != lastAddresses
    }

    /// Others are asked from now on.
    public mutating func forgetTime(now: Int64) {
        guard let expires = answer?.expires, expires > now else { return }
        answer?.expires = now
    }
}

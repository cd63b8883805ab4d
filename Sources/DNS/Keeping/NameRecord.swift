/// One name with what has been found out about it, for the whole process.
///
/// ```
///   (nothing) ──addresses──► fresh ──failed, within the time for stale ones──► stale ──addresses──► fresh
///       │                      │ absent                                          │ absent, or the time is over
///       └─absent, failed───────┴─────────► absent, failed ◄──────────────────────┘
/// ```
/// That a name does not exist is an answer, and puts an end to its addresses at once; that nobody can be asked is none.
public struct NameRecord: Sendable {
    public private(set) var answer: NameAnswer?
    private var failuresInARow = 0

    public init() {}

    /// Takes over what was found out at `now`.
    public mutating func received(_ reply: Reply, now: Int64, _ times: NameTimes) -> NameAnswer {
        let made: NameAnswer
        switch reply {
        case .addresses(let addresses, let seconds) where !addresses.isEmpty:
            failuresInARow = 0
            let expires = now &+ times.lifetime(seconds)
            let six = addresses.filter(\.isIPv6)
            made = NameAnswer(
                kind: .fresh, addresses: six + addresses.filter { !$0.isIPv6 }, expires: expires,
                usableUntil: expires &+ times.stale)
        case .addresses, .absent:
            failuresInARow = 0
            var seconds: UInt32?
            if case .absent(let given) = reply { seconds = given }
            made = NameAnswer(
                kind: .absent, addresses: [], expires: now &+ times.absence(seconds), usableUntil: now)
        case .failed(let reason):
            failuresInARow += 1
            let pause = min(NameTimes.longestPause, NameTimes.firstPause << Int64(min(failuresInARow - 1, 20)))
            if let answer, !answer.addresses.isEmpty, now < answer.usableUntil {
                made = NameAnswer(
                    kind: .stale, addresses: answer.addresses, expires: min(now &+ pause, answer.usableUntil),
                    usableUntil: answer.usableUntil)
            } else {
                made = NameAnswer(kind: .failed(reason), addresses: [], expires: now &+ pause, usableUntil: now)
            }
        }
        answer = made
        return made
    }

    /// The answer has to be found out anew; until then the addresses serve as old ones.
    public mutating func expire(now: Int64) {
        guard let expires = answer?.expires, expires > now else { return }
        answer?.expires = now
    }
}

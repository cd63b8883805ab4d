/// What there is to know about a name, by one of those who were asked.
public enum Reply: Sendable, Equatable {
    /// - Parameter seconds: how long the addresses hold.
    case addresses([IPAddress], seconds: UInt32)
    /// There is no such name, or it has no address. For so many seconds, where somebody says so.
    case absent(seconds: UInt32?)
    /// Nobody could say.
    case failed(String)

    /// What a name's two kinds of addresses come to: what one question has found does not get lost with the other. Then it does not
    /// hold for long.
    public static func both(_ four: Reply, _ six: Reply) -> Reply {
        switch (four, six) {
        case (.addresses(let a, let seconds), .addresses(let b, let more)):
            .addresses(b + a, seconds: min(seconds, more))
        case (.addresses(let found, let seconds), .absent), (.absent, .addresses(let found, let seconds)):
            .addresses(found, seconds: seconds)
        case (.addresses(let found, let seconds), .failed), (.failed, .addresses(let found, let seconds)):
            .addresses(found, seconds: min(seconds, halfKnown))
        case (.absent(let seconds), .absent(let more)):
            .absent(seconds: seconds.map { min($0, more ?? $0) } ?? more)
        case (.failed(let reason), _), (_, .failed(let reason)): .failed(reason)
        }
    }

    /// Seconds that half an answer holds at most.
    static let halfKnown: UInt32 = 30
}

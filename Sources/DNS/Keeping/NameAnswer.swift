/// What is known of a name at a moment, until when. Times are nanoseconds on the monotonic clock.
public struct NameAnswer: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case fresh
        /// The addresses' time is over, and nobody could say what they are now.
        case stale
        /// There is no such name.
        case absent
        case failed(String)
    }

    public var kind: Kind
    /// Those of IPv6 first. Empty when there are none.
    public var addresses: [IPAddress]
    /// When it is to be asked again, and not before.
    public var expires: Int64
    /// Until when the addresses may be used while nobody can be asked.
    public var usableUntil: Int64

    public init(kind: Kind, addresses: [IPAddress], expires: Int64, usableUntil: Int64) {
        self.kind = kind
        self.addresses = addresses
        self.expires = expires
        self.usableUntil = usableUntil
    }
}

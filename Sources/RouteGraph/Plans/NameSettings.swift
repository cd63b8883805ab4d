/// How partners' names are looked up. All times are nanoseconds.
public struct NameSettings: Sendable, Equatable {
    /// A DNS server, by its address.
    public struct Server: Sendable, Equatable {
        public var address: String
        public var port: Int

        public init(address: String, port: Int = 53) {
            self.address = address
            self.port = port
        }
    }

    /// Asked in place of the system's; empty for those of `/etc/resolv.conf`.
    public var servers: [Server] = []
    /// What the time that a record may be kept is raised to, and cut off at.
    public var minimumTTL: Int64 = 1_000_000_000
    public var maximumTTL: Int64 = 3_600_000_000_000
    /// How long addresses are used after their time while nobody answers.
    public var stale: Int64 = 3_600_000_000_000

    public init() {}
}

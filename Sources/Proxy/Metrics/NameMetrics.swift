extension ProxyMetrics {
    /// What came of looking up one name, since it is known.
    public struct Name: Sendable {
        public var name = ""
        public var lookups: UInt64 = 0
        /// Times that nobody could say.
        public var failures: UInt64 = 0
        /// Times that there was no address.
        public var absent: UInt64 = 0
        /// Addresses that are known now, and whether their time is over.
        public var addresses = 0
        public var isStale = false

        public init() {}
    }
}

import DNS
import RouteGraph

/// What the process knows of partners' names. Loops ask it when they need to, a name is looked up once for all of them, and each gets
/// the answer with the moment at which it is over: at that moment all of them ask again, those that use the name.
actor NameDirectory {
    private struct Entry {
        var record = NameRecord()
        var counts = ProxyMetrics.Name()
        var asking: Task<NameAnswer, Never>?
    }

    /// Names that are remembered. There are as many as partners in one generation, and reloads may bring others.
    private static let limit = 16384

    private var settings = NameSettings()
    private var times = NameTimes()
    private var lookup: NameLookup
    private var entries: [String: Entry] = [:]
    /// Counts the settings that there have been.
    private var generation = 0
    private let log: @Sendable (String) -> Void

    init(log: @escaping @Sendable (String) -> Void) {
        self.log = log
        lookup = NameLookup(offload: NameThreads.run)
    }

    /// Takes over the settings of a graph. When others are asked than before, what is known counts no longer than until they answer.
    func update(_ settings: NameSettings) {
        guard settings != self.settings else { return }
        self.settings = settings
        generation += 1
        times = NameTimes(minimum: settings.minimumTTL, maximum: settings.maximumTTL, stale: settings.stale)
        let servers = settings.servers.compactMap { server in
            IPAddress(server.address).flatMap { address in
                UInt16(exactly: server.port).map { NameServer(address: address, port: $0) }
            }
        }
        lookup = NameLookup(servers: servers, offload: NameThreads.run)
        let now = Clock.monotonic()
        for name in entries.keys {
            entries[name]?.record.expire(now: now)
            entries[name]?.asking = nil
        }
    }

    func answer(for name: String) async -> NameAnswer {
        if let entry = entries[name] {
            if let asking = entry.asking { return await asking.value }
            if let answer = entry.record.answer, answer.expires > Clock.monotonic() { return answer }
        } else if entries.count >= Self.limit {
            let now = Clock.monotonic()
            entries = entries.filter {
                $0.value.asking != nil || $0.value.record.answer.map { now < $0.usableUntil } ?? false
            }
            if entries.count >= Self.limit { entries.removeAll() }
        }
        let (lookup, asked) = (lookup, generation)
        let asking = Task {
            let reply = await lookup.addresses(of: name)
            // What comes from the servers of before counts for nothing.
            guard asked == self.generation else { return await self.answer(for: name) }
            return self.received(reply, for: name)
        }
        entries[name, default: Entry()].asking = asking
        return await asking.value
    }

    private func received(_ reply: Reply, for name: String) -> NameAnswer {
        var entry = entries[name] ?? Entry()
        let before = entry.record.answer
        let answer = entry.record.received(reply, now: Clock.monotonic(), times)
        entry.asking = nil
        entry.counts.lookups &+= 1
        switch answer.kind {
        case .fresh: break
        case .absent: entry.counts.absent &+= 1
        case .stale, .failed: entry.counts.failures &+= 1
        }
        entries[name] = entry
        report(name, reply, before, answer)
        return answer
    }

    /// Tells operators what has changed.
    private func report(_ name: String, _ reply: Reply, _ before: NameAnswer?, _ answer: NameAnswer) {
        let isNew = before?.kind != answer.kind
        switch answer.kind {
        case .fresh:
            guard let before, isNew || Set(before.addresses) != Set(answer.addresses) else { return }
            log("DNS: \(name) is at \(answer.addresses.prefix(8).map(\.description).joined(separator: ", ")) now")
        case .absent where isNew: log("DNS: \(name) has no address")
        case .stale where isNew:
            guard case .failed(let reason) = reply else { return }
            log("DNS: \(name) can't be looked up: \(reason); the addresses that were known are used")
        case .failed(let reason) where isNew: log("DNS: \(name) can't be looked up: \(reason)")
        default: return
        }
    }

    /// What was found out about names, by name.
    var metrics: [ProxyMetrics.Name] {
        entries.map { name, entry in
            var counts = entry.counts
            counts.name = name
            counts.addresses = entry.record.answer?.addresses.count ?? 0
            counts.isStale = entry.record.answer?.kind == .stale
            return counts
        }.sorted { $0.name < $1.name }
    }
}

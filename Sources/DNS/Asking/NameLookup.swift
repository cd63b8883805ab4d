import Glibc

/// Looks a name up as this system would, and finds out how long the answer holds: files first, then the servers of resolv.conf (or
/// others that were set), and the system's own resolver for whatever else it may know.
public struct NameLookup: Sendable {
    /// Runs what may wait, on a thread where that does no harm.
    public typealias Offload = @Sendable (@escaping @Sendable () -> Reply) async -> Reply

    /// Seconds that an answer of a file counts; then the file is read again.
    static let fileSeconds: UInt32 = 5
    /// Nanoseconds after which a failure is a server's silence. Other names would meet it too.
    static let silence: Int64 = 1_000_000_000

    /// What is known without asking anybody.
    struct Preparation: Sendable {
        var services = ServiceSwitch()
        var search = SearchList()
        var found: [IPAddress] = []
        /// Whether servers are asked that have nothing to do with the system's.
        var hasOwnServers = false
    }

    var prepare: @Sendable (String) -> Preparation
    var ask: @Sendable (String, RecordType) -> Reply
    var system: @Sendable (String) -> Reply
    private let offload: Offload

    /// - Parameter servers: asked in place of those of resolv.conf; at most three.
    public init(
        servers: [NameServer] = [], hosts: String = "/etc/hosts", services: String = "/etc/nsswitch.conf",
        offload: @escaping Offload
    ) {
        self.offload = offload
        prepare = { name in
            var preparation = Preparation()
            preparation.hasOwnServers = !servers.isEmpty
            if servers.isEmpty { preparation.services = ServiceSwitch(HostsFile.bytes(services)) }
            if preparation.services.asksFiles {
                preparation.found = HostsFile.addresses(of: name, in: HostsFile.bytes(hosts))
            }
            if preparation.found.isEmpty, preparation.services.asksServers, let state = ResolverState() {
                preparation.search = state.search
            }
            return preparation
        }
        ask = { name, type in
            ResolverState(servers: servers)?.ask(name, type) ?? .failed("resolv.conf can't be used")
        }
        system = SystemResolver.addresses
    }

    /// The addresses of a name. Never throws, and takes as long as resolv.conf allows servers to be silent.
    public func addresses(of name: String) async -> Reply {
        let (prepare, system) = (prepare, system)
        // What is known without asking is handed out of the thread by way of an answer.
        let prepared = Box()
        let first = await offload {
            if SystemResolver.isNumber(name) { return system(name) }
            let preparation = prepare(name)
            prepared.set(preparation)
            if !preparation.found.isEmpty { return .addresses(preparation.found, seconds: Self.fileSeconds) }
            return .absent(seconds: nil)
        }
        guard case .absent = first, let preparation = prepared.value else { return first }
        let services = preparation.services
        let isMulticast = services.hasMulticast && AnswerReader.folded(name).hasSuffix(".local")
        guard preparation.hasOwnServers || services.asksServers && !isMulticast else {
            return await offload { system(name) }
        }
        let answer = await asked(preparation.search.candidates(for: name), preparation.search)
        if case .addresses = answer { return answer }
        guard services.hasOthers, !preparation.hasOwnServers else { return answer }
        let other = await offload { system(name) }
        if case .addresses = other { return other }
        return answer
    }

    /// Asks for one name after the other until one has an address. One that nobody can answer does not hide the next, unless the
    /// servers are silent.
    private func asked(_ names: [String], _ search: SearchList) async -> Reply {
        var absent: UInt32?
        var failure: Reply?
        for name in names {
            let began = Self.now()
            let (ask, offload) = (ask, offload)
            async let four = offload { ask(name, .ipv4) }
            async let six = search.skipsIPv6 ? Reply.absent(seconds: nil) : offload { ask(name, .ipv6) }
            let answer = await Reply.both(four, six)
            switch answer {
            case .addresses: return answer
            case .absent(let seconds): absent = seconds.map { min($0, absent ?? $0) } ?? absent
            case .failed:
                failure = failure ?? answer
                if Self.now() - began >= Self.silence { return answer }
            }
        }
        return failure ?? .absent(seconds: absent)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

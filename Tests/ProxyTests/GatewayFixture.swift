import Documents
import Glibc
import Proxy
import RouteGraph
import Synchronization
import TestSupport

/// Remembers how calls ended.
final class RecordingLog: CallLog, CallRecorder {
    struct Record: Sendable, Equatable {
        var operation: String?
        var outcome: Outcome
        var status: Int
        var attempts: Int
        var failures: [TransportFailure]
        var sent: Int
        var received: Int
        var correlation: String
        var cache: CacheUse?
        /// Attempts that went to the partner's new version.
        var toNext = 0
    }

    let records = Mutex<[Record]>([])
    let refuses = Mutex(false)

    var refusesCalls: Bool { refuses.withLock { $0 } }

    func recorder() -> any CallRecorder { self }

    func append(_ call: Call) {
        let record = Record(
            operation: call.operation?.identity, outcome: call.outcome, status: call.status,
            attempts: call.attempts.count,
            failures: call.attempts.compactMap(\.failure), sent: call.sentBytes, received: call.receivedBytes,
            correlation: String(decoding: call.correlation, as: UTF8.self), cache: call.cache,
            toNext: call.attempts.count(where: \.isNext))
        records.withLock { $0.append(record) }
    }

    var all: [Record] { records.withLock { $0 } }

    /// Waits for the next records, since a call is recorded when its last byte has been handed over.
    func waitFor(_ count: Int) async -> [Record] {
        _ = await eventually { all.count >= count }
        return all
    }
}

/// `X-API-Key: k` is the consumer that may call, `X-API-Key: other` one that may not; so are the subjects of certificates.
struct TestAuthenticator: Authenticator {
    func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? {
        if let peer { return peer.subject == "CN=erp,O=Acme" ? 0 : nil }
        guard let key = head.value(of: .apiKey) else { return nil }
        switch String(decoding: key, as: UTF8.self) {
        case "k": return 0
        case "other": return 1
        default: return nil
        }
    }
}

/// A gateway before one partner: `/pass` passes through, `/mediate` reads whole bodies and relays them.
struct GatewayFixture {
    let server: ProxyServer
    let log: RecordingLog
    let port: Int

    struct Settings: Sendable {
        var upstream = UpstreamPlan(identity: "partner", host: "127.0.0.1", port: 1)
        var gateway = GatewaySettings()
        var generation: UInt64 = 1
        /// Consumers that may pass: 0 is `erp`, 1 is `other`.
        var allowed: Set<Int> = [0]
        var operationRate: RateLimitPlan?
        var consumerRate: RateLimitPlan?
        /// What the partner's new version has to do with both operations.
        var version: OperationVersionPlan?
        var cache: CachePlan?

        private static let second: Int64 = 1_000_000_000

        init(partnerPort: Int) {
            upstream.port = partnerPort
            upstream.maxConnections = 8
            // Nothing is to end by itself because the machine is slow; a test of a timeout sets its own.
            (upstream.connectTimeout, upstream.responseTimeout) = (300 * Self.second, 300 * Self.second)
            (upstream.totalTimeout, upstream.idleTimeout) = (600 * Self.second, 600 * Self.second)
            (gateway.limits.requestTimeout, gateway.limits.idleTimeout) = (300 * Self.second, 600 * Self.second)
            upstream.outliers.ejectFor = 600 * Self.second
            gateway.listeners = [ListenerPlan(host: "127.0.0.1", port: 0)]
        }
    }

    static func graph(_ settings: Settings) throws -> RouteGraph {
        var router = Router()
        for method in [HTTPMethod.get, .post, .put] {
            try router.add(method: method, pattern: "/pass", operation: 0)
            try router.add(method: method, pattern: "/pass/{rest}", operation: 0)
        }
        // What an encoded slash below `/pass` could lead to.
        try router.add(method: .get, pattern: "/pass/{rest}/secret", operation: 2)
        // What a mediated call looks like to a gateway behind.
        try router.add(method: .post, pattern: "/soap", operation: 0)
        try router.add(method: .post, pattern: "/mediate", operation: 1)
        let call = CallPlan(method: "POST", path: [.literal("/soap")], contentType: "application/json")
        let mediation = MediationPlan(
            accepts: .json, rules: [], request: nil, forwardsBody: true, call: call, partnerFormat: .json,
            isSOAP: false,
            response: nil, responseStatus: 200, responseContentType: "application/json", errors: nil)
        return RouteGraph(
            generation: settings.generation, settings: settings.gateway,
            consumers: [
                Consumer(name: "erp", proof: .unresolved, rate: settings.consumerRate),
                Consumer(name: "other", proof: .unresolved),
            ],
            upstreams: [settings.upstream],
            operations: [
                OperationPlan(
                    name: "pass", partner: "partner", index: 0, upstream: 0, allowed: settings.allowed, summary: "",
                    accept: "GET /pass",
                    mediation: nil, parameters: ["rest"], rate: settings.operationRate, next: settings.version,
                    cache: settings.cache),
                OperationPlan(
                    name: "mediate", partner: "partner", index: 1, upstream: 0, allowed: [0], summary: "",
                    accept: "POST /mediate", mediation: mediation, next: settings.version, cache: settings.cache),
                OperationPlan(
                    name: "secret", partner: "partner", index: 2, upstream: 0, allowed: settings.allowed, summary: "",
                    accept: "GET /pass/{rest}/secret", mediation: nil, parameters: ["rest"]),
            ],
            router: router)
    }

    static func start(
        partnerPort: Int, loops: Int = 1, authenticator: any Authenticator = TestAuthenticator(),
        _ configure: (inout Settings) -> Void = { _ in }
    ) async throws -> GatewayFixture {
        var settings = Settings(partnerPort: partnerPort)
        configure(&settings)
        let log = RecordingLog()
        let verbose = getenv("PROXY_TEST_LOG") != nil
        let server = ProxyServer(loops: loops, callLog: log, authenticator: authenticator) { line in
            if verbose { print(line) }
        }
        let addresses = try await server.start(graph: graph(settings))
        return GatewayFixture(server: server, log: log, port: addresses[0].port)
    }

    func stop() async {
        await server.drain(grace: .milliseconds(200))
        await server.stop()
    }

    /// Waits until nothing is under way, and says whether it came to that.
    func settles(
        openConnections: Int = 0, pool isAtRest: @Sendable (ProxyMetrics.Pool) -> Bool = { _ in true }
    ) async -> Bool {
        await reaches {
            $0.callsInFlight == 0 && $0.openConnections <= openConnections && $0.pools.allSatisfy(isAtRest)
        }
    }

    /// Waits until the counters say something.
    func reaches(_ condition: (ProxyMetrics) -> Bool) async -> Bool {
        await eventually { condition(await server.metrics()) }
    }
}

func get(_ path: String = "/pass", method: String = "GET", version: String = "1.1", _ fields: String...) -> String {
    let lines = ["Host: gateway", "X-API-Key: k"] + fields
    return "\(method) \(path) HTTP/\(version)\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

func ok(_ body: String, _ fields: String...) -> String {
    "HTTP/1.1 200 OK\r\n" + fields.map { $0 + "\r\n" }.joined() + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

import Audit
import Compiler
import Diagnostics
import Foundation
import Logging
import Policies
import Proxy
import RouteGraph
import Storage

/// A whole gateway in this process: proxy, reload, audit, admin address.
final class Gateway: Sendable {
    let server: ProxyServer
    let reloader: Reloader
    let addresses: [BoundAddress]
    private let audit: AuditWriter?
    private let answers: SQLiteAnswerStore?
    private let admin: AdminListener?
    private let watching: Task<Void, Never>
    private let workspace: DiskWorkspace
    private let log: Logger
    private let draining = DrainFlag()

    /// How long calls with keys wait for the process that this one takes over from: as long as that one's calls may take to end.
    private static let storePatience: Int64 = 60_000_000_000

    var adminPort: Int? { admin?.port }

    /// A workspace that does not compile can't be served.
    struct Rejected: Error {
        var diagnostics: [Diagnostic]
        var sources: SourceStore
    }

    /// - Parameter override: changes the settings before they are used: free ports for a demo.
    static func start(
        workspace: DiskWorkspace, environment: String?, loops: Int, log: Logger,
        override: (@Sendable (inout GatewaySettings) -> Void)? = nil
    ) async throws -> Gateway {
        let snapshot = try WorkspaceSnapshot(workspace)
        var cache = CompileCache()
        let compilation = Compiler.compile(
            snapshot.files, environment: environment, secrets: MachineSecrets(root: workspace.root), generation: 1,
            now: Int64(Date().timeIntervalSince1970), reusing: &cache)
        guard var graph = compilation.graph else {
            throw Rejected(diagnostics: compilation.diagnostics, sources: compilation.sources)
        }
        for warning in compilation.diagnostics where warning.severity == .warning {
            log.warning("\(warning.code): \(warning.title)")
        }
        if let override { graph = graph.overriding(override) }
        return try await Gateway(graph, snapshot, cache, workspace, environment, loops, log, override)
    }

    private init(
        _ graph: RouteGraph, _ snapshot: WorkspaceSnapshot, _ cache: CompileCache, _ workspace: DiskWorkspace,
        _ environment: String?, _ loops: Int, _ log: Logger, _ override: (@Sendable (inout GatewaySettings) -> Void)?
    ) async throws {
        self.workspace = workspace
        self.log = log
        var callLog: any CallLog = NoCallLog()
        if let plan = graph.settings.audit {
            let directory = plan.directory.hasPrefix("/") ? plan.directory : "\(workspace.root)/\(plan.directory)"
            let writer = AuditWriter(
                AuditOptions(
                    directory: directory, rotateBytes: plan.rotateBytes,
                    onFailure: plan.onFailure == .refuse ? .refuse : .continues, queueBytes: max(16, loops) << 20,
                    reserveBytes: graph.settings.limits.calls << 10))
            if let recovered = writer.recovered {
                log.warning(
                    "audit: an unfinished audit record was cut off after a crash: \(recovered.bytes) bytes, now in \(recovered.side)"
                )
            }
            audit = writer
            callLog = AuditCallLog(writer: writer)
        } else {
            audit = nil
        }
        let quiet = QuietLog { log.info("\($0)") }
        answers = try graph.settings.store.map { plan in
            let directory = plan.directory.hasPrefix("/") ? plan.directory : "\(workspace.root)/\(plan.directory)"
            return try SQLiteAnswerStore(
                directory: directory, bytes: plan.bytes, patience: Self.storePatience, log: { log.warning("\($0)") })
        }
        server = ProxyServer(
            loops: loops, callLog: callLog, authenticator: StandardAuthenticators(), answers: answers,
            logger: { quiet($0) })
        do {
            addresses = try await server.start(graph: graph)
        } catch {
            await Self.end(server, answers, audit, log)
            throw error
        }
        reloader = Reloader(
            workspace: workspace, environment: environment, server: server, log: log, snapshot: snapshot, cache: cache,
            graph: graph, override: override)
        let reloader = reloader
        watching = Task { await reloader.run() }
        if let address = graph.settings.admin {
            let (server, audit, draining, answers) = (server, audit, draining, answers)
            let certificates = "\(workspace.root)/certs"
            do {
                admin = try await AdminListener.start(
                    host: address.host, port: address.port, isTakingOver: await server.sharesAddresses, log: log
                ) {
                    await AdminPages.answer(
                        $0, server: server, reloader: reloader, audit: audit, answers: answers, draining: draining,
                        certificates: certificates, log: log)
                }
            } catch {
                watching.cancel()
                await server.drain(grace: .zero)
                await watching.value
                await Self.end(server, answers, audit, log)
                throw error
            }
        } else {
            admin = nil
        }
    }

    /// Ends without losing a call: readiness goes red, and for the time of the notice everything is served still; then there are no
    /// new connections, calls under way finish, the audit trail is flushed.
    func stop(notice: Duration = .zero, grace: Duration) async {
        draining.set()
        watching.cancel()
        if notice > .zero { await server.leave(notice: notice) }
        // Another process may be waiting for the store: it gets it when the last call with a key has ended, whatever else goes on.
        let releasing = Task { [server, answers] in
            guard let answers else { return }
            while await server.hasKeyedCalls() { try? await Task.sleep(for: .milliseconds(20)) }
            answers.release()
        }
        await server.drain(grace: grace)
        await releasing.value
        // A reload that was under way has been refused, or was done before the drain.
        await watching.value
        await Self.end(server, answers, audit, log)
        await admin?.stop()
    }

    private static func end(
        _ server: ProxyServer, _ answers: SQLiteAnswerStore?, _ audit: AuditWriter?, _ log: Logger
    ) async {
        // While the loops still run: what is waited for is replied to on them.
        if let answers { await Task.detached { answers.stop() }.value }
        await server.stop()
        guard let audit, await Task.detached(operation: { !audit.stop() }).value else { return }
        log.error("audit: the disk has not taken all records in time, the last ones are lost")
    }
}

extension RouteGraph {
    /// The same graph with other settings.
    func overriding(_ change: (inout GatewaySettings) -> Void) -> RouteGraph {
        var settings = settings
        change(&settings)
        return RouteGraph(
            generation: generation, settings: settings, consumers: consumers, upstreams: upstreams,
            operations: operations, services: services, router: router)
    }
}

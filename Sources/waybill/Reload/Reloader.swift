import Compiler
import Diagnostics
import Foundation
import Logging
import Proxy
import RouteGraph
import Synchronization

/// Keeps the running graph in step with the files: load, compile off the loops, and on success install; on any error keep
/// what runs and say why.
actor Reloader {
    /// What the admin address tells about generations.
    struct State: Sendable {
        var generation: UInt64 = 0
        var installedAt: Date?
        var changed: [String] = []
        var rejected: Rejection?
        var reloads = 0
        var rejections = 0
        var operations = 0
        var partners = 0
        var lastCompileMilliseconds = 0.0
        var blocked: [String] = []
    }

    /// An attempt that was not installed.
    struct Rejection: Sendable {
        var at: Date
        var diagnosticsJSON: String
        var summary: String
    }

    private let workspace: DiskWorkspace
    private let environment: String?
    private let server: ProxyServer
    private let log: Logger
    private let override: (@Sendable (inout GatewaySettings) -> Void)?
    /// The files that run, and those that were found last.
    private var current: WorkspaceFiles
    private var snapshot: WorkspaceSnapshot
    /// What is compiled already.
    private var cache: CompileCache
    /// What no look was taken at yet.
    private var touched = WorkspaceTouch.files([])
    private nonisolated let asked = Mutex(false)
    private(set) var graph: RouteGraph
    private(set) var state = State()
    private var watcher: FolderWatcher?
    private let events: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        workspace: DiskWorkspace, environment: String?, server: ProxyServer, log: Logger,
        snapshot: WorkspaceSnapshot, cache: CompileCache, graph: RouteGraph,
        override: (@Sendable (inout GatewaySettings) -> Void)? = nil
    ) {
        self.override = override
        self.workspace = workspace
        self.environment = environment
        self.server = server
        self.log = log
        current = snapshot.files
        self.snapshot = snapshot
        self.cache = cache
        self.graph = graph
        (events, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.generation = graph.generation
        state.installedAt = Date()
        state.changed = ["first start"]
        Self.describe(graph, &state)
    }

    private static func describe(_ graph: RouteGraph, _ state: inout State) {
        state.operations = graph.operations.count
        state.partners = graph.upstreams.count
        state.blocked = graph.operations.filter { $0.blocked != nil }.map(\.identity)
    }

    /// Asks for a look at all files: SIGHUP.
    nonisolated func requestReload() {
        asked.withLock { $0 = true }
        signal.yield()
    }

    /// Watches and reloads until the task is cancelled.
    func run() async {
        SpareMemory.giveBack()
        if graph.settings.watch {
            let signal = signal
            watcher = FolderWatcher(root: workspace.root) { signal.yield() }
            watcher?.watch(snapshot.folders)
            // What changed before it was watched.
            touched = .everything
            signal.yield()
            if watcher == nil { log.warning("inotify is not available; changes are taken over on SIGHUP only") }
        }
        for await _ in events {
            await settle()
            // What is there at the end stays to the end.
            if Task.isCancelled { break }
            await takeOver()
        }
        watcher?.stop()
    }

    /// Waits until nothing has changed for the debounce time, two seconds at most.
    private func settle() async {
        try? await Task.sleep(for: .milliseconds(graph.settings.debounceMilliseconds))
    }

    /// Looks at what may have changed and compiles; installs when there is no error.
    private func takeOver() async {
        let wasAsked = asked.withLock { asked in
            defer { asked = false }
            return asked
        }
        touched.formUnion(wasAsked ? .everything : watcher?.take() ?? .everything)
        if touched == .files([]) { return }
        do {
            if try snapshot.update(touched) { watcher?.watch(snapshot.folders) }
        } catch {
            touched = .everything
            reject(summary: "\(error)", json: "[]")
            return
        }
        touched = .files([])
        let changed = Self.difference(current, snapshot.files)
        if changed.isEmpty, state.rejected == nil { return }
        let begun = ContinuousClock.now
        let compilation = Compiler.compile(
            snapshot.files, environment: environment, secrets: MachineSecrets(root: workspace.root),
            generation: graph.generation + 1, now: Int64(Date().timeIntervalSince1970), reusing: &cache)
        state.lastCompileMilliseconds = Self.milliseconds(ContinuousClock.now - begun)
        guard let compiled = compilation.graph else {
            let errors = compilation.diagnostics.filter { $0.severity == .error }
            let first = errors.first.map { "\($0.code): \($0.title)" } ?? "no graph"
            reject(
                summary: "\(errors.count) error\(errors.count == 1 ? "" : "s"), first \(first)",
                json: JSONRenderer().render(compilation.diagnostics, compilation.sources))
            log.error("\(TerminalRenderer(color: false).render(errors, compilation.sources))")
            return
        }
        let next = override.map { compiled.overriding($0) } ?? compiled
        guard !Task.isCancelled, await server.install(graph: next) else { return }
        current = snapshot.files
        graph = next
        state.generation = next.generation
        state.installedAt = Date()
        state.changed = changed
        state.rejected = nil
        state.reloads += 1
        Self.describe(next, &state)
        SpareMemory.giveBack()
        log.info("generation \(next.generation) is running: \(changed.prefix(8).joined(separator: ", "))")
    }

    private func reject(summary: String, json: String) {
        state.rejections += 1
        state.rejected = Rejection(at: Date(), diagnosticsJSON: json, summary: summary)
        log.error("the change is not installed, generation \(graph.generation) goes on: \(summary)")
    }

    /// Paths that were added, removed or edited.
    private static func difference(_ old: WorkspaceFiles, _ new: WorkspaceFiles) -> [String] {
        var changed: [String] = []
        for (path, bytes) in new.contents where old[path] != bytes { changed.append(path) }
        for path in old.contents.keys where new[path] == nil { changed.append(path) }
        return changed.sorted()
    }

    static func milliseconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
    }
}

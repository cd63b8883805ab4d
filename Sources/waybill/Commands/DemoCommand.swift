import ArgumentParser
import Audit
import Compiler
import Diagnostics
import Foundation
import Logging
import Proxy
import RouteGraph
import Workbench

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A workspace, mock partners over mutual TLS and the gateway in one process; makes real calls.",
        discussion: "Works on a copy of the workspace in a temporary folder, on free ports, and leaves nothing behind.")

    @Option(name: [.short, .long], help: "The workspace to show.")
    var workspace = "."

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-demo-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try DemoWorkspace.copy(from: workspace, to: folder)
        let demo = DemoWorkspace(folder: folder)
        try await demo.prepare()
        var failures = 0
        for (partner, example) in demo.calls {
            if try await !demo.show(partner, example) { failures += 1 }
        }
        await demo.stop()
        let report = try AuditVerifier.verify(directory: "\(folder)/audit")
        print("\naudit: \(report.records) records, the chain is \(report.isIntact ? "whole" : "broken")")
        if failures > 0 || !report.isIntact { throw ExitCode(1) }
    }
}

/// The running parts of a demo.
final class DemoWorkspace {
    private let disk: DiskWorkspace
    private var mocks: [MockPartner] = []
    private var gateway: Gateway?
    private var compilation: Compilation?
    private(set) var calls: [(partner: String, example: PartnerExample)] = []
    private let key = UUID().uuidString

    init(folder: String) {
        disk = DiskWorkspace(folder)
    }

    static func copy(from source: String, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for part in DiskWorkspace.folders {
            let from = "\(source)/\(part)"
            if FileManager.default.fileExists(atPath: from) {
                try FileManager.default.copyItem(atPath: from, toPath: "\(folder)/\(part)")
            }
        }
    }

    /// Certificates, mocks on free ports, an environment that points at them, the gateway.
    func prepare() async throws {
        setenv("WAYBILL_ERP_KEY", key, 1)
        let made = try DevelopmentCertificates.make(in: "\(disk.root)/certs", partners: try CertsCommand.partners(disk))
        print("certificates: \(made.made.count) made, \(made.kept.count) kept (development authority, P-256)")
        let files = try disk.load().files
        let first = Compiler.compile(files, environment: "development", secrets: MachineSecrets(root: disk.root))
        guard let graph = first.graph else {
            complain(DiagnosticFormat.text.render(first.diagnostics, first.sources))
            throw ExitCode(1)
        }
        var environment = String(decoding: files["routes/environments/development.yaml"] ?? [], as: UTF8.self)
        for upstream in graph.upstreams {
            let examples = PartnerExamples.of(upstream.identity, first, files)
            let tls = upstream.tls == nil ? nil : try MockCommand.tls("\(disk.root)/certs/\(upstream.identity)")
            let mock = try await MockPartner.start(MockExamples.options(examples, port: 0, tls: tls))
            mocks.append(mock)
            environment = environment.replacing(":\(upstream.port)", with: ":\(mock.port)")
            print("partner \(upstream.identity): \(tls == nil ? "http" : "https, mutual TLS") on port \(mock.port)")
            if let example = examples.first(where: { $0.status != nil }) { calls.append((upstream.identity, example)) }
        }
        try environment.write(
            toFile: "\(disk.root)/routes/environments/development.yaml", atomically: true, encoding: .utf8)
        var log = Logger(label: "waybill")
        log.logLevel = .error
        let gateway = try await Gateway.start(workspace: disk, environment: "development", loops: 1, log: log) {
            settings in
            settings.listeners = [ListenerPlan(host: "127.0.0.1", port: 0)]
            settings.admin = nil
        }
        self.gateway = gateway
        let again = try disk.load().files
        compilation = Compiler.compile(again, environment: "development", secrets: MachineSecrets(root: disk.root))
        print(
            "gateway: http://\(gateway.addresses[0]), \(graph.operations.count) operations of \(graph.upstreams.count) partners"
        )
    }

    /// Shows a call's stages, then makes it for real. False when the answer is not a success.
    func show(_ partner: String, _ example: PartnerExample) async throws -> Bool {
        guard let gateway, let graph = compilation?.graph,
            let operation = graph.operations.first(where: { $0.partner == partner && $0.name == example.operation })
        else { return false }
        print("\n━━━ \(partner): \(example.name)")
        var input = Explanation.Input(
            method: example.method, target: example.target,
            headers: [("Content-Type", "application/json")] + example.headers, body: example.body)
        if let status = example.status { input.answer = (status, example.replyType, example.reply) }
        ExplainCommand.show(Explanation(input, operation: operation, graph: graph))
        let answer = try await PlainHTTP.send(
            host: "127.0.0.1", port: gateway.addresses[0].port, method: example.method, path: example.target,
            headers: [("X-API-Key", key), ("Content-Type", "application/json")] + example.headers, body: example.body)
        print("\nthe call itself, over the network:\n  \(example.method) \(example.target) → \(answer.status)")
        print("  " + String(decoding: answer.body.prefix(2000), as: UTF8.self))
        return (200..<300).contains(answer.status)
    }

    func stop() async {
        await gateway?.stop(grace: .seconds(5))
        for mock in mocks { await mock.stop() }
    }
}

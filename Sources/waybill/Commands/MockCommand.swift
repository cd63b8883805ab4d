import ArgumentParser
import Compiler
import Foundation
import RouteGraph
import Workbench

struct MockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mock",
        abstract: "A partner that answers from the workspace's examples, or from a file.",
        discussion: """
            It listens where the environment's URL of the partner points to on this machine, with TLS and a demand for our
            client certificate when that URL is https. --delay, --status and --fault make it misbehave.
            """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The partner, as in `partner:` of its route file.")
    var partner: String

    @Option(help: "The port; by default that of the partner's URL.")
    var port: Int?

    @Option(
        help: "The version of HTTP: 1.1, 2 (without TLS from the first byte on), or auto: either, as TLS negotiates.")
    var http = HTTPVersions.http1.rawValue

    @Option(help: "A file whose content is every answer.")
    var file: String?

    @Option(help: "Milliseconds before each answer.")
    var delay = 0

    @Option(help: "A status in the place of every answer's own.")
    var status: Int?

    @Option(help: "How to misbehave: \(MockFault.allCases.map(\.rawValue).joined(separator: ", ")).")
    var fault: String?

    @Option(help: "Bytes of the answer before the fault reset-midway resets the connection.")
    var after = 100

    func run() async throws {
        let loaded = try options.disk.load().files
        let compilation = Compiler.compile(
            loaded, environment: options.environment, secrets: MachineSecrets(root: options.workspace))
        guard let graph = compilation.graph else {
            complain(DiagnosticFormat.text.render(compilation.diagnostics, compilation.sources))
            throw ExitCode(1)
        }
        guard let upstream = graph.upstreams.first(where: { $0.identity == partner }) else {
            throw ValidationError(
                "no partner is named \(partner); there are: \(graph.upstreams.map(\.identity).joined(separator: ", "))")
        }
        let examples = PartnerExamples.of(partner, compilation, loaded)
        var mock = MockExamples.options(
            examples, port: port ?? upstream.port,
            tls: upstream.tls == nil ? nil : try MockCommand.tls("\(options.workspace)/certs/\(partner)"))
        guard let versions = HTTPVersions(rawValue: http) else {
            throw ValidationError("--http is one of 1.1, 2, auto")
        }
        mock.versions = versions
        if let file {
            let body = try DiskWorkspace.read(file)
            mock.respond = nil
            mock.replies = [MockReply(body: body)]
        }
        mock.delayMilliseconds = delay
        mock.resetAfterBytes = max(0, after)
        mock.status = status
        if let fault {
            guard let known = MockFault(rawValue: fault) else {
                throw ValidationError("--fault is one of \(MockFault.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            mock.fault = known
        }
        let running = try await MockPartner.start(mock)
        announce(
            "\(partner) answers at \(upstream.tls == nil ? "http" : "https")://127.0.0.1:\(running.port) from \(examples.filter { $0.status != nil }.count) examples"
        )
        // All streams: a pipe is told at once, too.
        fflush(nil)
        await Signals.wait(onReload: {})
        await running.stop()
    }

    /// The mock's own certificate, and the demand for one that the same authority issued.
    static func tls(_ folder: String) throws -> MockTLS {
        func text(_ name: String) throws -> String {
            String(decoding: try DiskWorkspace.read("\(folder)/\(name)"), as: UTF8.self)
        }
        return MockTLS(
            certificate: try text("server.pem"), key: try text("server.key"), clientAuthority: try text("ca.pem"))
    }
}

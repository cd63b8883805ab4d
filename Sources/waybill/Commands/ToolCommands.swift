import ArgumentParser
import Audit
import Compiler
import Diagnostics
import Foundation
import RouteGraph
import Workbench

struct CertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs", abstract: "Development certificates, and what expires when.",
        subcommands: [Make.self, List.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the certificates that development needs, signed by an authority of its own.",
            discussion: """
                For each partner called by https: what the gateway proves itself with, and what `waybill mock` does. For
                consumers that prove themselves by certificate: theirs, and that of a TLS listener. What is there is kept.
                """)
        @OptionGroup var options: WorkspaceOptions
        @Flag(help: "Makes everything anew.") var force = false

        func run() throws {
            let result = try DevelopmentCertificates.make(
                in: "\(options.workspace)/certs", partners: try CertsCommand.partners(options.disk),
                consumers: try CertsCommand.consumers(options.disk), force: force)
            for path in result.made { print("made certs/\(path)") }
            for path in result.kept { print("kept certs/\(path)") }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists certificates by the day they expire.")
        @OptionGroup var options: WorkspaceOptions

        func run() throws {
            let (entries, problems) = CertificateExpiry.list(
                CertificateExpiry.files(below: "\(options.workspace)/certs"))
            for entry in entries.sorted(by: { $0.notAfter < $1.notAfter }) {
                print("\(entry.notAfter.formatted(.iso8601))  \(entry.daysLeft) days  \(entry.file)  \(entry.subject)")
            }
            for problem in problems { complain("\(problem.file): \(problem.reason)") }
        }
    }

    /// The consumers that prove themselves by certificate, with their subjects.
    static func consumers(_ disk: DiskWorkspace) throws -> [String: String] {
        let workspace = Compiler.compile(try disk.load().files).workspace
        return Dictionary(
            (workspace.consumers?.consumers ?? []).compactMap { consumer in
                consumer.value.certificate?.subject.map { (consumer.name.value, $0.value) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The partners that are called by https, with the host names of all environments.
    static func partners(_ disk: DiskWorkspace) throws -> [String: [String]] {
        let files = try disk.load().files
        var partners: [String: [String]] = [:]
        let names = files.paths.compactMap { path -> String? in
            guard path.hasPrefix("routes/environments/"), path.hasSuffix(".yaml") else { return nil }
            return path.split(separator: "/").last.map { String($0.dropLast(5)) }
        }
        for environment in names.isEmpty ? [nil] : names.map(Optional.some) {
            let workspace = Compiler.compile(files, environment: environment).workspace
            for route in workspace.routes {
                guard let partner = route.partner?.value, let url = route.endpoint?.url?.value, url.isSecure,
                    route.endpoint?.tls?.certificate != nil
                else { continue }
                partners[partner, default: []].append(url.host)
            }
        }
        return partners.mapValues { Array(Set($0)).sorted() }
    }
}

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit trail.", subcommands: [Verify.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Holds every record against the chain: a changed, removed or moved line is found.")
        @Argument(help: "The folder of the audit files.") var directory = "audit"
        @Option(help: "A record that must be there, as an earlier run printed it: number:hash.") var expect: String?

        func run() throws {
            let report: AuditReport
            let expected = try expect.map { text -> AuditLink in
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, let sequence = UInt64(parts[0]), let hash = AuditHash(String(parts[1])) else {
                    throw ValidationError("--expect takes a record's number, a colon and its hash of 64 digits")
                }
                return AuditLink(sequence: sequence, hash: hash)
            }
            do throws(AuditError) {
                report = try AuditVerifier.verify(directory: directory, expecting: expected)
            } catch {
                complain("\(error)")
                throw ExitCode(2)
            }
            for recovery in report.recoveries {
                print(
                    "\(recovery.file):\(recovery.line): \(recovery.cut) bytes of an unfinished record were cut off after a crash"
                )
            }
            for tail in report.chains.compactMap(\.tornTail) {
                print("\(tail.file): the last \(tail.bytes) bytes are an unfinished record")
            }
            for chain in report.absentChains {
                print("chain \(chain) is named by another, and has no file here")
            }
            if let broken = report.firstBreak {
                complain("broken: \(broken)")
                throw ExitCode(1)
            }
            for chain in report.chains where chain.beginsLate {
                print("chain \(chain.number) begins with record \(chain.firstSequence ?? 0): older files are not here")
            }
            for chain in report.chains where report.chains.count > 1 {
                print(
                    "chain \(chain.number): \(Self.counts(chain.records, chain.files.count)), up to \(Self.end(chain))")
            }
            let counts = Self.counts(report.records, report.files.count)
            if report.chains.count > 1 {
                print("\(counts): all \(report.chains.count) chains are whole")
            } else {
                print("\(counts): the chain is whole" + (report.chains.first.map { ", up to \(Self.end($0))" } ?? ""))
            }
        }

        private static func counts(_ records: UInt64, _ files: Int) -> String {
            "\(records) records in \(files) file\(files == 1 ? "" : "s")"
        }

        private static func end(_ chain: AuditReport.Chain) -> String {
            "record \(chain.last.sequence):\(chain.last.hash)"
        }
    }
}

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Asks a running gateway whether it is ready; for container health checks.")
    @Option(help: "Host of the admin address.") var host = "127.0.0.1"
    @Option(help: "Port of the admin address.") var port = 9090

    func run() async throws {
        let answer = try? await PlainHTTP.get(host: host, port: port, path: "/readyz")
        guard let answer, answer.status == 200 else {
            complain(answer.map { String(decoding: $0.body, as: UTF8.self) } ?? "no answer from \(host):\(port)")
            throw ExitCode(1)
        }
        print("ready")
    }
}

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows one call stage by stage, or the page of a diagnostic.",
        discussion: """
            `explain authorize-payment` lists what a call of the operation passes on its way, with the numbers and where each is
            written, and sends the first example of the operation through the compiled graph, without a network: what was
            read, decided, mapped, sent and mapped back, and for each field the row that it comes from.
            `explain WB2101` prints what a diagnostic means.
            """)

    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "An operation (or partner.operation), or a code.") var subject: String
    @Option(help: "A file with the body to send, in the place of an example.") var send: String?
    @Option(help: "The example to take; by default the operation's first.") var example: String?

    func run() throws {
        if subject.count == 6, subject.uppercased().hasPrefix("WB") {
            guard let page = DiagnosticPages.page(subject) else {
                throw ValidationError("there is no diagnostic \(subject)")
            }
            print(page)
            return
        }
        let files = try options.disk.load().files
        let compilation = Compiler.compile(
            files, environment: options.environment, secrets: MachineSecrets(root: options.workspace))
        guard let graph = compilation.graph else {
            complain(DiagnosticFormat.text.render(compilation.diagnostics, compilation.sources))
            throw ExitCode(1)
        }
        guard let operation = graph.operations.first(where: { $0.name == subject || $0.identity == subject }) else {
            let near = Spelling.nearest(subject, in: graph.operations.map(\.name))
            throw ValidationError("there is no operation \(subject)" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        print("policies")
        for line in PolicyListing(of: operation, compilation).text { print("  \(line)") }
        let examples = PartnerExamples.of(operation.partner, compilation, files).filter {
            $0.operation == operation.name
        }
        let chosen = example.map { name in examples.first { $0.name == name } } ?? examples.first
        guard chosen != nil || send != nil else {
            throw ValidationError("the operation has no example; give a body with --send FILE")
        }
        let accept = operation.accept.split(separator: " ").map(String.init)
        var input = Explanation.Input(
            method: chosen?.method ?? accept.first ?? "POST", target: chosen?.target ?? accept.last ?? "/",
            headers: [("Content-Type", "application/json")] + (chosen?.headers ?? []), body: chosen?.body ?? [])
        if let send { input.body = try DiskWorkspace.read(send) }
        if let chosen, let status = chosen.status { input.answer = (status, chosen.replyType, chosen.reply) }
        if let chosen, send == nil { print("\nexample: \(chosen.name)") }
        ExplainCommand.show(Explanation(input, operation: operation, graph: graph))
    }

    static func show(_ explanation: Explanation) {
        for section in explanation.sections {
            print("\n\(section.title)")
            for line in section.lines { print("  \(line)") }
        }
    }
}

/// The pages of the diagnostics: beside the binary in an image, in `docs/` in a checkout.
enum DiagnosticPages {
    static func page(_ code: String) -> String? {
        guard let known = DiagnosticCode.find(code) else { return nil }
        // Where the program itself lies, however it was called.
        let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        let folders = [
            "\(binary)/../share/waybill/diagnostics", "/usr/local/share/waybill/diagnostics",
            "\(binary)/../../../docs/diagnostics",
        ]
        for folder in folders {
            if let bytes = try? DiskWorkspace.read("\(folder)/\(known.code).md") {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        return "\(known.code): \(known.title)"
    }
}

import ArgumentParser
import Compiler
import Diagnostics
import Foundation
import RouteGraph

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compiles a workspace and reports every mistake, before any traffic.",
        discussion: """
            Exit status 0: no errors. 1: errors; the diagnostics say where, why and what to write instead.
            `waybill explain WB2104` prints the page of a diagnostic.
            """)

    @OptionGroup var options: WorkspaceOptions

    @Option(name: [.short, .long], help: "text, json, sarif (2.1.0) or github (annotations).")
    var format = DiagnosticFormat.text

    @Flag(
        name: [.short, .long],
        help: "Also says what checks each body, what was compiled, how long it took and what it needs.")
    var verbose = false

    func run() throws {
        let loaded: WorkspaceFiles
        do {
            loaded = try options.disk.load().files
        } catch {
            complain("\(error)")
            throw ExitCode(2)
        }
        let memory = Process.residentBytes()
        let begun = ContinuousClock.now
        let compilation = Compiler.compile(
            loaded, environment: options.environment, secrets: MachineSecrets(root: options.workspace), generation: 1,
            now: Int64(Date().timeIntervalSince1970))
        let elapsed = Reloader.milliseconds(ContinuousClock.now - begun)
        let errors = compilation.diagnostics.filter { $0.severity == .error }.count
        let warnings = compilation.diagnostics.filter { $0.severity == .warning }.count
        if format != .text || !compilation.diagnostics.isEmpty {
            print(format.render(compilation.diagnostics, compilation.sources))
        }
        if format == .text {
            if errors > 0 {
                complain("\(errors) error\(errors == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")")
            } else if let graph = compilation.graph {
                print(
                    "\(graph.upstreams.count) partners, \(graph.operations.count) operations: no errors"
                        + (warnings > 0 ? ", \(warnings) warnings" : ""))
            }
        }
        if verbose { for check in compilation.checks { complain(check.line) } }
        if verbose, let graph = compilation.graph {
            let used = max(0, Process.residentBytes() - memory)
            let each = graph.operations.isEmpty ? 0 : used / graph.operations.count
            complain(
                String(
                    format: "compiled %d files in %.0f ms; %d bytes of memory per operation", loaded.contents.count,
                    elapsed, each))
        }
        if errors > 0 { throw ExitCode(1) }
    }
}

extension Process {
    /// Resident memory of this process, bytes.
    static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }
}

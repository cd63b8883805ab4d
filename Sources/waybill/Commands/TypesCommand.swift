import ArgumentParser
import Diagnostics
import Foundation
import Workbench

struct TypesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Shows the fields of a contract, with the paths that a mapping writes.",
        discussion: """
            `types routes/acme/payments.wsdl` lists the operations; `types 'routes/acme/payments.wsdl#Pay'` shows the
            fields of request, answer and faults. A JSON Schema needs no part; an XML Schema with several global
            elements lists them; of an OpenAPI document an operation is named by its operationId or as `GET /path`.

            A part in this shell is put in quotes, since `#` may begin a comment.
            """)

    /// How the fields are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "A contract, and after `#` the part of it: FILE[#part].") var contract: String
    @Option(help: "How many levels of fields are shown.") var depth = 24
    @Option(name: [.short, .long], help: "text or json.") var format = Format.text
    @Flag(help: "Prints only the paths, one a line.") var paths = false

    func validate() throws {
        guard depth >= 1 else { throw ValidationError("--depth is 1 or more") }
    }

    func run() throws {
        let hash = contract.firstIndex(of: "#")
        let written = hash.map { String(contract[..<$0]) } ?? contract
        let part = hash.map { String(contract[contract.index(after: $0)...]) }
        let path = place(of: written)
        var sources = SourceStore()
        var sink = DiagnosticSink()
        let file = sources.add(path: path, bytes: load(path) ?? [])
        let listing = ContractTypes.read(
            path: path, part: part, options: TypeOptions(depth: min(depth, 64)), load: load, file: file, into: &sink)
        let severe = sink.sorted(in: sources).filter { $0.severity != .note }
        if !severe.isEmpty {
            complain(TerminalRenderer(color: isatty(2) == 1).render(severe, sources))
        }
        guard let listing else { throw ExitCode(1) }
        if paths {
            print(listing.paths, terminator: "")
        } else if format == .json {
            print(listing.json, terminator: "")
        } else {
            print(listing.text(color: isatty(1) == 1 && getenv("NO_COLOR") == nil), terminator: "")
        }
    }

    /// The path in the workspace; a file that is not in the workspace is taken from where the command runs.
    private func place(of written: String) -> String {
        let manager = FileManager.default
        if written.hasPrefix("/") { return written }
        if manager.fileExists(atPath: "\(options.disk.root)/\(written)"), !written.hasPrefix("../") { return written }
        guard manager.fileExists(atPath: written) else { return written }
        return URL(fileURLWithPath: written).standardizedFileURL.path
    }

    private func load(_ path: String) -> [UInt8]? {
        try? DiskWorkspace.read(path.hasPrefix("/") ? path : "\(options.disk.root)/\(path)")
    }
}

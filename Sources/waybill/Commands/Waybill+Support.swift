import ArgumentParser
import Compiler
import Diagnostics
import Foundation

/// Options that every command about a workspace has.
struct WorkspaceOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The workspace: a folder with routes/, mappings/ and certs/.")
    var workspace = "."

    @Option(name: [.short, .long], help: "The environment whose variables are used (routes/environments/<name>.yaml).")
    var environment: String?

    var disk: DiskWorkspace { DiskWorkspace(workspace) }
}

/// How diagnostics are printed.
enum DiagnosticFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, sarif, github

    func render(_ diagnostics: [Diagnostic], _ sources: SourceStore) -> String {
        switch self {
        case .text: TerminalRenderer(color: isatty(1) == 1).render(diagnostics, sources)
        case .json: JSONRenderer().render(diagnostics, sources)
        case .sarif: SARIFRenderer().render(diagnostics, sources)
        case .github: GitHubRenderer().render(diagnostics, sources)
        }
    }
}

/// Prints to standard error.
func complain(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}

/// Prints to standard output at once, also when that is a file or a pipe.
func announce(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}

import Contracts
import Diagnostics
import Foundation
import Workbench

/// The files that these tests read, and the texts that they expect.
enum Types {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let golden = repository.appending(path: "Tests/Fixtures/Types")
    static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    /// The folder of public suites, or nil with a line on the output.
    static var conformance: URL? {
        guard let root = ProcessInfo.processInfo.environment["WAYBILL_CONFORMANCE"] else {
            print("skipped: WAYBILL_CONFORMANCE is not set")
            return nil
        }
        return URL(filePath: root)
    }

    struct Result {
        var listing: TypeListing?
        var diagnostics: [Diagnostic]
        var sources: SourceStore

        /// The messages as a terminal shows them.
        var messages: String { TerminalRenderer(color: false).render(diagnostics, sources) }
    }

    /// Lists a contract that lies below `root`.
    static func read(
        _ path: String, part: String? = nil, depth: Int = 24, limit: Int = 5_000, in root: URL = repository
    ) -> Result {
        read(path, part: part, depth: depth, limit: limit) { path in
            (try? Data(contentsOf: root.appending(path: path))).map { [UInt8]($0) }
        }
    }

    /// Lists a contract that is given as text.
    static func read(text: String, as path: String, part: String? = nil, depth: Int = 24, limit: Int = 5_000) -> Result
    {
        read(path, part: part, depth: depth, limit: limit) { $0 == path ? Array(text.utf8) : nil }
    }

    private static func read(
        _ path: String, part: String?, depth: Int, limit: Int, load: (String) -> [UInt8]?
    ) -> Result {
        var sources = SourceStore()
        var sink = DiagnosticSink()
        let file = sources.add(path: path, bytes: load(path) ?? [])
        let listing = ContractTypes.read(
            path: path, part: part, options: TypeOptions(depth: depth, limit: limit), load: load, file: file,
            into: &sink)
        return Result(listing: listing, diagnostics: sink.diagnostics, sources: sources)
    }

    /// The text of a golden file; written anew when `UPDATE_GOLDEN=1`.
    static func expected(_ name: String, for text: String) throws -> String {
        let file = golden.appending(path: name)
        if isUpdating { try Data(text.utf8).write(to: file, options: .atomic) }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}

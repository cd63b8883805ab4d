import Compiler
import Diagnostics
import FoundationEssentials
import Testing

/// Each folder of `Tests/Fixtures/Compiler` lays one mistake over the workspace in `base`, and holds what is said about
/// it. `UPDATE_GOLDEN=1` writes the expectations anew.
@Suite struct MistakeTests {
    @Test func `the base has no mistakes`() throws {
        let compilation = try Mistakes.compile(overlay: nil)
        #expect(Mistakes.rendered(compilation) == "")
        #expect(compilation.graph != nil)
    }

    @Test(arguments: Mistakes.names)
    func `one mistake gives one message`(_ name: String) throws {
        let compilation = try Mistakes.compile(overlay: name)
        let text = Mistakes.rendered(compilation)
        let file = Mistakes.folder.appending(path: name).appending(path: "expected.txt")
        if Mistakes.isUpdating { try Data(text.utf8).write(to: file, options: .atomic) }
        #expect(text == String(decoding: try Data(contentsOf: file), as: UTF8.self))
        try #require(compilation.diagnostics.count == 1)
        let diagnostic = compilation.diagnostics[0]
        #expect((compilation.graph == nil) == (diagnostic.severity == .error))
        #expect(diagnostic.primary != nil, "a message without a place")
        #expect(diagnostic.help != nil || !diagnostic.fixIts.isEmpty, "a message without help")
        #expect(DiagnosticCode.all.contains { $0.code == diagnostic.code }, "\(diagnostic.code) is not registered")
    }

    @Test func `there are enough mistakes`() {
        #expect(Mistakes.names.count >= 40)
    }
}

enum Mistakes {
    /// `Tests/Fixtures/Compiler`.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/Compiler")

    static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0 != "base" && !$0.hasPrefix(".") }.sorted()

    /// The base with a folder's files over it.
    static func compile(overlay name: String?) throws -> Compilation {
        var files = WorkspaceFiles()
        try load("base", into: &files)
        if let name { try load(name, into: &files) }
        files["expected.txt"] = nil
        return Compiler.compile(files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000)
    }

    static func rendered(_ compilation: Compilation) -> String {
        TerminalRenderer(color: false).render(compilation.diagnostics, compilation.sources)
    }

    static func load(_ name: String, into files: inout WorkspaceFiles) throws {
        let root = folder.appending(path: name)
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let file = root.appending(path: path).path
            var isFolder = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder else { continue }
            files[path] = FileManager.default.contents(atPath: file).map { [UInt8]($0) }
        }
    }
}

/// Every secret is there, so that no message is about a missing one.
struct TestSecrets: SecretSource {
    func environment(_ name: String) -> [UInt8]? { Array("secret-of-\(name)".utf8) }
    func file(_ path: String) -> [UInt8]? { Array("secret-in-\(path)".utf8) }
}

import Compiler
import Diagnostics
import RouteGraph
import Testing

/// The versions of HTTP that a listener speaks.
@Suite struct ListenerLoweringTests {
    private func compile(_ gateway: String) throws -> Compilation {
        var files = WorkspaceFiles()
        try Mistakes.load("base", into: &files)
        files["routes/gateway.yaml"] = Array(gateway.utf8)
        return Compiler.compile(files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000)
    }

    static let cases: [(String, HTTPVersions?)] = [
        ("", nil), (", http: auto", .auto), (", http: \"1.1\"", .http1), (", http: \"2\"", .http2),
        (", http: 2", .http2),
    ]

    @Test(arguments: cases)
    func versions(_ key: String, _ versions: HTTPVersions?) throws {
        let compilation = try compile("listen: [ { address: 127.0.0.1:8080\(key) } ]\nlimits: { streams: 7 }\n")
        #expect(Mistakes.rendered(compilation) == "")
        let settings = try #require(compilation.graph?.settings)
        #expect(settings.listeners.map(\.versions) == [versions])
        #expect(settings.limits.streams == 7)
    }

    @Test func otherVersionsAreAMistake() throws {
        let compilation = try compile("listen: [ { address: 127.0.0.1:8080, http: \"3\" } ]\n")
        #expect(compilation.diagnostics.contains { $0.severity == .error })
    }

    @Test func whatIsSpokenUnlessItIsSaid() {
        let tls = ServerTLSPlan(certificates: [], key: Secret([]))
        #expect(ListenerPlan(host: "a", port: 1).servedVersions == .http1)
        #expect(ListenerPlan(host: "a", port: 1, tls: tls).servedVersions == .auto)
        #expect(ListenerPlan(host: "a", port: 1, tls: tls, versions: .http1).servedVersions == .http1)
    }
}

import Compiler
import Diagnostics
import RouteGraph
import Testing

/// How partners' names are looked up.
@Suite struct NameSettingsLoweringTests {
    private func compile(_ dns: String) throws -> Compilation {
        var files = WorkspaceFiles()
        try Mistakes.load("base", into: &files)
        files["routes/gateway.yaml"] = Array("listen: [ { address: 127.0.0.1:8080 } ]\n\(dns)\n".utf8)
        return Compiler.compile(files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000)
    }

    @Test func everyKey() throws {
        let compilation = try compile(
            "dns: { servers: [10.0.0.53, \"10.0.0.54:5353\", \"[2001:db8::53]:54\"], ttl: { min: 5s, max: 5m }, stale: 0s }"
        )
        #expect(Mistakes.rendered(compilation) == "")
        var wanted = NameSettings()
        wanted.servers = [
            NameSettings.Server(address: "10.0.0.53"), NameSettings.Server(address: "10.0.0.54", port: 5353),
            NameSettings.Server(address: "2001:db8::53", port: 54),
        ]
        (wanted.minimumTTL, wanted.maximumTTL, wanted.stale) = (5_000_000_000, 300_000_000_000, 0)
        #expect(compilation.graph?.settings.names == wanted)
    }

    @Test func nothing() throws {
        #expect(try compile("").graph?.settings.names == NameSettings())
        #expect(try compile("dns: { ttl: { max: 1m } }").graph?.settings.names.maximumTTL == 60_000_000_000)
    }

    @Test(arguments: [
        "ns.example", "10.0.0", "10.0.0.1:0", "10.0.0.1:70000", "::1", "\"[fe80::1%eth0]\"", "127.0.0.1 x",
    ])
    func whatIsNoServer(_ text: String) throws {
        let compilation = try compile("dns: { servers: [ \(text) ] }")
        #expect(compilation.diagnostics.contains { $0.severity == .error }, "\(text)")
    }
}

import Compiler
import Contracts
import Diagnostics
import RouteGraph
import Testing

/// The partner's address, where only its contract gives it, and what is said of the contracts that check bodies.
@Suite struct EndpointAddressTests {
    private func compile(_ changes: (inout WorkspaceFiles) -> Void) throws -> Compilation {
        var files = WorkspaceFiles()
        try Mistakes.load("base", into: &files)
        changes(&files)
        return Compiler.compile(files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000)
    }

    private func edit(_ files: inout WorkspaceFiles, _ path: String, _ old: String, _ new: String) {
        let text = String(decoding: files[path] ?? [], as: UTF8.self)
        files[path] = Array(text.replacing(old, with: new).utf8)
    }

    @Test func aServerOfOpenAPI() throws {
        let compilation = try compile { files in
            edit(&files, "routes/store/store.route.yaml", "  url: https://store.example/v1\n", "")
            edit(
                &files, "routes/store/openapi.yaml", "paths:\n",
                "servers: [{ url: \"https://api.store.example:8443/v2\" }]\npaths:\n")
        }
        #expect(Mistakes.rendered(compilation) == "")
        let upstream = try #require(compilation.graph?.upstreams.first { $0.identity == "store" })
        #expect(upstream.host == "api.store.example" && upstream.port == 8443 && upstream.basePath == "/v2")
        #expect(upstream.tls != nil)
    }

    @Test func theAddressOfAWSDL() throws {
        let compilation = try compile { files in
            edit(&files, "routes/bank/payments.route.yaml", "  url: ${var:bank-url}\n", "")
        }
        // The variable for the URL is not needed any more.
        #expect(compilation.diagnostics.allSatisfy { $0.severity != .error }, "\(Mistakes.rendered(compilation))")
        let upstream = try #require(compilation.graph?.upstreams.first { $0.identity == "bank" })
        #expect(upstream.host == "bank.example" && upstream.port == 80 && upstream.basePath == "/soap")
    }

    @Test func whatChecksBodiesIsTold() throws {
        let lines = try compile { _ in }.checks.map(\.line)
        #expect(lines.contains("bank.authorize request: routes/bank/order.schema.json, compiled"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("bank.authorize answer: routes/bank/payments.wsdl#") }, "\(lines)")
    }
}

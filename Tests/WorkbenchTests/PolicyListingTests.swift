import Compiler
import Diagnostics
import Foundation
import RouteGraph
import Testing
import Workbench

/// What `waybill explain` says of an operation's policies, held against `Tests/Fixtures/Explain`. `UPDATE_GOLDEN=1` writes it anew.
@Suite struct PolicyListingTests {
    /// Every environment variable has a value.
    private struct Secrets: SecretSource {
        func environment(_ name: String) -> [UInt8]? { Array("value-of-\(name)".utf8) }
        func file(_ path: String) -> [UInt8]? { nil }
    }

    private static let folder = Types.repository.appending(path: "Tests/Fixtures/Explain")

    static func compile(_ files: [(String, String)]) throws -> Compilation {
        let compilation = Compiler.compile(
            WorkspaceFiles(Dictionary(uniqueKeysWithValues: files.map { ($0.0, Array($0.1.utf8)) })), secrets: Secrets()
        )
        #expect(compilation.diagnostics.filter { $0.severity == .error }.map(\.title) == [])
        return compilation
    }

    private static func fixture() throws -> Compilation {
        let names = [
            "routes/gateway.yaml", "routes/consumers.yaml", "routes/acme/acme.route.yaml",
            "routes/plain/plain.route.yaml",
            "mappings/errors.yaml",
        ]
        return try compile(
            names.map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) })
    }

    @Test(arguments: ["pay", "look"]) func policiesInTheOrderOfACall(_ name: String) throws {
        let compilation = try Self.fixture()
        let operation = try #require(compilation.graph?.operations.first { $0.name == name })
        let text = PolicyListing(of: operation, compilation).text.joined(separator: "\n") + "\n"
        let file = Self.folder.appending(path: "\(name).txt")
        if Types.isUpdating { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(text == (try? String(contentsOf: file, encoding: .utf8)))
    }

    /// What a caller sends under a name that the route writes itself, or proves itself with, does not reach the partner.
    @Test func aCallerCannotSpeakForTheGateway() throws {
        let compilation = try Self.fixture()
        let graph = try #require(compilation.graph)
        let operation = try #require(graph.operations.first { $0.name == "look" })
        let explanation = Explanation(
            Explanation.Input(
                method: "GET", target: "/look/1",
                headers: [
                    ("x-partner-key", "forged"), ("X_Partner_Key", "forged"), ("X-Channel", "forged"),
                    ("X-Client-Key", "the caller's"), ("Authorization", "the caller's"), ("X-Kept", "kept"),
                ], body: []),
            operation: operation, graph: graph)
        let call = try #require(explanation.sections.first { $0.title == "call" }).lines
        #expect(call.filter { $0.contains("forged") || $0.contains("caller's") } == [])
        #expect(call.contains("X-Partner-Key: value-of-PLAIN_KEY"))
        #expect(call.contains("X-Channel: web"))
        #expect(call.contains("X-Kept: kept"))
    }

    /// Values of expressions stay where they are put: in their header's line, in their segment of the path.
    @Test(
        arguments: [
            ("a", "POST /v1/a/x HTTP/1.1"), ("a/b", "POST /v1/a%2Fb/x HTTP/1.1"), ("..", nil), (".", nil),
            ("../admin", nil),
            ("a/../admin", nil), ("..\\\\admin", nil), ("..;x", nil), ("%2e%2e", nil),
            ("...", "POST /v1/.../x HTTP/1.1"),
            ("a\\r\\nX-Admin: 1", nil), ("\\u0000", nil),
        ] as [(String, String?)])
    func valuesStayInTheirPlace(_ value: String, _ line: String?) throws {
        let compilation = try Self.fixture()
        let graph = try #require(compilation.graph)
        let operation = try #require(graph.operations.first { $0.name == "place" })
        let explanation = Explanation(
            Explanation.Input(
                method: "POST", target: "/place", headers: [("Content-Type", "application/json")],
                body: Array("{\"id\": \"\(value)\"}".utf8)),
            operation: operation, graph: graph)
        let call = explanation.sections.first { $0.title == "call" }?.lines
        #expect(call?.first == line, "\(explanation.sections)")
        if line == nil {
            let answer = explanation.sections.first { $0.title == "respond" }?.lines.first
            #expect(answer?.hasPrefix("HTTP/1.1 422 ") == true, "\(answer ?? "")")
        }
    }
}

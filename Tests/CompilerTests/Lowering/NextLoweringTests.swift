import Compiler
import Diagnostics
import RouteGraph
import Testing

/// What a route file says about a partner's new version stands in the plans.
@Suite struct NextLoweringTests {
    private static let ms: Int64 = 1_000_000

    private func compile(_ next: String, endpoint: String = "") throws -> Compilation {
        var files = WorkspaceFiles()
        func add(_ path: String, _ text: String) { files[path] = Array(text.utf8) }
        add("routes/consumers.yaml", "consumers:\n  erp: { anonymous: true }\n")
        add(
            "routes/acme/acme.route.yaml",
            """
            partner: acme
            endpoint:
              url: https://a.example/v1
            \(endpoint.isEmpty ? "" : "  " + endpoint)
              next: \(next)
            operations:
              get-it: { accept: "GET /it/{id}", allow: [erp] }
              change-it: { accept: "PUT /it/{id}/change", allow: [erp] }
            """)
        return Compiler.compile(files)
    }

    private func graph(_ next: String, endpoint: String = "") throws -> RouteGraph {
        let compilation = try compile(next, endpoint: endpoint)
        #expect(compilation.diagnostics.map(\.title) == [])
        return try #require(compilation.graph)
    }

    @Test func whatIsNotWrittenIsAsForThePartner() throws {
        let graph = try graph(
            "{ url: \"https://b.example:8443/v2\", split: 0.5% }", endpoint: "timeout: { connect: 2s }")
        let upstream = graph.upstreams[0]
        let next = try #require(upstream.next)
        #expect(next.split == 50 && next.shadow == 0 && next.copies == 16)
        #expect(next.breaker == CircuitBreakerPlan() && next.failuresInARow == 5)
        let plan = upstream.at(next)
        #expect(plan.hostHeader == "b.example:8443" && plan.basePath == "/v2" && plan.tls == ClientTLSPlan())
        #expect(plan.connectTimeout == 2000 * Self.ms && plan.identity == "acme next")
        #expect(graph.operations.map { $0.next != nil } == [true, true])
        #expect(graph.operations.map { $0.next?.isCopied } == [false, false])
    }

    @Test func everyKeyArrives() throws {
        let graph = try graph(
            """
            { url: "https://b.example/v2", split: 12.25%, by: request.path.id, shadow: 10%, operations: [get-it], copies: 3, \
            compare: [Result.Code, response.status, "`a.b`"], timeout: { response: 1s, total: 2s }, tls: { server-name: c.example } }
            """, endpoint: "circuit-breaker: { failures: 40%, of: 7 }")
        let next = try #require(graph.upstreams[0].next)
        #expect(next.split == 1225 && next.shadow == 1000 && next.copies == 3)
        #expect(next.tls?.serverName == "c.example")
        #expect(next.responseTimeout == 1000 * Self.ms && next.totalTimeout == 2000 * Self.ms)
        #expect(next.breaker.failurePercent == 40 && next.breaker.minimum == 7)
        let operation = try #require(graph.operations[0].next)
        #expect(operation.by != nil && operation.isCopied)
        #expect(
            operation.fields == [
                ComparedField(name: "Result.Code", steps: ["Result", "Code"]),
                ComparedField(name: "`a.b`", steps: ["a.b"]),
            ])
        #expect(graph.operations[1].next == nil, "the new version does not serve it")
    }

    /// A change of the new version, or of its share, costs the partner no connection.
    @Test func theNewVersionIsNoPartOfWhatAConnectionIs() throws {
        let one = try graph("{ url: \"https://b.example\", split: 1% }").upstreams[0]
        let other = try graph("{ url: \"https://c.example\", split: 2% }").upstreams[0]
        #expect(one.connecting == other.connecting)
        let more = try graph("{ url: \"https://b.example\", split: 50%, shadow: 1%, unsafe: true }").upstreams[0]
        #expect(try one.at(#require(one.next)) == more.at(#require(more.next)))
    }

    @Test func copiesOfCallsThatChangeSomethingNeedAWord() throws {
        let refused = try compile("{ url: \"https://b.example\", shadow: 1% }")
        #expect(refused.graph == nil)
        #expect(refused.diagnostics.map(\.code) == ["WB4031"])
        #expect(refused.diagnostics.first?.title.contains("`change-it`") == true)
        // Shares of calls are no copies.
        _ = try graph("{ url: \"https://b.example\", split: 1%, shadow: 0% }")
        let allowed = try graph("{ url: \"https://b.example\", shadow: 1%, unsafe: true }")
        #expect(allowed.operations.map { $0.next?.isCopied } == [true, true])
    }

    @Test(arguments: ["5", "101%", "100.01%", "0.001%", "-1%", "1.%", ".5%", "%", "99999999999999999999%"])
    func otherSharesAreRefused(_ share: String) throws {
        let compilation = try compile("{ url: \"https://b.example\", split: \"\(share)\" }")
        #expect(compilation.graph == nil && compilation.diagnostics.count == 1)
    }
}

import Diagnostics
import RouteGraph
import Testing

@testable import Compiler

/// Which version of HTTP a partner is called by is part of its plan.
@Suite struct PartnerHTTPLoweringTests {
    private static func compile(_ endpoint: String) -> Compilation {
        var files = WorkspaceFiles()
        files["routes/consumers.yaml"] = Array("consumers:\n  erp:\n    certificate: { subject: \"CN=erp\" }\n".utf8)
        let lines = endpoint.split(separator: "\n").map { "  \($0)\n" }.joined()
        files["routes/acme/acme.route.yaml"] = Array(
            "partner: acme\nendpoint:\n\(lines)operations:\n  get-it:\n    accept: GET /it\n    allow: [erp]\n".utf8)
        return Compiler.compile(files)
    }

    @Test func theKeyIsPartOfThePlan() throws {
        func plan(_ endpoint: String) throws -> UpstreamPlan {
            let compilation = Self.compile(endpoint)
            #expect(compilation.diagnostics.isEmpty)
            return try #require(compilation.graph).upstreams[0]
        }
        let auto = try plan("url: https://a.example")
        #expect(auto.http == .automatic && auto.mayUseHTTP2)
        #expect(try plan("url: https://a.example\nhttp: auto") == auto)
        let plain = try plan("url: http://a.example")
        #expect(plain.http == .automatic && !plain.mayUseHTTP2, "without TLS nobody can be asked")
        let one = try plan("url: https://a.example\nhttp: 1.1")
        #expect(one.http == .http1 && !one.mayUseHTTP2)
        #expect(one.connecting != auto.connecting, "connections are not shared between versions")
        let two = try plan("url: [ \"http://a.example\", \"http://b.example\" ]\nhttp: 2")
        #expect(two.http == .http2 && two.mayUseHTTP2)
        #expect(two.at(two.alternatives[0]).http == .http2)
    }

    @Test func mistakesAreSaid() {
        func codes(_ endpoint: String) -> [String] { Self.compile(endpoint).diagnostics.map(\.code) }
        let proxy = "proxy: { url: \"http://p.example\", no-proxy: [near.example] }"
        #expect(codes("url: http://a.example\nhttp: 2\n\(proxy)") == ["WB4045"])
        #expect(codes("url: [ \"http://near.example\", \"http://a.example\" ]\nhttp: 2\n\(proxy)") == ["WB4045"])
        #expect(codes("url: http://near.example\nhttp: 2\n\(proxy)").isEmpty)
        #expect(codes("url: https://a.example\nhttp: 2\n\(proxy)").isEmpty)
        #expect(codes("url: https://a.example\nhttp: 3").count == 1)
        // One connection carries many calls, so that the limit is reached.
        #expect(codes("url: https://a.example\nhttp: 2\nconnections: { max: 2 }\nconcurrency: { limit: 50 }").isEmpty)
    }
}

import Diagnostics
import RouteGraph
import Testing

@testable import Compiler

/// Which way a partner is reached is decided when the files are read.
@Suite struct ProxyLoweringTests {
    private static func compile(_ endpoint: String, gateway: String? = nil) -> Compilation {
        var files = WorkspaceFiles()
        files["routes/consumers.yaml"] = Array("consumers:\n  erp:\n    certificate: { subject: \"CN=erp\" }\n".utf8)
        if let gateway { files["routes/gateway.yaml"] = Array(gateway.utf8) }
        let lines = endpoint.split(separator: "\n").map { "  \($0)\n" }.joined()
        files["routes/acme/acme.route.yaml"] = Array(
            "partner: acme\nendpoint:\n\(lines)operations:\n  get-it:\n    accept: GET /it\n    allow: [erp]\n".utf8)
        return Compiler.compile(files)
    }

    @Test func eachPlaceHasItsWay() throws {
        let compilation = Self.compile(
            """
            url: [ "https://a.example", "https://b.corp.example", "https://10.1.2.3" ]
            proxy: { url: "http://proxy.example:3128", no-proxy: [.corp.example, 10.0.0.0/8] }
            """)
        #expect(compilation.diagnostics.isEmpty)
        let plan = try #require(compilation.graph).upstreams[0]
        #expect(plan.proxy == ForwardProxy(host: "proxy.example", port: 3128))
        #expect(plan.alternatives.map(\.proxy) == [nil, nil])
        #expect(plan.authority == "a.example:443")
    }

    @Test func theGatewaysHoldsWhereThePartnerHasNone() throws {
        let gateway = "proxy: { url: \"http://all.example\", no-proxy: [near.example] }\n"
        func proxy(_ endpoint: String) throws -> String? {
            try #require(Self.compile(endpoint, gateway: gateway).graph).upstreams[0].proxy?.host
        }
        #expect(try proxy("url: https://a.example") == "all.example")
        #expect(try proxy("url: https://near.example") == nil)
        #expect(try proxy("url: https://a.example\nproxy: { url: \"http://own.example\" }") == "own.example")
    }

    @Test func mistakesAreSaid() {
        func codes(_ proxy: String) -> [String] {
            Self.compile("url: https://a.example\n\(proxy)").diagnostics.map(\.code)
        }
        #expect(codes("proxy: { url: \"https://p.example\" }") == ["WB4018"])
        #expect(codes("proxy: { url: \"http://p.example/x\" }") == ["WB4018"])
        #expect(codes("proxy: { url: \"http://p.example\", username: a }").count == 1)
        #expect(codes("proxy: { url: \"http://p.example\", username: a, password: b }").count == 1)
        #expect(codes("proxy: { url: \"http://p.example\", no-proxy: [10.0.0.0/33] }").count == 1)
        #expect(codes("connections: { max: 2, warm: 3 }") == ["WB4017"])
    }

    @Test func whatNeedsNoProxy() {
        let cases: [(String, String, Bool)] = [
            ("a.example", "A.example", true), ("a.example", "b.a.example", false), (".a.example", "b.a.example", true),
            (".a.example", "a.example", true), (".a.example", "ba.example", false), ("*", "x", true),
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "10.example", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.200", true),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("127.0.0.1", "127.0.0.1", true),
            ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::", false),
            ("::1", "0:0:0:0:0:0:0:1", true),
            ("::ffff:0:0/96", "::ffff:192.0.2.1", true),
        ]
        for (rule, host, matches) in cases {
            #expect(ParsedNoProxy(text: rule)?.matches(host) == matches, "\(rule) \(host)")
        }
        for wrong in [
            "", ".", "a b", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "::1/129", "1:2", "http://a", "..a", "-a",
            "a.example:80",
        ] {
            #expect(ParsedNoProxy(text: wrong) == nil, "\(wrong)")
        }
    }

    @Test func marksForMemory() throws {
        func mark(_ text: String) -> MemoryMark? {
            Self.compile("url: https://a.example", gateway: "limits: { memory: \(text) }\n").graph?.settings.limits
                .memory
        }
        #expect(mark("80%") == .percent(80))
        #expect(mark("512MiB") == .bytes(512 << 20))
        #expect(mark("0%") == nil)
        #expect(mark("much") == nil)
    }
}

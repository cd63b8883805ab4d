import Compiler
import Diagnostics
import RouteGraph
import Testing

/// What a route file says about resilience stands in the plan, number by number.
@Suite struct PolicyLoweringTests {
    private static let ms: Int64 = 1_000_000

    private func compile(
        _ endpoint: String, operation: String = "", consumer: String = "", gateway: String? = nil
    ) throws
        -> RouteGraph
    {
        var files = WorkspaceFiles()
        func add(_ path: String, _ text: String) { files[path] = Array(text.utf8) }
        add(
            "routes/consumers.yaml",
            "consumers:\n  erp:\n    certificate: { subject: \"CN=erp\" }\n"
                + (consumer.isEmpty ? "" : "    \(consumer)\n"))
        if let gateway { add("routes/gateway.yaml", gateway) }
        let lines = endpoint.split(separator: "\n").map { "  \($0)\n" }.joined()
        add(
            "routes/acme/acme.route.yaml",
            "partner: acme\nendpoint:\n\(lines)operations:\n  get-it:\n    accept: GET /it\n    allow: [erp]\n"
                + (operation.isEmpty ? "" : "    \(operation)\n"))
        let compilation = Compiler.compile(files)
        #expect(compilation.diagnostics.map(\.title) == [])
        return try #require(compilation.graph)
    }

    @Test func nothingIsOnThatIsNotWritten() throws {
        let upstream = try compile("url: https://a.example").upstreams[0]
        #expect(upstream.policies == ResiliencePlan())
        #expect(upstream.alternatives.isEmpty && upstream.health == nil)
        #expect(upstream.requestsPerConnection == 0 && upstream.connectionAge == 0)
    }

    @Test func defaultsAreThoseOfTheReference() throws {
        let policies = try compile(
            "url: https://a.example\nretry: { attempts: 3 }\ncircuit-breaker: { failures: 50% }\nrate-limit: { rate: 10/s }\nconcurrency: { limit: 4 }"
        ).upstreams[0].policies
        #expect(policies.retry == RetryPlan())
        #expect(policies.breaker == CircuitBreakerPlan())
        #expect(policies.rate == RateLimitPlan(count: 10, interval: 1000 * Self.ms, burst: 1, wait: 0))
        #expect(policies.concurrency == ConcurrencyPlan(limit: 4, queue: 0, isAdaptive: false))
    }

    @Test func everyKeyArrives() throws {
        let upstream = try compile(
            """
            url:
              - https://a.example/v1
              - { url: "https://b.example:8443/v1", weight: 3, priority: 2 }
            connections: { max: 32, requests: 1000, age: 5m }
            deadline: { header: X-Patience }
            retry: { attempts: 4, backoff: 50ms..1s, for: [tls, invalid-response, 429, 5xx], budget: 30%, idempotency-key: X-Key }
            circuit-breaker: { failures: 40%, of: 7, within: 3s, open-for: 9s, slow: 2s }
            rate-limit: { rate: 5/10s, burst: 6, wait: 1s }
            concurrency: { limit: 8, queue: 9, adaptive: true }
            health: { path: /up, interval: 4s, timeout: 1s, healthy: 5, unhealthy: 6 }
            outliers: { failures: 3, eject-for: 20s, most: 25% }
            """
        ).upstreams[0]
        #expect(upstream.host == "a.example" && upstream.basePath == "/v1")
        #expect(
            upstream.alternatives == [EndpointPlan(host: "b.example", port: 8443, weight: 3, priority: 2)])
        #expect(upstream.requestsPerConnection == 1000)
        #expect(upstream.connectionAge == 300_000 * Self.ms)
        #expect(upstream.policies.deadlineHeader == Array("x-patience".utf8))
        #expect(
            upstream.policies.retry
                == RetryPlan(
                    attempts: 4, leastPause: 50 * Self.ms, greatestPause: 1000 * Self.ms,
                    causes: RetryCauses(transports: [.tls, .invalidResponse], statuses: [429...429, 500...599]),
                    budgetPercent: 30, keyHeader: Array("x-key".utf8)))
        #expect(
            upstream.policies.breaker
                == CircuitBreakerPlan(
                    failurePercent: 40, minimum: 7, window: 3000 * Self.ms, openFor: 9000 * Self.ms,
                    slow: 2000 * Self.ms))
        #expect(
            upstream.policies.rate
                == RateLimitPlan(count: 5, interval: 10_000 * Self.ms, burst: 6, wait: 1000 * Self.ms))
        #expect(upstream.policies.concurrency == ConcurrencyPlan(limit: 8, queue: 9, isAdaptive: true))
        #expect(
            upstream.health
                == HealthCheckPlan(
                    path: "/up", interval: 4000 * Self.ms, timeout: 1000 * Self.ms, healthy: 5, unhealthy: 6))
        #expect(upstream.outliers.failures == 3 && upstream.outliers.mostPercent == 25)
        #expect(upstream.outliers.ejectFor == 20_000 * Self.ms)
    }

    @Test func limitsOfOperationsAndConsumers() throws {
        let graph = try compile(
            "url: https://a.example", operation: "rate-limit: { rate: 3/s, burst: 2 }",
            consumer: "rate-limit: { rate: 7/m }")
        #expect(graph.operations[0].rate == RateLimitPlan(count: 3, interval: 1000 * Self.ms, burst: 2))
        #expect(graph.consumers[0].rate == RateLimitPlan(count: 7, interval: 60_000 * Self.ms))
    }

    @Test func theGatewaysDeadlineHoldsWhereThePartnerHasNone() throws {
        let gateway = "deadline: { header: X-Request-Timeout }\n"
        let both = try compile(
            "url: https://a.example\ndeadline: { header: X-Patience }", gateway: gateway)
        #expect(both.upstreams[0].policies.deadlineHeader == Array("x-patience".utf8))
        let one = try compile("url: https://a.example", gateway: gateway)
        #expect(one.upstreams[0].policies.deadlineHeader == Array("x-request-timeout".utf8))
    }

    /// A connection does not depend on the policies: a change of them closes none.
    @Test func policiesAreNoPartOfWhatAConnectionIs() throws {
        let plain = try compile("url: https://a.example").upstreams[0]
        let rich = try compile(
            "url: [https://a.example, https://b.example]\nretry: { attempts: 3 }\nrate-limit: { rate: 1/s }"
        ).upstreams[0]
        #expect(plain.connecting == rich.connecting)
        #expect(rich.at(rich.alternatives[0]).hostHeader == "b.example")
    }

    /// Times that no clock can add are bounded, not wrapped.
    @Test func hugeTimesAreBounded() throws {
        let policies = try compile(
            "url: https://a.example\ntimeout: { total: 100000d }\nrate-limit: { rate: 1/100000d, burst: 1000000, wait: 99999d }\ncircuit-breaker: { open-for: 100000d, within: 100000d }"
        ).upstreams[0].policies
        let rate = try #require(policies.rate)
        let meter = RateMeter()
        for _ in 0..<5 { _ = meter.take(rate, now: Clock.monotonic(), wait: rate.wait) }
        var breaker = CircuitBreaker(try #require(policies.breaker))
        for _ in 0..<30 { breaker.ended(.failure, isProbe: false, took: 0, now: Clock.monotonic()) }
        #expect(breaker.state == .open)
        #expect(breaker.refusal(now: Clock.monotonic()) != nil)
    }
}

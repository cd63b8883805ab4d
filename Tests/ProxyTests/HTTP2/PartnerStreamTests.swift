import NIOCore
import NIOHTTP2
import RouteGraph
import Synchronization
import Testing

@testable import Proxy

/// Many calls on few connections, and what becomes of them when the partner changes its mind.
@Suite(.serialized) struct PartnerStreamTests {
    private static func together(_ count: Int, _ port: Int, _ text: String = get()) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<count { group.addTask { try await PartnerCallTests.call(port, text) } }
            var all: [String] = []
            for try await answer in group { all.append(answer) }
            return all
        }
    }

    // MARK: How many

    @Test func aHundredCallsShareAConnection() async throws {
        let tls = try HTTP2Partner.tls()
        let partner = try await HTTP2Partner(.init(tls: tls)) { _ in
            [.hold { $0.mostStreams > 10 }] + HTTP2Partner.answer("shared")
        }
        let plan = try PartnerCallTests.clientTLS()
        let gateway = try await PartnerCallTests.gateway(partner.port, http: .automatic) { $0.upstream.tls = plan }
        // Before it is known which version the partner speaks.
        let answers = try await Self.together(100, gateway.port)
        #expect(answers.count { $0.hasSuffix("shared") } == 100)
        #expect(partner.connections == 1)
        #expect(partner.mostStreams > 10)
        let pool = try #require(await gateway.server.metrics().pools.first)
        #expect(pool.open == 1 && pool.multiplexed == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func fullConnectionsGetHelp() async throws {
        let partner = try await HTTP2Partner(.init(maximumStreams: 3)) { _ in
            [.hold { $0.connections >= 2 }] + HTTP2Partner.answer("x")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.maxConnections = 4 }
        let answers = try await Self.together(24, gateway.port)
        #expect(answers.count { $0.hasSuffix("x") } == 24)
        #expect(partner.connections >= 2 && partner.connections <= 4)
        #expect(partner.mostStreams <= 12)
        await gateway.stop()
        await partner.stop()
    }

    @Test func oneStreamAtATime() async throws {
        let partner = try await HTTP2Partner(.init(maximumStreams: 1)) { _ in HTTP2Partner.answer("x") }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.maxConnections = 1 }
        let answers = try await Self.together(16, gateway.port)
        #expect(answers.count { $0.hasSuffix("x") } == 16)
        #expect(partner.connections == 1 && partner.mostStreams == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func theNumberChangesMeanwhile() async throws {
        let partner = try await HTTP2Partner { request in
            switch request.path {
            case "/pass/less": [.settings(maximumStreams: 1)] + HTTP2Partner.answer("less")
            case "/pass/more": [.settings(maximumStreams: 50)] + HTTP2Partner.answer("more")
            default: [.pause(milliseconds: 20)] + HTTP2Partner.answer("x")
            }
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.maxConnections = 1 }
        for path in ["/pass/less", "/pass/more", "/pass/less", "/pass/more"] {
            async let change = PartnerCallTests.call(gateway.port, get(path))
            let answers = try await Self.together(12, gateway.port)
            #expect(answers.count { $0.hasSuffix("x") } == 12)
            #expect(try await change.hasPrefix("HTTP/1.1 200"))
        }
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func connectionsWearOut() async throws {
        let partner = try await HTTP2Partner { _ in HTTP2Partner.answer("x") }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.requestsPerConnection = 4 }
        for _ in 0..<12 { #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x")) }
        #expect(partner.connections == 3)
        await gateway.stop()
        await partner.stop()
    }

    @Test func idleConnectionsEnd() async throws {
        let partner = try await HTTP2Partner { _ in HTTP2Partner.answer("x") }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.idleTimeout = 50_000_000 }
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        #expect(await partner.waitFor { $0.closed == 1 })
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        #expect(partner.connections == 2)
        await gateway.stop()
        await partner.stop()
    }

    @Test func connectionsAreWarm() async throws {
        let partner = try await HTTP2Partner { _ in HTTP2Partner.answer("x") }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.warmConnections = 2 }
        #expect(await partner.waitFor { $0.connections == 2 })
        #expect(await gateway.settles(pool: { $0.multiplexed == 2 && $0.idle == 2 }))
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        #expect(partner.connections == 2)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: Refusals

    @Test(arguments: ["GET", "POST"]) func refusedStreamsGoAgain(_ method: String) async throws {
        let count = Mutex(0)
        let partner = try await HTTP2Partner { _ in
            let number = count.withLock {
                $0 += 1
                return $0
            }
            return number % 3 == 0 ? HTTP2Partner.answer("at last") : [.reset(.refusedStream)]
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        for _ in 0..<4 {
            let answer = try await PartnerCallTests.call(gateway.port, get(method: method, "Content-Length: 2") + "ab")
            #expect(answer.hasSuffix("at last"), "\(answer)")
        }
        #expect(partner.connections == 1)
        #expect(partner.requests.allSatisfy { $0.body == Array("ab".utf8) })
        let records = await gateway.log.waitFor(4)
        #expect(records.allSatisfy { $0.attempts == 3 && $0.failures == [.reset, .reset] && $0.outcome == .answered })
        await gateway.stop()
        await partner.stop()
    }

    @Test func aPartnerThatOnlyRefusesIsBelieved() async throws {
        let partner = try await HTTP2Partner { _ in [.reset(.refusedStream)] }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        #expect(try await PartnerCallTests.call(gateway.port).hasPrefix("HTTP/1.1 502"))
        #expect(partner.requests.count == 1 + Int(Exchange.refusals))
        await gateway.stop()
        await partner.stop()
    }

    @Test(arguments: ["GET", "POST"]) func otherResetsAreFailures(_ method: String) async throws {
        let partner = try await HTTP2Partner { request in
            request.path == "/pass" ? HTTP2Partner.answer("x") : [.reset(.internalError)]
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        let answer = try await PartnerCallTests.call(gateway.port, get("/pass/a", method: method, "Content-Length: 0"))
        #expect(answer.hasPrefix("HTTP/1.1 502") && answer.contains("partner-reset"), "\(answer)")
        #expect(partner.requests.count == 2 && partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    @Test func goAwayInTheMiddle() async throws {
        // The first connection answers what it has begun, up to a stream, and says that it did nothing about the rest.
        let partner = try await HTTP2Partner { request in
            guard request.connection == 0 else { return HTTP2Partner.answer("second") }
            if request.stream == 9 { return [.goAway(upTo: 4)] }
            return request.stream > 4
                ? [] : [.hold { $0.requests.count { $0.connection == 0 } == 10 }] + HTTP2Partner.answer("first")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.maxConnections = 2 }
        let answers = try await Self.together(10, gateway.port, get(method: "POST", "Content-Length: 2") + "ab")
        #expect(answers.count { $0.hasSuffix("first") } == 5, "\(answers)")
        #expect(answers.count { $0.hasSuffix("second") } == 5)
        #expect(partner.connections == 2)
        #expect(await partner.waitFor { $0.closed == 1 })
        await gateway.stop()
        await partner.stop()
    }

    // MARK: Losses

    @Test func aLostConnectionIsEveryCallsLoss() async throws {
        let count = Mutex(0)
        let partner = try await HTTP2Partner { request in
            if request.path == "/pass" { return HTTP2Partner.answer("x") }
            let isLast = count.withLock {
                $0 += 1
                return $0 == 12
            }
            return isLast ? [.closeConnection] : []
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        let answers = try await Self.together(12, gateway.port, get("/pass/a", method: "POST", "Content-Length: 0"))
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 502") && $0.contains("partner-reset") }, "\(answers)")
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        #expect(await gateway.settles(pool: { $0.open == 1 && $0.streams == 0 && $0.waiting == 0 }))
        await gateway.stop()
        await partner.stop()
    }

    @Test func aStaleConnectionIsNotShown() async throws {
        // The first connection takes one call and then goes without a word at the next.
        let partner = try await HTTP2Partner { request in
            request.connection == 0 && request.stream > 0 ? [.closeConnection] : HTTP2Partner.answer("x")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        for _ in 0..<3 { #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x")) }
        #expect(partner.connections == 2)
        await gateway.stop()
        await partner.stop()
    }

    @Test func clientsThatLeaveEndTheirStreamOnly() async throws {
        let partner = try await HTTP2Partner { request in
            request.path == "/pass/hang" ? [] : HTTP2Partner.answer("x")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        let port = gateway.port
        try await onThread {
            for i in 0..<20 {
                let client = try RawClient(port: port)
                client.send(get("/pass/hang"))
                usleepBriefly()
                if i % 2 == 0 { client.reset() } else { client.close() }
            }
        }
        #expect(await partner.waitFor { $0.cancelled == $0.requests.count { $0.path == "/pass/hang" } })
        #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x"))
        #expect(partner.connections == 1)
        #expect(await gateway.settles(pool: { $0.streams == 0 && $0.open == 1 }))
        await gateway.stop()
        await partner.stop()
    }

    @Test func timeoutsEndTheirStreamOnly() async throws {
        let partner = try await HTTP2Partner { request in
            request.path == "/pass/hang" ? [] : HTTP2Partner.answer("x")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.responseTimeout = 200_000_000 }
        #expect(try await PartnerCallTests.call(gateway.port, get("/pass/hang")).hasPrefix("HTTP/1.1 504"))
        // The partner answers the question whether it is still there. On a busy machine a good answer may be late, too.
        var answer = ""
        for _ in 0..<20 where !answer.hasSuffix("x") { answer = try await PartnerCallTests.call(gateway.port) }
        #expect(answer.hasSuffix("x"), "\(answer)")
        #expect(await gateway.settles(pool: { $0.streams == 0 && $0.open >= 1 }))
        #expect(await partner.waitFor { $0.cancelled >= 1 && $0.closed == 0 })
        await gateway.stop()
        await partner.stop()
    }

    /// A partner that is there no more, without its connections having ended.
    @Test func aSilentConnectionIsGivenUp() async throws {
        let partner = try await FramePartner(acknowledges: false) { _, _ in FramePartner.Reply(bytes: []) }
        let gateway = try await PartnerCallTests.gateway(partner.port) {
            $0.upstream.responseTimeout = 60_000_000
            $0.upstream.connectTimeout = 1_000_000_000
        }
        #expect(try await PartnerCallTests.call(gateway.port).hasPrefix("HTTP/1.1 504"))
        #expect(await gateway.settles(pool: { $0.open == 0 }))
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    // MARK: Reload, drain, checks

    @Test func reloadLetsStreamsEnd() async throws {
        let partner = try await HTTP2Partner { _ in [.pause(milliseconds: 150)] + HTTP2Partner.answer("x") }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        async let early = Self.together(8, gateway.port)
        #expect(await partner.waitFor { $0.requests.count == 8 })
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        settings.upstream.http = .http2
        settings.upstream.idleTimeout = 1_000_000_000
        settings.generation = 2
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        let late = try await Self.together(8, gateway.port)
        #expect(late.count { $0.hasSuffix("x") } == 8)
        #expect(try await early.count { $0.hasSuffix("x") } == 8)
        #expect(partner.connections == 2)
        #expect(await partner.waitFor { $0.closed == 1 }, "the connection of the old plan has ended")
        await gateway.stop()
        await partner.stop()
    }

    @Test func healthIsAskedByTheSameVersion() async throws {
        let partner = try await HTTP2Partner { _ in HTTP2Partner.answer("x") }
        let other = try await HTTP2Partner { request in
            request.path == "/health" ? [.headers([(":status", "503")], end: true)] : HTTP2Partner.answer("y")
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) {
            $0.upstream.alternatives = [EndpointPlan(host: "127.0.0.1", port: other.port)]
            $0.upstream.health = HealthCheckPlan(
                path: "/health", interval: 30_000_000, timeout: 60_000_000_000, healthy: 2, unhealthy: 1)
        }
        #expect(await other.waitFor { $0.requests.contains { $0.path == "/health" } })
        #expect(await partner.waitFor { $0.requests.contains { $0.path == "/health" } })
        #expect(await gateway.reaches { $0.partners.first?.placesOut == 1 })
        for _ in 0..<6 { #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("x")) }
        await gateway.stop()
        await partner.stop()
        await other.stop()
    }
}

import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Connections that are there before a call is.
@Suite struct WarmUpTests {
    @Test func loopsShareTheNumberOut() {
        for (count, loops) in [(0, 1), (1, 4), (4, 4), (7, 3), (10, 1)] {
            let shares = (0..<loops).map { WarmUp.share(of: count, loop: $0, loops: loops) }
            #expect(shares.reduce(0, +) == count)
            #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1)
        }
    }

    @Test(arguments: [1, 2]) func theyAreOpenBeforeACallAndAgainAfterALoss(_ loops: Int) async throws {
        let closes = Mutex(false)
        let partner = try await ScriptedPartner { text, _, _ in
            guard ScriptedPartner.isWhole(text) else { return .wait }
            return closes.withLock { $0 } ? .sendAndClose(ok("last")) : .send(ok("fine"))
        }
        let gateway = try await GatewayFixture.start(partnerPort: partner.port, loops: loops) {
            $0.upstream.warmConnections = 3
        }
        func idle(_ count: Int) async -> Bool {
            await gateway.reaches { $0.pools.reduce(0) { $0 + $1.idle } == count }
        }
        #expect(await idle(3))
        let port = gateway.port
        let call: @Sendable () throws -> String = {
            let client = try RawClient(port: port)
            client.send(get())
            return client.receiveAnswer()
        }
        #expect(try await onThread(call).hasSuffix("fine"))
        #expect(partner.connections == 3, "a call takes one that is there")
        closes.withLock { $0 = true }
        #expect(try await onThread(call).hasSuffix("last"))
        #expect(await eventually { partner.connections >= 4 })
        #expect(await idle(3))
        #expect(partner.connections == 4)
        await gateway.stop()
        await partner.stop()
    }

    /// Nobody is there: it tries again and again, but not without a pause.
    @Test func failuresArePaced() async throws {
        let gateway = try await GatewayFixture.start(partnerPort: 1) { $0.upstream.warmConnections = 5 }
        let clock = ContinuousClock()
        let began = clock.now
        #expect(await gateway.reaches { $0.partnerConnects >= 2 })
        try await Task.sleep(for: .milliseconds(900))
        let tries = await gateway.server.metrics().partnerConnects
        // Pauses begin at a tenth of a second, so a busy machine may see more of them, in more time.
        let tenths = Int((clock.now - began) / .milliseconds(100))
        #expect(tries >= 2 && tries <= 4 + tenths, "\(tries) tries in \(tenths) tenths of a second")
        await gateway.stop()
    }
}

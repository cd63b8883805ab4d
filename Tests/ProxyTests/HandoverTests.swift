import NIOCore
import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import Proxy

private final class LoadState: Sendable {
    let value = Mutex((calls: 0, wrong: [String](), isDone: false))
}

/// Another process takes over the address; here both are in one.
@Suite struct HandoverTests {
    @Test func addressesAsTheKernelPrintsThem() throws {
        #expect(Handover.text(try SocketAddress(ipAddress: "127.0.0.1", port: 8080)) == "0100007F:1F90")
        #expect(Handover.text(try SocketAddress(ipAddress: "0.0.0.0", port: 1)) == "00000000:0001")
        #expect(
            Handover.text(try SocketAddress(ipAddress: "::1", port: 443)) == "00000000000000000000000001000000:01BB")
        #expect(Handover.listeners(at: try SocketAddress(ipAddress: "203.0.113.1", port: 7)) == 0)
    }

    @Test(arguments: [1, 2]) func noConnectionIsLostOnTheWay(_ loops: Int) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let old = try await GatewayFixture.start(partnerPort: partner.port, loops: loops)
        let port = old.port
        let state = LoadState()
        // Each call has a connection of its own: what is refused or cut off shows.
        let load = Task {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        while !state.value.withLock({ $0.isDone }) {
                            let answer = try? await onThread {
                                let client = try RawClient(port: port)
                                client.send(get())
                                return client.receiveAnswer()
                            }
                            state.value.withLock {
                                $0.calls += 1
                                if answer?.hasSuffix("fine") != true { $0.wrong.append(answer ?? "refused") }
                            }
                        }
                    }
                }
            }
        }
        #expect(await eventually { state.value.withLock { $0.calls } > 10 })
        let new = try await GatewayFixture.start(partnerPort: partner.port, loops: loops) {
            $0.gateway.listeners = [ListenerPlan(host: "127.0.0.1", port: port)]
        }
        #expect(Handover.listeners(at: try SocketAddress(ipAddress: "127.0.0.1", port: port)) == loops * 2)
        await old.server.leave(notice: .milliseconds(600))
        let before = await old.server.metrics().acceptedConnections
        try await Task.sleep(for: .milliseconds(100))
        #expect(await old.server.metrics().acceptedConnections == before, "all new connections go to the new one")
        await old.server.drain(grace: .seconds(600))
        await old.server.stop()
        #expect(await new.reaches { $0.acceptedConnections > 10 })
        state.value.withLock { $0.isDone = true }
        await load.value
        #expect(state.value.withLock { $0.wrong } == [])
        await new.stop()
        await partner.stop()
    }

    @Test func whoeverLeavesSaysSoWithEachAnswer() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        async let leaving: Void = gateway.server.leave(notice: .milliseconds(700))
        // It may not have begun yet.
        let saysSo = try await eventually {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(get())
                let answer = client.receiveAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 200"))
                guard answer.contains("Connection: close\r\n") else { return false }
                #expect(client.receive() == nil, "it ends")
                return true
            }
        }
        #expect(saysSo)
        await leaving
        await gateway.stop()
        await partner.stop()
    }
}

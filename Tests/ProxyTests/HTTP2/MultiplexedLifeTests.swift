import Proxy
import RouteGraph
import TestSupport
import Testing

/// The ends of connections of HTTP/2: drain, leave, reload, and clients that go away in the middle of anything.
@Suite struct MultiplexedLifeTests {
    @Test func drainSaysGoAwayAndEndsCalls() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .held(gate, then: .send(ok("late"))) : .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        let server = gateway.server
        let quiet = try await onThread { try FrameClient(port: port) }
        async let ended: Void = Self.drainWhenBusy(server)
        try await onThread {
            let client = try FrameClient(port: port)
            client.headers(1, FrameClient.request())
            #expect(client.pump { $0.goAway != nil })
            #expect(client.goAway?.last == 1 && client.goAway?.code == 0)
            // Too late: the client repeats it elsewhere.
            client.headers(3, FrameClient.request())
            gate.open()
            #expect(client.answer(1).text == "late")
            #expect(client.ends())
            #expect(client.answers[3] == nil)
            #expect(quiet.ends() && quiet.goAway?.code == 0)
        }
        await ended
        #expect(partner.requests.count == 1)
        await gateway.server.stop()
        await partner.stop()
    }

    private static func drainWhenBusy(_ server: ProxyServer) async {
        #expect(await eventually { await server.metrics().openStreams >= 1 })
        await server.drain(grace: .seconds(60))
    }

    @Test func leavingServesWhatComesAndSendsClientsAway() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        let early = try await onThread {
            let client = try FrameClient(port: port)
            #expect(client.call(1, FrameClient.request()).text == "fine")
            return client
        }
        await gateway.server.leave(notice: .milliseconds(10))
        try await onThread {
            #expect(early.ends() && early.goAway?.code == 0)
            let client = try FrameClient(port: port)
            #expect(client.call(1, FrameClient.request()).text == "fine")
            #expect(client.ends() && client.goAway?.last == 1)
        }
        await gateway.stop()
        await partner.stop()
    }

    @Test func callsEndOnTheGraphTheyBeganWith() async throws {
        let gate = Gate()
        let partner = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .held(gate, then: .send(ok("late"))) : .wait
        }
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        settings.gateway.listeners[0].versions = .http2
        let plan = settings
        let gateway = try await GatewayFixture.start(partnerPort: partner.port) { $0 = plan }
        let port = gateway.port
        async let answers = onThread {
            let client = try FrameClient(port: port)
            client.headers(1, FrameClient.request())
            let first = client.answer(1)
            return [first.text, client.call(3, FrameClient.request()).text]
        }
        #expect(await gateway.reaches { $0.openStreams >= 1 })
        settings.generation = 2
        await gateway.server.install(graph: try GatewayFixture.graph(settings))
        gate.open()
        #expect(try await answers == ["late", "late"])
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// What a client sends for calls that are passed through and mediated, cut after each byte.
    @Test(arguments: [false, true]) func clientsGoAfterEachByte(_ resets: Bool) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        let log = gateway.log
        let whole = try await onThread {
            func flight(_ cut: Int) -> [UInt8] {
                let fields = [
                    ("x-correlation-id", "cut-\(1000 + cut)-"), ("content-length", "4"),
                    ("content-type", "application/json"),
                ]
                var bytes = FrameClient.preface
                bytes += FrameClient.frame(.settings, 0, 0, [])
                let pass = FrameClient.block(FrameClient.request("POST", "/pass", fields))
                bytes += FrameClient.frame(.headers, 4, 1, pass)
                let mediate = FrameClient.block(FrameClient.request("POST", "/mediate", fields))
                bytes += FrameClient.frame(.headers, 4, 3, mediate)
                bytes += FrameClient.frame(.data, 0, 1, Array("ab".utf8))
                bytes += FrameClient.frame(.data, 1, 3, Array("{  }".utf8))
                bytes += FrameClient.frame(.data, 1, 1, Array("cd".utf8))
                return bytes
            }
            let count = flight(0).count
            for cut in 0...count {
                let client = try RawClient(port: port)
                client.send(Array(flight(cut).prefix(cut)))
                if resets { client.reset() } else { client.close() }
            }
            return count
        }
        // All have come, then all have gone; a stream goes a turn of its loop after its connection.
        #expect(
            await gateway.reaches {
                $0.acceptedConnections == whole + 1 && $0.multiplexedConnections == 0 && $0.openStreams == 0
            }, "connections or streams are left")
        #expect(await gateway.settles { $0.idle == $0.open && $0.waiting == 0 }, "calls or connections are left")
        let identities = log.all.map { "\($0.correlation) \($0.operation ?? "")" }.filter { $0.hasPrefix("cut-") }
        #expect(Set(identities).count == identities.count, "a call is recorded twice")
        #expect(whole > 300)
        try await onThread {
            let client = try FrameClient(port: port)
            #expect(client.call(1, FrameClient.request()).text == "fine")
        }
        await gateway.stop()
        await partner.stop()
    }

    /// The partner goes after each byte of its answer.
    @Test func partnersGoAfterEachByte() async throws {
        let answer = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n".utf8)
        let partner = try await ScriptedPartner { text, _, _ in
            guard let cut = text.range(of: "cut-").flatMap({ Int(text[$0.upperBound...].prefix { $0.isNumber }) })
            else {
                return .bytes(answer, oneByOne: false, close: false)
            }
            let part = Array(answer.prefix(cut))
            return cut % 2 == 0 ? .bytes(part, oneByOne: false, close: true) : .reset(part)
        }
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for cut in 0..<answer.count {
                let fields = FrameClient.request("POST", "/pass", [("x-correlation-id", "cut-\(cut)-")])
                let got = client.call(UInt32(2 * cut + 1), fields, "abc")
                #expect(got.isOver, "no end after byte \(cut)")
                #expect(!(got.status == "200" && got.hasEnded), "a cut answer looks whole: \(got)")
            }
            #expect(client.call(9001, FrameClient.request()).trailers == ["x": "y"])
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }
}

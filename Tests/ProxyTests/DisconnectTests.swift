import Proxy
import RouteGraph
import Testing

/// Cuts either side after every byte of an exchange. Nothing may be left over: no call in flight, no connection that is lent.
@Suite struct DisconnectTests {
    static let exchanges = [
        get(method: "POST", "Content-Length: 4") + "abcd",
        get(method: "POST", "Transfer-Encoding: chunked") + "4\r\nabcd\r\n0\r\n\r\n",
        get("/mediate", method: "POST", "Content-Length: 2") + "{}",
    ]
    static let answers = [
        ok("hello"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
    ]

    @Test(arguments: exchanges) func clientCutsAfterEachByte(_ text: String) async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("{}")))
        let gateway = try await GatewayFixture.start(partnerPort: partner.port)
        let port = gateway.port
        let bytes = Array(text.utf8)
        try await onThread {
            for count in 0...bytes.count {
                let client = try RawClient(port: port)
                client.send(Array(bytes[..<count]))
                if count % 2 == 0 { client.reset() } else { client.close() }
            }
        }
        #expect(await gateway.settles())
        let metrics = await gateway.server.metrics()
        #expect(metrics.pools[0].idle == metrics.pools[0].open)
        #expect(metrics.pools[0].waiting == 0)
        // It still works.
        let answer = try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receiveAnswer()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        await gateway.stop()
        await partner.stop()
    }

    /// The same request, after which the gateway closes.
    static func closing(_ request: String) -> String {
        request.replacing("Host: gateway\r\n", with: "Host: gateway\r\nConnection: close\r\n")
    }

    @Test(arguments: answers) func partnerCutsAfterEachByte(_ answer: String) async throws {
        for request in [Self.exchanges[0], Self.exchanges[2]].map(Self.closing) {
            let bytes = Array(answer.utf8)
            let partner = try await ScriptedPartner { text, connection, _ in
                guard ScriptedPartner.isWhole(text) else { return .wait }
                return .sendAndClose(String(decoding: bytes.prefix(connection), as: UTF8.self))
            }
            let gateway = try await GatewayFixture.start(partnerPort: partner.port)
            let port = gateway.port
            let endsWithConnection = !answer.contains("Content-Length") && !answer.contains("chunked")
            let headEnd = answer.utf8.distance(
                from: answer.utf8.startIndex, to: answer.range(of: "\r\n\r\n")?.upperBound ?? answer.endIndex)
            try await onThread {
                for count in 0..<bytes.count {
                    let client = try RawClient(port: port)
                    client.send(request)
                    let got = client.receiveAll()
                    let mayBeWhole = endsWithConnection && count >= headEnd
                    if got.hasPrefix("HTTP/1.1 200"), !mayBeWhole {
                        #expect(!got.hasSuffix("hello") && !got.hasSuffix("0\r\n\r\n"), "cut after \(count): \(got)")
                    }
                    client.close()
                }
            }
            #expect(await gateway.settles())
            let metrics = await gateway.server.metrics()
            #expect(metrics.pools[0].open == 0)
            #expect(gateway.log.all.count == bytes.count)
            await gateway.stop()
            await partner.stop()
        }
    }
}

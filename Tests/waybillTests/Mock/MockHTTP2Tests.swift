import RouteGraph
import TestSupport
import Testing

@testable import waybill

/// The mock partner by HTTP/2, from the first byte on. All that is sent happens to be ASCII, and what comes back is looked through for
/// the bytes that matter.
@Suite struct MockHTTP2Tests {
    private static let reset = "\0\0\u{4}\u{3}\0\0\0\0\u{1}\0\0\0\u{2}"

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0, 0, UInt8(payload.count), kind, flags, 0, 0, 0, stream] + payload
    }

    private static var request: String {
        let fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x")]
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [0, UInt8(name.utf8.count)] + Array(name.utf8)
            block += [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        return String(decoding: preface + frame(4, 0, 0, []) + frame(1, 5, 1, block), as: UTF8.self)
    }

    /// - Parameter part: what is waited for; nil when it is the connection's end.
    private func answer(_ fault: MockFault?, until part: String?) async throws -> RawClient.Answer {
        var options = MockOptions(replies: [MockReply(text: "0123456789")], fault: fault)
        options.versions = .http2
        options.dripMilliseconds = 2
        options.resetAfterBytes = 4
        let partner = try await MockPartner.start(options)
        let answer = try await RawClient.send(Self.request, port: partner.port) { text in
            part.map { text.contains($0) } ?? false
        }
        #expect(partner.received.first?.method == "GET")
        #expect(partner.received.first?.header("host") == "x")
        #expect(partner.connectionCount == 1)
        await partner.stop()
        return answer
    }

    @Test func itAnswers() async throws {
        let answer = try await answer(nil, until: "0123456789")
        #expect(answer.end == .enough)
        #expect(!answer.text.contains(Self.reset))
    }

    @Test func faultsOfAStreamLeaveTheConnection() async throws {
        let expected: [(MockFault, String)] = [
            (.reset, Self.reset), (.resetMidway, "0123" + Self.reset), (.wrongLength, "0123456789"),
            (.drip, "\0\0\u{1}\0\u{1}\0\0\0\u{1}9"),
        ]
        for (fault, part) in expected {
            let answer = try await answer(fault, until: part)
            #expect(answer.end == .enough, "\(fault): \(answer.text.debugDescription)")
        }
    }

    @Test func aHungStreamGetsNothing() async throws {
        var options = MockOptions(replies: [MockReply(text: "0123456789")], fault: .hang)
        options.versions = .http2
        let partner = try await MockPartner.start(options)
        async let answer = RawClient.send(Self.request, port: partner.port, milliseconds: 1000)
        #expect(await eventually { partner.count == 1 })
        let text = try await answer.text
        #expect(!text.contains("0") && !text.contains(Self.reset), "\(text.debugDescription)")
        await partner.stop()
    }

    @Test func faultsOfTheConnectionEndIt() async throws {
        let garbage = try await answer(.garbage, until: nil)
        #expect(garbage.text.contains("no HTTP"))
        #expect(garbage.end == .closed)
        let half = try await answer(.halfClose, until: nil)
        #expect(half.text.contains("01234"))
        #expect(!half.text.contains("0123456789"))
        #expect(half.end == .closed)
    }

    @Test func floodsGoOn() async throws {
        for fault in [MockFault.interimFlood, .endlessHeaders] {
            var options = MockOptions(replies: [MockReply(text: "0123456789")], fault: fault)
            options.versions = .http2
            let partner = try await MockPartner.start(options)
            let answer = try await RawClient.send(Self.request, port: partner.port) { $0.utf8.count > 5000 }
            #expect(answer.end == .enough, "\(fault)")
            await partner.stop()
        }
    }
}

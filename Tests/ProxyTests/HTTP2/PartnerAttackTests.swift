import RouteGraph
import Testing

@testable import Proxy

/// Partners that break the rules of HTTP/2, by mistake or not: nothing of it reaches a client, and the gateway goes on.
@Suite(.serialized) struct PartnerAttackTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        /// Other calls of the connection are not touched by it.
        var isOfStream = true
        var method = "GET"

        init(_ name: String, _ bytes: [UInt8]..., ofStream: Bool = true, method: String = "GET") {
            testDescription = name
            self.bytes = bytes.flatMap { $0 }
            isOfStream = ofStream
            self.method = method
        }
    }

    private static func head(_ fields: (String, String)..., end: Bool = true) -> [UInt8] {
        Frames.headers([(":status", "200")] + fields, end: end)
    }

    private static func repeated(_ count: Int, _ frame: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for _ in 0..<count { out += frame }
        return out
    }

    private static let manyFields: [(String, String)] = [(":status", "200")] + (0..<200).map { ("f\($0)", "1") }
    /// The beginning of a head that goes on in further frames.
    private static let beginning = Frames.frame(1, 1, 1, Frames.block([(":status", "200")]))
    private static let pushed: [(String, String)] = [(":method", "GET"), (":path", "/"), (":scheme", "http")]

    static let faults: [Fault] = [
        Fault("no :status", Frames.headers([("a", "b")], end: true)),
        Fault("no fields at all", Frames.headers([], end: true)),
        Fault("empty :status", Frames.headers([(":status", "")], end: true)),
        Fault(":status of two digits", Frames.headers([(":status", "20")], end: true)),
        Fault(":status of four digits", Frames.headers([(":status", "2000")], end: true)),
        Fault(":status with a letter", Frames.headers([(":status", "2x0")], end: true)),
        Fault(":status below 100", Frames.headers([(":status", "099")], end: true)),
        Fault(":status with a line break", Frames.headers([(":status", "200\r\nx: y")], end: true)),
        Fault(":status twice", Frames.headers([(":status", "200"), (":status", "200")], end: true)),
        Fault(":status after a field", Frames.headers([("a", "b"), (":status", "200")], end: true)),
        Fault("pseudo-field of a request", Frames.headers([(":status", "200"), (":path", "/")], end: true)),
        Fault("unknown pseudo-field", Frames.headers([(":status", "200"), (":x", "y")], end: true)),
        Fault("upper-case name", head(("X-Big", "1"))),
        Fault("empty name", head(("", "1")), ofStream: false),
        Fault("name with a space", head(("a b", "1"))),
        Fault("name with a colon", head(("a:b", "1"))),
        Fault("name with a line break", head(("a\r\nb", "1"))),
        Fault("value with CR LF", head(("a", "1\r\nset-cookie: evil"))),
        Fault("value with LF", head(("a", "1\nb: 2"))),
        Fault("value with CR", head(("a", "1\r"))),
        Fault("value with NUL", head(("a", "1\u{0}2"))),
        Fault("value with white space before", head(("a", " 1"))),
        Fault("value with white space behind", head(("a", "1\t"))),
        Fault("connection", head(("connection", "close"))),
        Fault("keep-alive", head(("keep-alive", "timeout=5"))),
        Fault("proxy-connection", head(("proxy-connection", "x"))),
        Fault("upgrade", head(("upgrade", "h2c"))),
        Fault(
            "transfer-encoding", head(("transfer-encoding", "chunked"), end: false), Frames.data("0\r\n\r\n", end: true)
        ),
        Fault(
            "content-length twice", head(("content-length", "1"), ("content-length", "1"), end: false),
            Frames.data("a", end: true)),
        Fault("content-length as a list", head(("content-length", "1, 1"), end: false), Frames.data("a", end: true)),
        Fault("content-length with a sign", head(("content-length", "+1"), end: false), Frames.data("a", end: true)),
        Fault("content-length, empty", head(("content-length", ""), end: false), Frames.data("a", end: true)),
        Fault(
            "content-length beyond all", head(("content-length", "99999999999999999999"), end: false),
            Frames.data("a", end: true)),
        Fault("content-length imitated", head(("content_length", "1"), end: false), Frames.data("a", end: true)),
        Fault("longer than content-length", head(("content-length", "1"), end: false), Frames.data("ab", end: true)),
        Fault(
            "longer in two frames", head(("content-length", "1"), end: false), Frames.data("a"),
            Frames.data("b", end: true)),
        Fault("content-length and nothing", head(("content-length", "5"))),
        Fault("content-length 0 and a body", head(("content-length", "0"), end: false), Frames.data("a", end: true)),
        Fault("interim answer that ends, by a bad status", Frames.headers([(":status", "1000")], end: true)),
        Fault("101", Frames.headers([(":status", "101")])),
        Fault("interim answer that ends", Frames.headers([(":status", "103")], end: true)),
        Fault("body of 204", Frames.headers([(":status", "204")]), Frames.data("a", end: true)),
        Fault("length of 204", Frames.headers([(":status", "204"), ("content-length", "1")], end: true)),
        Fault("body of an answer to HEAD", head(end: false), Frames.data("a", end: true), method: "HEAD"),
        Fault("body without a head", Frames.data("a", end: true), ofStream: false),
        Fault("reset with a code of its own", Frames.frame(3, 0, 1, [0, 0, 0, 99])),
        Fault("interim answers without end", repeated(40, Frames.headers([(":status", "103")]))),
        Fault("too many fields", Frames.headers(manyFields, end: true)),
        // What concerns the connection ends it.
        Fault("no HTTP/2", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), ofStream: false),
        Fault("frame beyond the size", [0x7F, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1], ofStream: false),
        Fault("broken compression", Frames.frame(1, 5, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), ofStream: false),
        Fault("headers on stream 0", Frames.headers([(":status", "200")], end: true, 0), ofStream: false),
        Fault("headers on an idle stream", Frames.headers([(":status", "200")], end: true, 77), ofStream: false),
        Fault("headers on a stream of its own", Frames.headers([(":status", "200")], end: true, 2), ofStream: false),
        Fault("a pushed stream", Frames.frame(5, 4, 1, [0, 0, 0, 2] + Frames.block(pushed)), ofStream: false),
        Fault("window beyond all", Frames.frame(8, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF]), ofStream: false),
        Fault("settings of a wrong size", Frames.frame(4, 0, 0, [1, 2, 3]), ofStream: false),
        Fault("settings with a bad value", Frames.settings((2, 7)), ofStream: false),
        Fault("a ping of a wrong size", Frames.frame(6, 0, 0, [1, 2, 3]), ofStream: false),
        Fault("pings without end", repeated(400, Frames.frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])), ofStream: false),
        Fault("settings without end", repeated(400, Frames.settings()), ofStream: false),
        Fault(
            "a head without end", beginning, repeated(50, Frames.frame(9, 0, 1, Frames.block([("a", "b")]))),
            ofStream: false),
        Fault(
            "a head of 1 MB", beginning,
            repeated(64, Frames.frame(9, 0, 1, Frames.block([("a", String(repeating: "b", count: 16_000))]))),
            ofStream: false),
        Fault("empty body frames without end", head(end: false), repeated(100, Frames.data("")), ofStream: false),
        Fault(
            "more than the window", head(end: false),
            repeated(20, Frames.frame(0, 0, 1, [UInt8](repeating: 0x78, count: 16384))), ofStream: false),
    ]

    private static func good(_ stream: UInt32) -> [UInt8] {
        Frames.headers([(":status", "200"), ("content-length", "2")], stream) + Frames.data("ok", end: true, stream)
    }

    @Test(arguments: faults) func answersThatBreakTheRules(_ fault: Fault) async throws {
        let (bytes, isOfStream) = (fault.bytes, fault.isOfStream)
        let partner = try await FramePartner { stream, connection in
            FramePartner.Reply(bytes: stream == 1 && connection == 0 ? bytes : Self.good(stream))
        }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.responseTimeout = 400_000_000 }
        let port = gateway.port
        let (first, second) = try await onThread {
            let client = try RawClient(port: port)
            client.send(get(method: fault.method))
            let first =
                fault.method == "HEAD"
                ? client.receiveAnswer(hasBody: false, milliseconds: 60_000)
                : client.receiveAll(milliseconds: 60_000, until: "}")
            let next = try RawClient(port: port)
            // The time that ends a silent answer may be over for a good one too, when the machine is busy.
            var second = ""
            for _ in 0..<20 where !second.hasSuffix("ok") {
                next.send(get())
                second = next.receiveAnswer(milliseconds: 60_000)
            }
            return (first, second)
        }
        #expect(!first.contains("set-cookie"), "\(first)")
        let isCut = first.isEmpty || first.hasPrefix("HTTP/1.1 200") && !first.hasSuffix("0\r\n\r\n")
        #expect(first.contains("HTTP/1.1 50") || isCut, "\(first)")
        #expect(second.hasSuffix("ok"), "\(second)")
        if isOfStream { #expect(partner.connections == 1) }
        #expect(await gateway.settles(pool: { $0.streams == 0 && $0.waiting == 0 }))
        await gateway.stop()
        await partner.stop()
    }

    /// What may come behind an answer does not touch it (RFC 9113, section 8.1).
    @Test func aResetBehindTheAnswer() async throws {
        let partner = try await FramePartner { stream, _ in
            FramePartner.Reply(bytes: Self.good(stream) + Frames.frame(3, 0, stream, [0, 0, 0, 0]))
        }
        let gateway = try await PartnerCallTests.gateway(partner.port)
        for _ in 0..<3 { #expect(try await PartnerCallTests.call(gateway.port).hasSuffix("ok")) }
        #expect(partner.connections == 1)
        await gateway.stop()
        await partner.stop()
    }

    /// Greetings of partners that do not speak HTTP/2, or never say so.
    static let greetings: [[UInt8]] = [
        [], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), Array("220 mail ESMTP\r\n".utf8), [0],
        [UInt8](repeating: 0xFF, count: 64), Frames.frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
        Frames.headers([(":status", "200")], end: true),
    ]

    @Test(arguments: greetings) func partnersThatSpeakSomethingElse(_ bytes: [UInt8]) async throws {
        let partner = try await FramePartner(greeting: bytes) { _, _ in FramePartner.Reply(bytes: []) }
        let gateway = try await PartnerCallTests.gateway(partner.port) { $0.upstream.connectTimeout = 100_000_000 }
        let answer = try await PartnerCallTests.call(gateway.port)
        #expect(answer.hasPrefix("HTTP/1.1 50"), "\(answer)")
        #expect(partner.requests == 0)
        #expect(await gateway.settles(pool: { $0.open == 0 && $0.waiting == 0 }))
        await gateway.stop()
        await partner.stop()
    }

    /// The partner goes after every byte of what it says: a client gets the whole answer, or is told, or sees a cut.
    @Test(arguments: [false, true]) func thePartnerLeavesAfterEveryByte(_ isMediated: Bool) async throws {
        let flight =
            Frames.headers([(":status", "103"), ("link", "x")])
            + Frames.headers([(":status", "200"), ("content-type", "application/json")]) + Frames.data("{\"a\":")
            + Frames.data("1}") + Frames.headers([("x-t", "1")], end: true)
        let greeting = Frames.settings((3, 10))
        var answers = (whole: 0, told: 0, cut: 0)
        let request =
            isMediated
            ? get("/mediate", method: "POST", "Content-Type: application/json", "Content-Length: 2") + "{}" : get()
        for end in stride(from: 0, through: flight.count, by: isMediated ? 2 : 1) {
            let part = Array(flight[..<end])
            let partner = try await FramePartner(greeting: greeting) { _, _ in
                FramePartner.Reply(bytes: part, closes: true)
            }
            let gateway = try await PartnerCallTests.gateway(partner.port)
            let port = gateway.port
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send(request)
                var all = client.receiveAnswer()
                if all.hasPrefix("HTTP/1.1 103") { all = client.receiveAnswer() }
                return all
            }
            let body = text.range(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
            if text.hasPrefix("HTTP/1.1 200"), isMediated ? body == "{\"a\":1}" : text.hasSuffix("0\r\nx-t: 1\r\n\r\n")
            {
                answers.whole += 1
            } else if text.hasPrefix("HTTP/1.1 502") {
                answers.told += 1
            } else {
                answers.cut += 1
                #expect(!isMediated && (text.isEmpty || text.hasPrefix("HTTP/1.1 200")), "after \(end): \(text)")
            }
            #expect(await gateway.settles(pool: { $0.streams == 0 && $0.open == 0 && $0.waiting == 0 }), "after \(end)")
            await gateway.stop()
            await partner.stop()
        }
        print("partner leaves after each of \(flight.count) bytes: \(answers)")
        #expect(answers.whole == 1)
        #expect(answers.told > 10)
    }
}

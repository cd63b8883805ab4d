import Testing

/// Requests that break the rules of HTTP/2, or would become something else as HTTP/1.1. Each is answered with 4xx or ends in a stream
/// error, leaves the connection to other streams, and never reaches the partner.
@Suite struct StreamFaultTests {
    struct Case: Sendable {
        var name: String
        var fields: [(String, String)]
        /// DATA frames; nil ends the stream with HEADERS.
        var body: [String]?
        var trailers: [(String, String)]?
    }

    private static func with(_ name: String, _ fields: [(String, String)], body: [String]? = nil) -> Case {
        Case(name: name, fields: FrameClient.request("POST", "/pass", fields), body: body)
    }

    private static func pseudo(_ name: String, _ fields: (String, String)...) -> Case {
        Case(name: name, fields: fields + [("x-api-key", "k")])
    }

    private static func path(_ path: String) -> Case {
        Case(name: "path \(path.debugDescription)", fields: FrameClient.request("GET", path))
    }

    private static func method(_ method: String) -> Case {
        Case(name: "method \(method.debugDescription)", fields: FrameClient.request(method, "/pass"))
    }

    private static func authority(_ authority: String) -> Case {
        pseudo(
            "authority \(authority.debugDescription)", (":method", "GET"), (":scheme", "http"), (":path", "/pass"),
            (":authority", authority))
    }

    private static func trailers(_ name: String, _ fields: [(String, String)]) -> Case {
        Case(name: name, fields: FrameClient.request("POST", "/pass"), body: ["a"], trailers: fields)
    }

    static let smuggled = "x\r\n\r\nGET /pass HTTP/1.1\r\nHost: a\r\n\r\n"

    static let cases = fields + pseudoFields + targets

    private static let fields: [Case] = [
        with("CR LF in a value", [("x-a", "b\r\nx-c: d")]),
        with("LF in a value", [("x-a", "b\nx-c: d")]),
        with("CR in a value", [("x-a", "b\rc")]),
        with("NUL in a value", [("x-a", "b\0c")]),
        with("a request in a value", [("x-a", smuggled)]),
        with("DEL in a value", [("x-a", "b\u{7F}c")]),
        with("space before a value", [("x-a", " b")]),
        with("space after a value", [("x-a", "b ")]),
        with("tab around a value", [("x-a", "\tb")]),
        with("upper-case name", [("X-Upper", "b")]),
        with("one upper-case letter", [("x-uppeR", "b")]),
        with("space in a name", [("x a", "b")]),
        with("colon in a name", [("x-a:", "b")]),
        with("a field in a name", [("x-a: b\r\nx-c", "d")]),
        with("LF in a name", [("x-a\n", "b")]),
        with("byte above ASCII in a name", [("x-\u{E9}", "b")]),
        with("transfer-encoding: chunked", [("transfer-encoding", "chunked")], body: ["5\r\nhello\r\n0\r\n\r\n"]),
        with("transfer-encoding: identity", [("transfer-encoding", "identity")]),
        with("transfer_encoding", [("transfer_encoding", "chunked")]),
        with("content_length", [("content_length", "5")]),
        with("connection: close", [("connection", "close")]),
        with("connection: x-a", [("connection", "x-a"), ("x-a", "b")]),
        with("keep-alive", [("keep-alive", "timeout=5")]),
        with("proxy-connection", [("proxy-connection", "keep-alive")]),
        with("upgrade: h2c", [("upgrade", "h2c"), ("http2-settings", "AAMAAABkAAQAAP__")]),
        with("upgrade: websocket", [("upgrade", "websocket")]),
        with("te: gzip", [("te", "gzip")]),
        with("te: trailers, gzip", [("te", "trailers, gzip")]),
        with("te: Trailers", [("te", "Trailers")]),
        with("host and :authority differ", [("host", "elsewhere")]),
        with("host with another port", [("host", "gateway:81")]),
        with("host twice", [("host", "gateway"), ("host", "gateway")]),
        with("length twice", [("content-length", "1"), ("content-length", "1")], body: ["a"]),
        with("lengths differ", [("content-length", "1"), ("content-length", "2")], body: ["a"]),
        with("length with sign", [("content-length", "+1")], body: ["a"]),
        with("negative length", [("content-length", "-1")], body: ["a"]),
        with("length as list", [("content-length", "1, 1")], body: ["a"]),
        with("length in hexadecimal", [("content-length", "0x1")], body: ["a"]),
        with("huge length", [("content-length", "99999999999999999999")], body: ["a"]),
        with("empty length", [("content-length", "")], body: ["a"]),
        with("length without a body", [("content-length", "5")]),
        with("length without a body, as an empty frame", [("content-length", "5")], body: [""]),
        with("expect something", [("expect", "200-ok")]),
        with("fold in a value", [("x-a", "b\r\n c")]),
        with("CR LF CR LF in a value", [("x-a", "b\r\n\r\n")]),
        with("LF at the end of a value", [("x-a", "b\n")]),
        with("NUL at the end of a value", [("x-a", "b\0")]),
        with("escape in a value", [("x-a", "\u{1B}[0m")]),
        with("a field of HTTP/1.1 in a cookie", [("cookie", "a=b\r\ntransfer-encoding: chunked")]),
        with("a request in a second cookie", [("cookie", "a=b"), ("cookie", smuggled)]),
        with("transfer-encoding and a space", [("transfer-encoding ", "chunked")], body: ["0\r\n\r\n"]),
        with("space and transfer-encoding", [(" transfer-encoding", "chunked")], body: ["0\r\n\r\n"]),
        with("transfer-encoding and a colon", [("transfer-encoding:", "chunked")], body: ["0\r\n\r\n"]),
        with("transfer-encoding and its value", [("transfer-encoding: chunked", "")], body: ["0\r\n\r\n"]),
        with("transfer-encoding and NUL", [("transfer-encoding\0", "chunked")], body: ["0\r\n\r\n"]),
        with("transfer-encoding, empty", [("transfer-encoding", "")]),
        with("Transfer-Encoding", [("Transfer-Encoding", "chunked")], body: ["0\r\n\r\n"]),
        with(
            "transfer-encoding and a length", [("transfer-encoding", "chunked"), ("content-length", "1")], body: ["a"]),
        with("connection: upgrade", [("connection", "upgrade, http2-settings"), ("http2-settings", "AAMAAABk")]),
        with("connection, empty", [("connection", "")]),
        with("te, empty", [("te", "")]),
        with("te: trailers;q=0.5", [("te", "trailers;q=0.5")]),
        with("te: chunked", [("te", "chunked")]),
        with("key with an underscore", [("x_api_key", "k")]),
        with("key twice", [("x-api-key", "other")]),
        with("credentials twice", [("authorization", "a"), ("authorization", "b")]),
        with("type twice", [("content-type", "a/b"), ("content-type", "c/d")]),
        with("host with a line break", [("host", "gateway\r\nx-a: b")]),
        with("host, empty", [("host", "")]),
        with("host and another in one", [("host", "gateway, gateway")]),
        with("length and white space", [("content-length", "1 ")], body: ["a"]),
        with("length with a parameter", [("content-length", "1;a")], body: ["a"]),
        with("length with an underscore in it", [("content-length", "0_1")], body: ["a"]),
        with("length of 2^64 + 1", [("content-length", "18446744073709551617")], body: ["a"]),
        with("length with a request behind it", [("content-length", "1\r\n\r\nGET /pass HTTP/1.1")], body: ["a"]),
        with("length zero and a body", [("content-length", "0")], body: ["a"]),
        with("length of less, and trailers in the body", [("content-length", "3")], body: ["abc\r\nX: 1\r\n\r\n"]),
        with("expectation and another", [("expect", "100-continue, x")], body: ["a"]),
        with("expectation twice", [("expect", "100-continue"), ("expect", "100-continue")], body: ["a"]),
        with("pseudo-header after a field", [(":path", "/pass")]),
        with("method after a field", [(":method", "GET")]),
        with("authority after a field", [(":authority", "gateway")]),
        with("a pseudo-header without a name", [(":", "a")]),
        with("status of an answer", [(":status", "200")]),
    ]

    private static let pseudoFields: [Case] = [
        pseudo("no method", (":scheme", "http"), (":path", "/pass"), (":authority", "a")),
        pseudo("no scheme", (":method", "GET"), (":path", "/pass"), (":authority", "a")),
        pseudo("no path", (":method", "GET"), (":scheme", "http"), (":authority", "a")),
        pseudo("no authority and no host", (":method", "GET"), (":scheme", "http"), (":path", "/pass")),
        pseudo("nothing at all"),
        pseudo(
            "method twice", (":method", "GET"), (":method", "POST"), (":scheme", "http"), (":path", "/pass"),
            (":authority", "a")),
        pseudo(
            "path twice", (":method", "GET"), (":scheme", "http"), (":path", "/pass"), (":path", "/mediate"),
            (":authority", "a")),
        pseudo(
            "authority twice", (":method", "GET"), (":scheme", "http"), (":path", "/pass"), (":authority", "a"),
            (":authority", "a")),
        pseudo(
            "unknown pseudo-header", (":method", "GET"), (":scheme", "http"), (":path", "/pass"), (":authority", "a"),
            (":x", "b")),
        pseudo(
            ":protocol", (":method", "CONNECT"), (":scheme", "http"), (":path", "/pass"), (":authority", "a"),
            (":protocol", "websocket")),
        pseudo(
            ":status in a request", (":method", "GET"), (":scheme", "http"), (":path", "/pass"), (":authority", "a"),
            (":status", "200")),
        pseudo(
            "upper-case pseudo-header", (":METHOD", "GET"), (":scheme", "http"), (":path", "/pass"), (":authority", "a")
        ),
        pseudo("other scheme", (":method", "GET"), (":scheme", "ftp"), (":path", "/pass"), (":authority", "a")),
        pseudo(
            "a request in the scheme", (":method", "GET"), (":scheme", "http://a/pass HTTP/1.1\r\nx-a: b\r\n\r\n"),
            (":path", "/pass"), (":authority", "a")),
        pseudo("CONNECT", (":method", "CONNECT"), (":authority", "a:443")),
        pseudo("CONNECT to a host of line breaks", (":method", "CONNECT"), (":authority", "a\r\n\r\n")),
        pseudo(
            "CONNECT with a path", (":method", "CONNECT"), (":scheme", "http"), (":path", "/pass"),
            (":authority", "a:443")),
        pseudo(
            "scheme twice", (":method", "GET"), (":scheme", "http"), (":scheme", "https"), (":path", "/pass"),
            (":authority", "a")),
        pseudo("empty scheme", (":method", "GET"), (":scheme", ""), (":path", "/pass"), (":authority", "a")),
        pseudo(
            "scheme with a space", (":method", "GET"), (":scheme", "http "), (":path", "/pass"), (":authority", "a")),
        pseudo("scheme with NUL", (":method", "GET"), (":scheme", "http\0"), (":path", "/pass"), (":authority", "a")),
        pseudo(
            "no authority, and two hosts", (":method", "GET"), (":scheme", "http"), (":path", "/pass"), ("host", "a"),
            ("host", "a")),
        pseudo(
            "no authority, and a host that is none", (":method", "GET"), (":scheme", "http"), (":path", "/pass"),
            ("host", "a b")),
        pseudo(
            "no authority, and a host of user and name", (":method", "GET"), (":scheme", "http"), (":path", "/pass"),
            ("host", "u@a")),
    ]

    private static let targets: [Case] = [
        path(""), path("pass"), path("http://gateway/pass"), path("*"), path("/pass /x"),
        path("/pass HTTP/1.1\r\nx-a: b"),
        path("/pass\n"), path("/pass\0"), path("/pass\t"), path("/pa\u{7F}ss"), path("/p\u{E4}ss"), path("/pass#x"),
        path("/pass%"),
        path("/pass%0"), path("/pass%00"), path("/x/../pass"), path("/x/%2e%2e/pass"), path("//[::1]/pass\\"),
        path("/pass?a b"), path("/pass\rx"), path("/pass\u{B}"), path(" /pass"), path("/pass?x\r\nhost: b"),
        path("/pass/..;/x"), path("/pass/%2e%2e%2fx"), path("/pass/..%5cx"), path("/pass/%252e%252e/x"), path("/.."),
        path("/pass/{a}"), path("/pass<a>"), path("/pass\\x"), path("*/pass"), path("/pass/%u002e"), path("/pass?%0"),
        path("/pass/a%2fsecret"), path("HTTP://gateway/pass"), path("/pass HTTP/1.1"), path("/pass\u{A0}"),
        method(""), method("GE T"), method("GET /mediate HTTP/1.1\r\nx-a:"), method("GET\r\n"), method("GET\0"),
        method("G\u{E9}T"), method("GET /pass"), method(" GET"), method("GET\t"), method("GET\u{7F}"), method("G:T"),
        method("POST /pass HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET"),
        authority(""), authority("a b"), authority("a\r\nx-a: b"), authority("user@gateway"), authority("a/b"),
        authority("a:port"), authority("a:99999"), authority("[::1"), authority("a?b"),
        authority("a#b"), authority("a\\b"), authority(":80"), authority("a:-1"), authority("[abc]"),
        authority("a\0"), authority("a\tb"), authority("a\u{E9}"), authority("http://a"), authority("a:80:80"),
        authority("a, b"), authority("@a"), authority("a:80 HTTP/1.1"),
        trailers("pseudo-header in a trailer", [(":path", "/x")]),
        trailers("content-length in a trailer", [("content-length", "5")]),
        trailers("transfer-encoding in a trailer", [("transfer-encoding", "chunked")]),
        trailers("upper-case trailer", [("X-A", "b")]),
        trailers("CR LF in a trailer", [("x-a", "b\r\n\r\nGET /pass HTTP/1.1")]),
        trailers("host in a trailer", [("host", "b")]),
        trailers("method in a trailer", [(":method", "GET")]),
        trailers("status in a trailer", [(":status", "200")]),
        trailers("connection in a trailer", [("connection", "close")]),
        trailers("upgrade in a trailer", [("upgrade", "h2c")]),
        trailers("te in a trailer", [("te", "trailers")]),
        trailers("keep-alive in a trailer", [("keep-alive", "1")]),
        trailers("length with an underscore in a trailer", [("content_length", "5")]),
        trailers("coding with an underscore in a trailer", [("transfer_encoding", "chunked")]),
        trailers("NUL in a trailer", [("x-a", "b\0")]),
        trailers("LF in a trailer's name", [("x-a\nx-b", "c")]),
        trailers("space around a trailer", [("x-a", " b")]),
        trailers("colon in a trailer's name", [("x:a", "b")]),
    ]

    /// What is known when the body has come; a partner may have got a part of it, but never a whole request.
    static let late: [Case] = [
        with("body shorter than its length", [("content-length", "5")], body: ["abc"]),
        with("body longer than its length", [("content-length", "3")], body: ["abcdef"]),
        with("body longer, by frames", [("content-length", "3")], body: ["abc", "def"]),
        with("a request behind the body", [("content-length", "3")], body: ["abc", smuggled]),
        with("shorter, by frames", [("content-length", "9")], body: ["abc", "def", ""]),
    ]

    private static func send(_ one: Case, _ stream: UInt32, _ client: FrameClient) -> FrameClient.Answer {
        client.headers(stream, one.fields, ends: one.body == nil)
        let body = one.body ?? []
        for (i, part) in body.enumerated() {
            client.data(stream, part, ends: one.trailers == nil && i == body.count - 1)
        }
        if let trailers = one.trailers { client.headers(stream, trailers) }
        return client.answer(stream)
    }

    @Test func malformedRequestsReachNobody() async throws {
        #expect(Self.cases.count >= 190)
        let partner = try await ScriptedPartner { text, _, _ in
            ScriptedPartner.isWhole(text) ? .send(ok("fine")) : .wait
        }
        let gateway = try await GatewayFixture.startMultiplexed(
            partnerPort: partner.port, authenticator: OpenAuthenticator())
        let port = gateway.port
        let failures = try await onThread {
            var failures: [String] = []
            var client = try FrameClient(port: port)
            for (i, one) in (Self.cases + Self.late).enumerated() {
                if i > 0, i % 40 == 0 { client = try FrameClient(port: port) }
                let stream = UInt32(i % 40 * 4 + 1)
                let answer = Self.send(one, stream, client)
                let isRefused = answer.status.hasPrefix("4") || answer.status == "501" || answer.resetCode != nil
                if !isRefused { failures.append("\(one.name): \(answer)") }
                let next = client.call(stream + 2, FrameClient.request())
                if next.text != "fine" {
                    failures.append(
                        "\(one.name): the connection is broken: \(next), \(String(describing: client.goAway))")
                    client = try FrameClient(port: port)
                }
            }
            return failures
        }
        for failure in failures { Issue.record("\(failure)") }
        let whole = partner.requests
        let count = Self.cases.count + Self.late.count
        #expect(whole.allSatisfy { $0.hasPrefix("GET /pass HTTP/1.1\r\n") && ScriptedPartner.isWhole($0) })
        #expect(whole.count == count)
        print("http2 strictness, requests: \(count - failures.count)/\(count)")
        #expect(await gateway.settles())
        #expect(gateway.log.all.count == 2 * count)
        await gateway.stop()
        await partner.stop()
    }

    /// What HTTP/2 itself forbids is an error of the stream, which an answer may go before, and not the end of an exchange
    /// (RFC 9113, section 8.1.1).
    @Test func malformedRequestsAreErrorsOfTheirStream() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(
            partnerPort: partner.port, authenticator: OpenAuthenticator())
        let port = gateway.port
        let cases = [
            Self.with("connection", [("connection", "close")]), Self.with("name", [("X-A", "b")]),
            Self.with("te", [("te", "gzip")]), Self.with("value", [("x-a", "b\n")]), Self.path(""),
            Self.pseudo("no path", (":method", "GET"), (":scheme", "http"), (":authority", "a")),
            Self.with("short", [("content-length", "5")], body: ["abc"]),
            Self.with("long", [("content-length", "1")], body: ["abc"]), Self.trailers("trailer", [(":path", "/")]),
            Case(name: "HEAD", fields: FrameClient.request("HEAD", "/pass", [("connection", "close")])),
        ]
        try await onThread {
            let client = try FrameClient(port: port)
            for (i, one) in cases.enumerated() {
                _ = Self.send(one, UInt32(2 * i + 1), client)
                client.pump { $0.answers[UInt32(2 * i + 1)]?.resetCode != nil }
                let answer = client.answers[UInt32(2 * i + 1)]
                #expect(answer?.resetCode == 1, "\(one.name)")
                #expect(answer?.hasEnded == false, "\(one.name)")
                #expect(answer?.status == "400" || answer?.status == "", "\(one.name)")
                if one.name == "HEAD" { #expect(answer?.body == []) }
            }
        }
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }

    /// A client that sends nothing but malformed requests makes no more work than they are worth.
    @Test func aClientOfFaultsIsSentAway() async throws {
        let partner = try await ScriptedPartner(ScriptedPartner.always(ok("fine")))
        let gateway = try await GatewayFixture.startMultiplexed(partnerPort: partner.port)
        let port = gateway.port
        try await onThread {
            let client = try FrameClient(port: port)
            for i in 0..<300 where client.goAway == nil && !client.isClosed {
                let fields = FrameClient.request("GET", "/pass", [("connection", "x")])
                client.headers(UInt32(2 * i + 1), fields)
                client.pump { $0.answers[UInt32(2 * i + 1)]?.isOver == true || $0.goAway != nil }
            }
            #expect(client.answers.values.filter { $0.status == "400" }.count >= 100)
            #expect(client.ends())
            #expect(client.goAway?.code == 11)
        }
        #expect(partner.connections == 0)
        #expect(await gateway.settles())
        await gateway.stop()
        await partner.stop()
    }
}

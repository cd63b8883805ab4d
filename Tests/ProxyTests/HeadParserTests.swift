import RouteGraph
import Testing

@testable import Proxy

@Suite struct HeadParserTests {
    static func parse(
        _ bytes: [UInt8], _ kind: HeadParser.Kind = .request, split: Int? = nil, into head: MessageHead = MessageHead()
    ) -> HeadParser.Result {
        var parser = HeadParser()
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .needMore }
            if let split {
                let first = parser.parse(base, split, kind, limits: HeadLimits(), into: head)
                if first != .needMore { return first }
            }
            return parser.parse(base, buffer.count, kind, limits: HeadLimits(), into: head)
        }
    }

    static func name(_ result: HeadParser.Result) -> String {
        switch result {
        case .needMore: "needMore"
        case .complete: "complete"
        case .refused(let error): "\(error)"
        }
    }

    static let refused = RequestCase.refusedStartLines + RequestCase.refusedFields + RequestCase.smuggling

    @Test func countOfCases() {
        #expect(Self.refused.count + RequestCase.accepted.count + ResponseCase.all.count >= 150)
    }

    @Test(arguments: RequestCase.accepted) func accepts(_ request: RequestCase) {
        #expect(Self.parse(request.bytes) == .complete(consumed: request.bytes.count))
    }

    @Test(arguments: refused) func refuses(_ request: RequestCase) {
        let expected = request.refusedAs?.split(separator: "|").map(String.init) ?? []
        #expect(expected.contains(Self.name(Self.parse(request.bytes))))
    }

    /// However the bytes are cut, the verdict is the same.
    @Test(arguments: RequestCase.accepted) func cutsDoNotMatter(_ request: RequestCase) {
        for split in 1..<request.bytes.count {
            #expect(Self.parse(request.bytes, split: split) == .complete(consumed: request.bytes.count))
        }
    }

    @Test(arguments: refused.filter { $0.bytes.count < 2000 }) func refusalsDoNotDependOnCuts(_ request: RequestCase) {
        for split in 1..<request.bytes.count {
            if case .refused = Self.parse(request.bytes, split: split) { continue }
            Issue.record("accepted when cut at \(split)")
        }
    }

    /// Eight bytes at a time and one by one find the same end, for every byte at every place.
    @Test func tokensEndWhereTheirBytesSay() {
        for place in 0..<20 {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array("Content-Length-abcdefg".utf8)
                bytes[place] = byte
                let expected = bytes.firstIndex { !ByteClasses.isToken($0) } ?? bytes.count
                let end = bytes.withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.map { ByteClasses.tokenEnd($0, from: 0, to: buffer.count) }
                }
                #expect(end == expected)
            }
        }
    }

    @Test func fieldsAreSlices() throws {
        let head = MessageHead()
        let text =
            "\r\nPOST /a/b?c=d HTTP/1.1\r\nHost: h\r\nX-API-Key:  secret \r\nConnection: close, X-Odd\r\nContent-Length: 5\r\n\r\n"
        #expect(Self.parse(Array(text.utf8), into: head) == .complete(consumed: text.utf8.count))
        #expect(head.method == .post)
        #expect(String(decoding: head.path, as: UTF8.self) == "/a/b")
        #expect(String(decoding: head.query, as: UTF8.self) == "c=d")
        let key = try #require(head.value(of: .apiKey))
        #expect(String(decoding: key, as: UTF8.self) == "secret")
        #expect(head.framing == .length(5))
        #expect(!head.keepAlive)
        #expect(head.hasConnectionOptions)
    }

    @Test func absoluteFormLeavesThePath() {
        let head = MessageHead()
        _ = Self.parse(Array("GET http://other:81/x/y?z HTTP/1.1\r\nHost: Other:81\r\n\r\n".utf8), into: head)
        #expect(String(decoding: head.path, as: UTF8.self) == "/x/y")
        #expect(String(decoding: head.query, as: UTF8.self) == "z")
        let bare = MessageHead()
        _ = Self.parse(Array("GET http://[::1]?z HTTP/1.1\r\nHost: [::1]\r\n\r\n".utf8), into: bare)
        #expect(String(decoding: bare.path, as: UTF8.self) == "/")
        #expect(String(decoding: bare.query, as: UTF8.self) == "z")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false),
        ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
    ]) func persistence(_ text: String, _ persists: Bool) {
        let head = MessageHead()
        _ = Self.parse(Array(text.utf8), into: head)
        #expect(head.keepAlive == persists)
    }

    @Test(arguments: ResponseCase.all) func responses(_ response: ResponseCase) {
        let head = MessageHead()
        let result = Self.parse(Array(response.text.utf8), .response(toHead: response.toHead), into: head)
        switch response.expected {
        case .framing(let framing):
            #expect(result == .complete(consumed: response.text.utf8.count))
            #expect(head.framing == framing)
        case .refused(let name):
            #expect(Self.name(result) == name)
        }
    }
}

struct ResponseCase: Sendable, CustomTestStringConvertible {
    enum Expected: Sendable {
        case framing(BodyFraming)
        case refused(String)
    }

    var text: String
    var toHead = false
    var expected: Expected

    init(_ text: String, toHead: Bool = false, _ expected: Expected) {
        self.text = text + "\r\n\r\n"
        self.toHead = toHead
        self.expected = expected
    }

    var testDescription: String { text.replacing("\r\n", with: "⏎") }

    static let all: [ResponseCase] = [
        ResponseCase("HTTP/1.1 200 OK", .framing(.untilClose)),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 7", .framing(.length(7))),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 0", .framing(.length(0))),
        ResponseCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", .framing(.chunked)),
        ResponseCase("HTTP/1.1 200", .framing(.untilClose)),
        ResponseCase("HTTP/1.1 200 ", .framing(.untilClose)),
        ResponseCase("HTTP/1.0 200 OK\r\nContent-Length: 1", .framing(.length(1))),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 7", toHead: true, .framing(.none)),
        ResponseCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", toHead: true, .framing(.none)),
        ResponseCase("HTTP/1.1 204 No Content", .framing(.none)),
        ResponseCase("HTTP/1.1 204 No Content\r\nContent-Length: 0", .framing(.none)),
        ResponseCase("HTTP/1.1 304 Not Modified\r\nContent-Length: 100", .framing(.none)),
        ResponseCase("HTTP/1.1 100 Continue", .framing(.none)),
        ResponseCase("HTTP/1.1 103 Early Hints\r\nLink: </a>", .framing(.none)),
        ResponseCase("HTTP/1.1 599 Odd", .framing(.untilClose)),
        ResponseCase("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x", .refused("switchingProtocols")),
        ResponseCase("HTTP/1.1 204 No Content\r\nContent-Length: 3", .refused("bodyNotAllowed")),
        ResponseCase("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked", .refused("bodyNotAllowed")),
        ResponseCase("HTTP/1.1 100 Continue\r\nContent-Length: 3", .refused("bodyNotAllowed")),
        ResponseCase("HTTP/1.1 099 Low", .refused("badStatus")),
        ResponseCase("HTTP/1.1 600 High", .refused("badStatus")),
        ResponseCase("HTTP/1.1 20 OK", .refused("badStatus")),
        ResponseCase("HTTP/1.1 2000 OK", .refused("badStatus")),
        ResponseCase("HTTP/1.1  200 OK", .refused("badStatus")),
        ResponseCase("HTTP/2.0 200 OK", .refused("unsupportedVersion")),
        ResponseCase("ICY 200 OK\r\n", .refused("badStatus")),
        ResponseCase("HTTP/1.1 200 O\u{1}K", .refused("badStatus")),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1", .refused("repeatedLength")),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 1,1", .refused("badLength")),
        ResponseCase(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", .refused("lengthAndTransferCoding")),
        ResponseCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", .refused("transferCoding")),
        ResponseCase("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked", .refused("transferCodingInVersion10")),
        ResponseCase("HTTP/1.1 200 OK\r\nX: a\r\n b", .refused("foldedLine")),
        ResponseCase("HTTP/1.1 200 OK\r\nX : a", .refused("spaceBeforeColon")),
        ResponseCase("\r\nHTTP/1.1 200 OK", .refused("emptyStartLine")),
        ResponseCase("HTTP/1.1 200 OK\nX: a", .refused("bareLineFeed")),
    ]
}

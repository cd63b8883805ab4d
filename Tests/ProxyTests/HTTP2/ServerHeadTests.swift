import NIOCore
import NIOHPACK
import RouteGraph
import Testing

@testable import Proxy

/// Heads of HTTP/2 as heads of HTTP/1.1, and back.
@Suite struct ServerHeadTests {
    private func head(_ fields: [(String, String)], ends: Bool = true) -> String? {
        var head = ServerRequestHead()
        var buffer = ByteBuffer()
        return head.write(HPACKHeaders(fields), ends: ends, into: &buffer) == nil ? String(buffer: buffer) : nil
    }

    private let pseudo = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "c:1")]

    @Test func requests() {
        #expect(head(pseudo) == "GET /a?b HTTP/1.1\r\nhost: c:1\r\n\r\n")
        #expect(head(pseudo, ends: false)?.hasSuffix("\r\ntransfer-encoding: chunked\r\n\r\n") == true)
        #expect(head(pseudo + [("host", "C:1"), ("x", "y")]) == "GET /a?b HTTP/1.1\r\nhost: c:1\r\nx: y\r\n\r\n")
        // RFC 9113, section 8.2.3.
        let crumbs = head(pseudo + [("cookie", "a=b"), ("x", "y"), ("cookie", "c=d"), ("cookie", "e=f")])
        #expect(crumbs == "GET /a?b HTTP/1.1\r\nhost: c:1\r\nx: y\r\ncookie: a=b; c=d; e=f\r\n\r\n")
        #expect(head(pseudo + [("content-length", "5")], ends: false)?.contains("chunked") == false)
        #expect(head(pseudo + [("content-length", "5")]) == nil)
    }

    @Test func answers() {
        let head = MessageHead()
        let text = Array(
            "HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nX-Mixed-Case: C\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
                .utf8)
        var parser = HeadParser()
        let result = text.withUnsafeBufferPointer {
            parser.parse($0.baseAddress!, $0.count, .response(toHead: false), limits: HeadLimits(), into: head)
        }
        #expect(result == .complete(consumed: text.count))
        let fields = ServerAnswerHead.fields(head)
        #expect(
            fields.map { "\($0.name): \($0.value)" } == [
                ":status: 404", "content-type: a/b", "x-mixed-case: C", "content-length: 3",
            ])
        let trailers = ServerAnswerHead.trailers(Array("X-A: b\r\nX-C:\td \r\nx-e:\r\n".utf8))
        #expect(trailers.map { "\($0.name): \($0.value)" } == ["x-a: b", "x-c: d", "x-e: "])
    }
}

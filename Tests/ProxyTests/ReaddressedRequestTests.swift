import NIOCore
import RouteGraph
import Testing

@testable import Proxy

@Suite struct ReaddressedRequestTests {
    private func plan(_ host: String, _ basePath: String) -> UpstreamPlan {
        UpstreamPlan(identity: "p", host: host, port: 80, basePath: basePath)
    }

    private func moved(_ request: String, _ from: UpstreamPlan, _ to: UpstreamPlan) -> String? {
        ReaddressedRequest.make(ByteBuffer(string: request), from: from, to: to, adding: "X: 1\r\n").map(
            String.init(buffer:))
    }

    @Test(arguments: [
        ("", "/v2", "/a?b", "/v2/a?b"), ("/v1", "", "/v1/a", "/a"), ("/v1", "/v2", "/v1", "/v2"),
        ("/v1", "", "/v1", "/"),
        ("/v1", "", "/v1?a=/v1", "/?a=/v1"), ("/v1", "/v1", "/v1/v1", "/v1/v1"), ("", "", "/", "/"),
    ])
    func pathAndHostAreThoseOfTheOtherPlace(_ from: String, _ to: String, _ target: String, _ expected: String) {
        let rest = "Content-Length: 3\r\n\r\na\r\n"
        #expect(
            moved("POST \(target) HTTP/1.1\r\nHost: one\r\n\(rest)", plan("one", from), plan("two", to))
                == "POST \(expected) HTTP/1.1\r\nHost: two\r\nX: 1\r\n\(rest)")
    }

    /// What was not written for the place is left alone, instead of being sent somewhere in half.
    @Test(arguments: [
        "", "GET", "GET /v1/a HTTP/1.1", "GET /other HTTP/1.1\r\nHost: one\r\n\r\n",
        "GET /v1 HTTP/1.1\r\nHost: three\r\n\r\n",
        "GET /v1 HTTP/1.1\r\nX: y\r\nHost: one\r\n\r\n",
    ])
    func otherRequestsAreNotMade(_ request: String) {
        #expect(moved(request, plan("one", "/v1"), plan("two", "/v2")) == nil)
    }
}

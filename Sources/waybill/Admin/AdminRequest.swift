import Foundation
import NIOHTTP1

/// A request to the admin address. Its body is of no interest: what it says stands in its path and query.
struct AdminRequest: Sendable {
    var method: HTTPMethod
    var path: String
    /// Names and values as they are meant, in the order of the request.
    var query: [(name: String, value: String)]
    /// The site of the page that asks; only browsers say so.
    var origin: String?
    /// Address and port of who asks, as far as they are known.
    var client: String

    init(_ head: HTTPRequestHead, client: String) {
        method = head.method
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "")
        query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { member in
            let pair = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }
            return (decoded(pair.first ?? ""), pair.count > 1 ? decoded(pair[1]) : "")
        }
        origin = head.headers.first(name: "Origin")
        self.client = client
    }

    /// Why this method is refused, when it is: most pages are only read.
    func refusal(unless allowed: [HTTPMethod]) -> AdminAnswer? {
        guard !allowed.contains(method) else { return nil }
        let names = allowed.map(\.rawValue)
        return AdminAnswer(
            status: .methodNotAllowed, allow: names.joined(separator: ", "),
            body: "{\"error\":\"only \(names.first ?? "") is answered here\"}\n")
    }
}

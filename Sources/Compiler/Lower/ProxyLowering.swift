import Diagnostics
import RouteGraph

/// `proxy:` to the proxy of each place of a partner.
enum ProxyLowering {
    static func run(
        _ endpoint: ParsedEndpoint, _ plan: inout UpstreamPlan, _ blocked: inout Failure?, _ missing: Failure,
        _ context: inout CompileContext
    ) {
        guard let proxy = endpoint.proxy ?? context.proxy, let url = proxy.url?.value else { return }
        var forward = ForwardProxy(host: url.host, port: url.port)
        var isComplete = true
        if let username = proxy.username, let password = proxy.password {
            if let user = context.secret(username), let pass = context.secret(password) {
                forward.authorization = Secret(Array("Basic ".utf8) + Base64.encode(user + [0x3A] + pass))
            } else {
                isComplete = false
            }
        }
        func way(to host: String) -> ForwardProxy? {
            proxy.noProxy.contains { $0.value.matches(host) } ? nil : forward
        }
        plan.proxy = way(to: plan.host)
        if let host = plan.next?.host { plan.next?.proxy = way(to: host) }
        for index in plan.alternatives.indices {
            plan.alternatives[index].proxy = way(to: plan.alternatives[index].host)
        }
        if let http = endpoint.http, http.value == .http2, plan.tls == nil {
            let ways = [plan.proxy] + plan.alternatives.map(\.proxy)
            if ways.contains(where: { $0 != nil }) {
                context.sink.add(
                    Diagnostic(
                        "WB4045", "HTTP/2 without TLS can't go through a proxy", at: http.span,
                        "the proxy hands on requests of HTTP/1.1",
                        secondary: [Label(proxy.url?.span ?? proxy.span, "the proxy on the way")],
                        help: "write `https://` in `url`, name the partner in `no-proxy`, or leave `http` out"))
            }
        }
        if !isComplete, plan.proxy != nil || plan.alternatives.contains(where: { $0.proxy != nil }) {
            blocked = missing
        }
    }
}

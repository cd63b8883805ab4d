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
        for index in plan.alternatives.indices {
            plan.alternatives[index].proxy = way(to: plan.alternatives[index].host)
        }
        if !isComplete, plan.proxy != nil || plan.alternatives.contains(where: { $0.proxy != nil }) {
            blocked = missing
        }
    }
}

import Diagnostics

extension ParsedProxy {
    static let declaration = Block<ParsedProxy>(
        "`proxy`", "The HTTP proxy that connections to partners go through.",
        [
            Key(
                "url", \.url, .url, isRequired: true,
                "Where the proxy is, by `http`. TLS partners are reached by `CONNECT`, others by requests with the whole URL.",
                example: "http://proxy.corp.example:3128"),
            Key(
                "username", \.username, .textOrSecret, "The user name for the proxy (Basic, RFC 7617).",
                example: "waybill"),
            Key(
                "password", \.password, .secret, "The password for the proxy.",
                example: "\"${env:PROXY_PASSWORD}\""),
            Key(
                "no-proxy", \.noProxy, .list(.noProxy),
                "Hosts that are reached without it: names, suffixes with a dot before them, addresses, networks, or `*`. Names are compared as they are written; nothing is looked up.",
                example: "[localhost, .corp.example, 10.0.0.0/8]"),
        ]
    ) { proxy, decoder in
        if let url = proxy.url, url.value.isSecure || !url.value.basePath.isEmpty {
            decoder.sink.add(
                Diagnostic(
                    "WB4018", "this proxy can't be used", at: url.span,
                    url.value.isSecure ? "TLS towards the proxy itself is not supported" : "a proxy has no path",
                    help:
                        "write it like `http://proxy.corp.example:3128`; what goes through to `https` partners is encrypted all the same"
                ))
            return false
        }
        switch (proxy.username, proxy.password) {
        case (let username?, nil):
            decoder.sink.add(.belongTogether("username", "password", at: username.span))
            return false
        case (nil, let password?):
            decoder.sink.add(.belongTogether("password", "username", at: password.span))
            return false
        default: return true
        }
    }
}

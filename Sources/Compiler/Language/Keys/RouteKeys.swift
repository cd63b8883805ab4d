import Diagnostics
import RouteGraph

extension ParsedRoute {
    static let declaration = Block<ParsedRoute>(
        "a route file",
        "One partner: where it is, how it is called, and the operations that consumers may use.",
        [
            Key(
                "partner", \.partner, .newName, isRequired: true,
                "The partner's name: in metrics, audit records and problem details, and as the partner's part of `partner.operation`.",
                example: "acme-bank"),
            Key("title", \.title, .text, "What people call the partner.", example: "Acme Bank, domestic payments"),
            Key("owner", \.owner, .text, "The team to ask.", example: "payments-integration"),
            Key(
                "endpoint", \.endpoint, .block(), isRequired: true, "Where the partner is and how it is called.",
                example: "{ url: https://api.acme-bank.example }"),
            Key(
                "operations", \.operations, .map("operation names", of: .block(), areIdentifiers: true),
                isRequired: true,
                "What consumers may do with the partner.",
                example:
                    "get-balance:\n  accept: GET /accounts/{id}/balance\n  allow: [erp]\n  call: { method: GET, path: \"/v2/balances/{id}\" }"
            ),
        ])
}

extension ParsedEndpoint {
    static let declaration: Block<ParsedEndpoint> = Block(
        "`endpoint`",
        "Where the partner is and how it is called. What stands here holds for all operations of the partner.",
        [
            Key(
                "url", \.places, .places, default: "the one address that `contract` gives",
                "The partner's address. Paths of calls are put behind its path. A list gives several places that answer alike, with weights and failover order.",
                example: "https://api.acme-bank.example/v2"),
            Key(
                "protocol", \.protocol,
                .choice([
                    Choice("http-json", .httpJSON, "JSON over HTTP"),
                    Choice("soap-1.1", .soap11, "SOAP 1.1"),
                    Choice("soap-1.2", .soap12, "SOAP 1.2"),
                    Choice("http-xml", .httpXML, "XML over HTTP"),
                    Choice("http-form", .httpForm, "form fields over HTTP (`application/x-www-form-urlencoded`)"),
                    Choice("graphql", .graphQL, "GraphQL", availability: .notYet),
                    Choice("http-csv", .httpCSV, "CSV over HTTP", availability: .notYet),
                ]),
                default: "http-json", "What the partner speaks.", example: "soap-1.1"),
            Key(
                "http", \.http,
                .choice([
                    Choice(
                        "auto", .automatic,
                        "with `https` HTTP/2 or HTTP/1.1, as the partner picks (ALPN); else HTTP/1.1"),
                    Choice("1.1", .http1, "HTTP/1.1 and nothing else"),
                    Choice(
                        "2", .http2, "HTTP/2 and nothing else; with `http` it is spoken from the first byte on (h2c)"),
                ]),
                default: "auto", "The version of HTTP that the partner is called by.", example: "2"),
            Key(
                "contract", \.contract, .contractPath,
                "The partner's contract: for SOAP its WSDL, for JSON and forms its OpenAPI document. It gives operations, namespaces, order and types of what is written.",
                example: "routes/acme-bank/contracts/payments.wsdl"),
            Key(
                "namespaces", \.namespaces, .map("prefixes", of: .text),
                "Prefixes for targets of mappings, where no contract gives the namespaces.",
                example: "{ pay: \"urn:acme:payments\" }"),
            Key(
                "tls", \.tls, .block(),
                "Certificate and trust towards the partner. Without it, `https` uses the system's authorities and no certificate of our own.",
                example: "certificate: certs/acme-bank/client.pem\nkey: certs/acme-bank/client.key"),
            Key(
                "authenticate", \.authenticate, .block(),
                "How we prove ourselves to the partner; several ways may combine.",
                example: "{ basic: { username: waybill, password: \"${env:ACME_PASSWORD}\" } }"),
            Key(
                "timeout", \.timeout, .block(), "How long a call may take.",
                example: "{ connect: 1s, response: 5s, total: 8s }"),
            Key(
                "connections", \.connections, .block(), "How many connections to the partner are kept.",
                example: "{ max: 64, idle: 60s }"),
            Key(
                "proxy", \.proxy, .block(), default: "that of the gateway's settings",
                "The HTTP proxy on the way to the partner.",
                example: "{ url: \"http://proxy.corp.example:3128\", no-proxy: [.corp.example] }"),
            Key(
                "retry", \.retry, .block(), "Which failed calls are made again, and how often.",
                example: "{ attempts: 3, backoff: 100ms..2s, for: [connect, timeout, 502, 503, 504], budget: 20% }"),
            Key(
                "circuit-breaker", \.circuitBreaker, .block(), "When a failing partner is left alone for a while.",
                example: "{ failures: 50%, of: 20, within: 10s, open-for: 15s }"),
            Key(
                "rate-limit", \.rateLimit, .block(), "How many calls in a time the partner gets at most.",
                example: "{ rate: 100/s, burst: 20, wait: 2s }"),
            Key(
                "concurrency", \.concurrency, .block(), "How many calls at once the partner gets at most.",
                example: "{ limit: 32, queue: 100 }"),
            Key(
                "deadline", \.deadline, .block(), default: "that of the gateway's settings",
                "Where consumers say how long they wait.", example: "{ header: X-Request-Timeout }"),
            Key(
                "health", \.health, .block(), "Asks each of several places whether it works.",
                example: "{ path: /health, interval: 10s, healthy: 2, unhealthy: 3 }"),
            Key(
                "outliers", \.outliers, .block(), "When one of several places is left out, because calls to it fail.",
                example: "{ failures: 5, eject-for: 30s, most: 50% }"),
            Key(
                "next", \.next, .block(),
                "The partner's new version: a share of the calls, or copies of them, go there.",
                example: "{ url: https://v2.acme-bank.example/v2, split: 5%, by: consumer.name }"),
        ]
    ) { endpoint, decoder in
        // What a contract says of addresses is known when it has been read.
        if endpoint.places.isEmpty, endpoint.contract == nil {
            decoder.missing("url", in: ParsedEndpoint.declaration.facts, at: endpoint.span)
            return false
        }
        return true
    }
}

extension ParsedClientTLS {
    static let declaration = Block<ParsedClientTLS>(
        "`endpoint: tls`", "Certificate and trust towards a partner.",
        [
            Key(
                "certificate", \.certificate, .path, "Our certificate with its chain, PEM.",
                example: "certs/acme-bank/client.pem"),
            Key(
                "key", \.key, .keySource, "The private key of the certificate, PEM: a file, or a secret reference.",
                example: "certs/acme-bank/client.key"),
            Key(
                "authority", \.authority, .path, default: "the system's",
                "The authorities that the partner's certificate is checked against, PEM.",
                example: "certs/acme-bank/ca.pem"),
            Key("minimum", \.minimum, .tlsMinimum, default: "1.2", "The least TLS version.", example: "1.3"),
            Key(
                "server-name", \.serverName, .text, default: "the host of `url`",
                "The name that is asked for (SNI) and that the partner's certificate has to hold.",
                example: "payments.acme-bank.example"),
            Key(
                "pins", \.pins, .list(.pin),
                "SHA-256 digests of public keys, one of which has to be in the partner's chain.",
                example: "[sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=]"),
        ]
    ) { tls, decoder in
        switch (tls.certificate, tls.key) {
        case (let certificate?, nil):
            decoder.sink.add(.belongTogether("certificate", "key", at: certificate.span))
            return false
        case (nil, _?):
            decoder.sink.add(.belongTogether("key", "certificate", at: tls.span.firstByte))
            return false
        default: return true
        }
    }
}

extension ValueType where Value == Located<TLSMinimum> {
    static var tlsMinimum: ValueType { .choice([Choice("1.2", .v12, "TLS 1.2"), Choice("1.3", .v13, "TLS 1.3")]) }
}

extension ParsedAuthenticate {
    static let declaration = Block<ParsedAuthenticate>(
        "`authenticate`", "How we prove ourselves to a partner, besides the certificate of `tls`.",
        [
            Key(
                "basic", \.basic, .block(), "User name and password in `Authorization: Basic` (RFC 7617).",
                example: "{ username: waybill, password: \"${env:ACME_PASSWORD}\" }"),
            Key(
                "api-key", \.apiKey, .block(), "A key in a header.",
                example: "{ header: X-Api-Key, value: \"${file:/run/secrets/acme-key}\" }"),
            .later(
                "ws-security", .block(BlockReference { LaterBlocks.wsSecurity }),
                "User name token and time stamp in the SOAP header.",
                example: "{ username: \"waybill\", password: \"${env:ACME_PASSWORD}\", digest: true, timestamp: 5m }"),
            .later(
                "oauth2", .block(BlockReference { LaterBlocks.oauth2 }), "An access token by client credentials.",
                example:
                    "{ token-url: https://id.acme.example/token, client-id: waybill, client-secret: \"${env:ACME_SECRET}\", scopes: [payments] }"
            ),
            .later(
                "hmac", .block(BlockReference { LaterBlocks.hmac }), "A signature over the message in a header.",
                example: "{ header: X-Signature, secret: \"${env:ACME_HMAC}\" }"),
        ])
}

extension ParsedBasicCredentials {
    static let declaration = Block<ParsedBasicCredentials>(
        "`basic`", "User name and password in `Authorization: Basic` (RFC 7617).",
        [
            Key("username", \.username, .textOrSecret, isRequired: true, "The user name.", example: "waybill"),
            Key(
                "password", \.password, .secret, isRequired: true, "The password.", example: "\"${env:ACME_PASSWORD}\""),
        ])
}

extension ParsedAPIKeyCredential {
    static let declaration = Block<ParsedAPIKeyCredential>(
        "`authenticate: api-key`", "A key in a header of every call.",
        [
            Key("header", \.header, .headerName, default: "X-API-Key", "The header's name.", example: "X-Api-Key"),
            Key(
                "value", \.value, .secret, isRequired: true, "The key; text may stand around the reference.",
                example: "\"Bearer ${env:ACME_TOKEN}\""),
        ])
}

extension ParsedTimeout {
    static let declaration = Block<ParsedTimeout>(
        "`timeout`", "How long a call may take.",
        [
            Key(
                "connect", \.connect, .duration, default: "1s", "For a connection and its TLS handshake.", example: "1s"
            ),
            Key(
                "response", \.response, .duration, default: "5s",
                "From the last byte of the request to the head of the answer, and for each silence after it.",
                example: "5s"),
            Key("total", \.total, .duration, default: "8s", "For the whole call.", example: "8s"),
        ]
    ) { timeout, decoder in
        for value in [timeout.connect, timeout.response, timeout.total] {
            guard let value, value.value <= .zero else { continue }
            decoder.sink.add(
                Diagnostic(
                    "WB1107", "a timeout of nothing fails every call", at: value.span, "has to be longer than `0s`",
                    help: "write the time that a call may take, or leave the key out for the default"))
            return false
        }
        return true
    }
}

extension ParsedConnections {
    static let declaration = Block<ParsedConnections>(
        "`connections`", "The connections to a partner.",
        [
            Key(
                "max", \.max, .integer(1...100_000), default: "64", "Connections at most, over the whole process.",
                example: "64"),
            Key("idle", \.idle, .duration, default: "60s", "How long an unused connection is kept.", example: "60s"),
            Key(
                "requests", \.requests, .integer(1...100_000_000), default: "any number",
                "Calls that one connection serves before it is closed.", example: "1000"),
            Key(
                "age", \.age, .duration, default: "any",
                "After this time a connection takes no further call, so that a partner's new address is found.",
                example: "5m"),
            Key(
                "warm", \.warm, .integer(0...10_000), default: "0",
                "Connections that are opened before a call needs them, and again after a loss, over the whole process.",
                example: "4"),
        ])
}

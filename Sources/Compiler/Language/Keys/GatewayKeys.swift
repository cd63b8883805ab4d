import Diagnostics
import RouteGraph

extension ParsedGateway {
    static let declaration = Block<ParsedGateway>(
        "the gateway settings", "What platform teams set for the whole gateway. Every key may be left out.",
        [
            Key(
                "listen", \.listen, .list(.block()), default: "[ { address: 127.0.0.1:8080 } ]",
                "The addresses that consumers call.",
                example: "[ { address: 0.0.0.0:8080 } ]"),
            Key(
                "admin", \.admin, .block(), "The address of health, readiness, metrics and reload state.",
                example: "{ address: 127.0.0.1:9090 }"),
            Key(
                "limits", \.limits, .block(), "What one call or connection may use at most.",
                example: "{ header: 16KiB, body: 1MiB, connections: 10000, depth: 64 }"),
            Key("audit", \.audit, .block(), "The audit trail.", example: "{ file: { path: audit/, rotate: 256MiB } }"),
            Key(
                "store", \.store, .block(), "Where answers are kept for `idempotency`.",
                example: "{ path: state/, size: 256MiB }"),
            Key(
                "reload", \.reload, .block(), "When changed files are taken over.",
                example: "{ watch: true, debounce: 100ms }"),
            Key(
                "deadline", \.deadline, .block(), "Where consumers say how long they wait, for all partners.",
                example: "{ header: X-Request-Timeout }"),
            Key(
                "dns", \.dns, .block(), "How partners' names are looked up, and for how long answers count.",
                example: "{ servers: [10.0.0.53], ttl: { min: 5s, max: 5m } }"),
            Key(
                "proxy", \.proxy, .block(), "The HTTP proxy on the way to all partners that name none themselves.",
                example: "{ url: \"http://proxy.corp.example:3128\", no-proxy: [localhost, .corp.example, 10.0.0.0/8] }"
            ),
        ])
}

extension ParsedListener {
    static let declaration = Block<ParsedListener>(
        "a listener", "An address that consumers call.",
        [
            Key(
                "address", \.address, .address, isRequired: true, "Host and port; port 0 takes a free one.",
                example: "0.0.0.0:8443"),
            Key(
                "tls", \.tls, .block(), "Makes it a TLS listener.",
                example: "{ certificate: certs/gateway/server.pem, key: certs/gateway/server.key }"),
            Key(
                "http", \.http,
                .choice([
                    Choice("auto", .auto, "both: negotiated with TLS (ALPN), told by the first bytes without"),
                    Choice("1.1", .http1, "HTTP/1.1 alone"),
                    Choice("2", .http2, "HTTP/2 alone; without TLS by prior knowledge (h2c)"),
                ]),
                default: "auto with tls, else 1.1", "The versions of HTTP that consumers may speak.",
                example: "auto"),
        ])
}

extension ParsedServerTLS {
    static let declaration = Block<ParsedServerTLS>(
        "`tls` of a listener", "TLS towards consumers.",
        [
            Key(
                "certificate", \.certificate, .path, isRequired: true, "The gateway's certificate with its chain, PEM.",
                example: "certs/gateway/server.pem"),
            Key(
                "key", \.key, .keySource, isRequired: true,
                "The certificate's private key, PEM: a file, or a secret reference.",
                example: "certs/gateway/server.key"),
            Key(
                "client-authority", \.clientAuthority, .path,
                "The authorities that client certificates are checked against, PEM. Without it none is asked for.",
                example: "certs/gateway/clients.pem"),
            Key(
                "client-certificate", \.clientCertificate,
                .choice([
                    Choice("optional", .optional, "consumers may also come with a key"),
                    Choice("required", .required, "no connection without one"),
                ]),
                default: "optional", "Whether a client certificate has to be there.", example: "required"),
            Key("minimum", \.minimum, .tlsMinimum, default: "1.2", "The least TLS version.", example: "1.3"),
        ]
    ) { tls, decoder in
        guard let certificate = tls.clientCertificate, tls.clientAuthority == nil else { return true }
        decoder.sink.add(.belongTogether("client-certificate", "client-authority", at: certificate.span))
        return false
    }
}

extension ParsedAdmin {
    static let declaration = Block<ParsedAdmin>(
        "`admin`", "The address of health, readiness, metrics and reload state.",
        [
            Key(
                "address", \.address, .address, isRequired: true, "Host and port; keep it off public networks.",
                example: "127.0.0.1:9090")
        ])
}

extension ParsedLimits {
    static let declaration = Block<ParsedLimits>(
        "`limits`", "What one call or connection may use at most.",
        [
            Key(
                "header", \.header, .size, default: "16KiB", "Bytes of a request's head, at most `1MiB`.",
                example: "16KiB"),
            Key(
                "body", \.body, .size, default: "1MiB", "Bytes of a body that is read whole, at most `1GiB`.",
                example: "1MiB"),
            Key(
                "connections", \.connections, .integer(1...10_000_000), default: "10000",
                "Connections of consumers; more are answered with 503 and `Retry-After`.",
                example: "10000"),
            Key(
                "calls", \.calls, .integer(1...10_000_000), default: "10000",
                "Calls under way; more are answered with 503 and `Retry-After`.", example: "10000"),
            Key(
                "streams", \.streams, .integer(1...10_000), default: "100",
                "Calls that one connection of HTTP/2 may have under way.", example: "100"),
            Key(
                "minimum-rate", \.minimumRate, .size, default: "256B",
                "Bytes a second that a consumer has to send of a body, or take of an answer, at least; 0 asks for none. `request` comes on top.",
                example: "1KiB"),
            Key(
                "memory", \.memory, .memoryMark, default: "no mark",
                "Memory of the process above which new mediated calls are answered with 503 and `Retry-After`: a size, or a share of what the process may use.",
                example: "80%"),
            Key("depth", \.depth, .integer(1...512), default: "64", "How deep a document may nest.", example: "64"),
            Key(
                "request", \.request, .duration, default: "30s",
                "For a request's head, and for each silence while its body arrives.",
                example: "30s"),
            Key(
                "idle", \.idle, .duration, default: "60s",
                "How long a consumer's connection may be idle between calls.", example: "60s"),
        ]
    ) { limits, decoder in
        // Messages stand whole in buffers, whose positions have 32 bits.
        for (size, shift, most) in [(limits.header, 20, "1MiB"), (limits.body, 30, "1GiB")] {
            guard let size, size.value > 1 << shift else { continue }
            decoder.sink.add(
                Diagnostic(
                    "WB1107", "a message is read into memory, which has to end somewhere", at: size.span,
                    "can be at most `\(most)`",
                    help: "write what the operations need; bodies that pass through are not read whole"))
            return false
        }
        return true
    }
}

extension ParsedAudit {
    static let declaration = Block<ParsedAudit>(
        "`audit` of the gateway", "The audit trail: one line for each call.",
        [
            Key(
                "file", \.file, .block(), isRequired: true, "The files that records are appended to.",
                example: "{ path: audit/, rotate: 256MiB }"),
            Key(
                "on-failure", \.onFailure,
                .choice([
                    Choice("refuse", .refuse, "calls are refused with 503 until it can be written again"),
                    Choice("continue", .continue, "calls go on; readiness and metrics show it"),
                ]),
                default: "refuse", "What happens to calls when the trail can't be written.", example: "refuse"),
        ])
}

extension ParsedAuditFile {
    static let declaration = Block<ParsedAuditFile>(
        "`audit: file`", "The files that audit records are appended to.",
        [
            Key(
                "path", \.path, .outputPath, isRequired: true, "The folder; it may lie outside of the workspace.",
                example: "audit/"),
            Key(
                "rotate", \.rotate, .size, default: "256MiB", "A new file begins when one has this size.",
                example: "256MiB"),
        ])
}

extension ParsedReload {
    static let declaration = Block<ParsedReload>(
        "`reload`", "When changed files are taken over.",
        [
            Key(
                "watch", \.watch, .boolean, default: "true",
                "Whether the workspace is watched; SIGHUP reloads in any case.",
                example: "true"),
            Key(
                "debounce", \.debounce, .duration, default: "100ms",
                "How long files have to be quiet before they are read.",
                example: "100ms"),
        ])
}

extension ValueType where Value == Located<MemoryMark> {
    /// A size, or a percentage.
    static var memoryMark: ValueType {
        ValueType(.either([.size, .percentage])) { node, decoder in
            decoder.value(node, format: "an amount of memory", help: "write `512MiB`, or a share such as `80%`") {
                text in
                if let percentage = Percentage(text: text) {
                    return percentage.hundredths > 0 ? .percent(percentage.hundredths) : nil
                }
                guard let bytes = Quantity.bytes(text), bytes > 0 else { return nil }
                return .bytes(bytes)
            }
        }
    }
}

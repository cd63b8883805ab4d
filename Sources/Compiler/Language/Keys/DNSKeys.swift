import Diagnostics
import Glibc
import RouteGraph

extension ParsedDNS {
    /// libresolv asks no more.
    static let serverLimit = 3

    static let declaration = Block<ParsedDNS>(
        "`dns` of the gateway", "How partners' names are looked up, and for how long answers count.",
        [
            Key(
                "servers", \.servers, .list(.dnsServer), default: "those of `/etc/resolv.conf`",
                "DNS servers that are asked in place of the system's, by their addresses: at most three, the next one when one does not answer. `/etc/hosts` comes first all the same.",
                example: "[10.0.0.53, \"10.0.0.54:5353\"]"),
            Key(
                "ttl", \.ttl, .block(), "Bounds for the time that an answer counts, which DNS gives with it.",
                example: "{ min: 5s, max: 5m }"),
            Key(
                "stale", \.stale, .duration, default: "1h",
                "How long addresses are used beyond their time while no DNS server answers; `0s` for not at all.",
                example: "30m"),
        ]
    ) { dns, decoder in
        guard dns.servers.count > serverLimit else { return true }
        decoder.sink.add(
            Diagnostic(
                "WB1107", "there are \(dns.servers.count) DNS servers", at: dns.servers[serverLimit].span,
                "at most \(serverLimit) are asked",
                help: "keep the first \(serverLimit), or name a server that asks the others"))
        return false
    }
}

extension ParsedTTL {
    static let declaration = Block<ParsedTTL>(
        "`ttl` of `dns`", "Bounds for the time that an answer of DNS counts.",
        [
            Key(
                "min", \.minimum, .duration, default: "1s",
                "Names are asked for no more often than this.", example: "5s"),
            Key(
                "max", \.maximum, .duration, default: "1h",
                "Names are asked for at least as often as this, while they are in use.", example: "5m"),
        ]
    ) { ttl, decoder in
        guard let minimum = ttl.minimum, let maximum = ttl.maximum, minimum.value > maximum.value else { return true }
        decoder.sink.add(
            Diagnostic(
                "WB4050", "the least time of an answer is longer than the most", at: minimum.span,
                secondary: [Label(maximum.span, "the most")], help: "write `min` no longer than `max`"))
        return false
    }
}

extension ValueType where Value == Located<ParsedAddress> {
    /// An address that needs no DNS itself; the port is 53 where none is written.
    static var dnsServer: ValueType {
        ValueType(.address) { node, decoder in
            decoder.value(
                node, format: "the address of a DNS server",
                help:
                    "write its IP address, and its port where that is not 53: `10.0.0.53`, `\"10.0.0.53:5353\"`, `\"[2001:db8::53]\"`"
            ) { text in
                guard let address = ParsedAddress(Array(text.utf8)[...], defaultPort: 53), address.port > 0 else {
                    return nil
                }
                var four = in_addr()
                var six = in6_addr()
                guard inet_pton(AF_INET, address.host, &four) == 1 || inet_pton(AF_INET6, address.host, &six) == 1
                else {
                    return nil
                }
                return address
            }
        }
    }
}

import Diagnostics
import RouteGraph
import YAML

extension ParsedRetry {
    static let declaration = Block<ParsedRetry>(
        "`retry`",
        "Which failed calls are made again, and how often. A call is made again only where that can do no harm: nothing of it was sent, its method is idempotent (GET, HEAD, PUT, DELETE, OPTIONS), or it carries `idempotency-key`.",
        [
            Key(
                "attempts", \.attempts, .integer(2...10), default: "3", "Attempts at most, the first included.",
                example: "3"),
            Key(
                "backoff", \.backoff, .durationRange, default: "100ms..2s",
                "The least and the greatest pause. It doubles with each attempt, and is drawn by chance between the least and what it has grown to. A partner's `Retry-After` makes it longer.",
                example: "100ms..2s"),
            Key(
                "for", \.causes, .list(.retryCause), default: "[connect, reset, timeout, 502, 503, 504]",
                "What is tried again: `connect`, `tls`, `timeout`, `reset`, `invalid-response`, `proxy`, and HTTP statuses from 400.",
                example: "[connect, timeout, 502, 503, 504]"),
            Key(
                "budget", \.budget, .percentage, default: "20%",
                "How many repetitions there may be for a hundred calls; one in a second is always allowed.",
                example: "20%"),
            Key(
                "idempotency-key", \.idempotencyKey, .headerName,
                "The header by which this partner knows a call that it has had before. A call that carries it may be made again whatever its method.",
                example: "Idempotency-Key"),
        ])
}

extension ValueType where Value == Located<ParsedRetryCause> {
    /// What happens before there is an answer and can be different the next time.
    private static let transports: [TransportFailure] = [.connect, .tls, .timeout, .reset, .invalidResponse, .proxy]

    static var retryCause: ValueType {
        ValueType(.text) { node, decoder in
            decoder.value(
                node, format: "something that can be tried again",
                help:
                    "write \(transports.map { "`\($0.rawValue)`" }.joined(separator: ", ")), or a status from 400: `503`, `5xx`"
            ) { text in
                if let failure = transports.first(where: { $0.rawValue == text }) { return .transport(failure) }
                guard let status = ParsedStatusPattern(text: text), status.range.lowerBound >= 400 else { return nil }
                return .status(status.range)
            }
        }
    }
}

extension ParsedCircuitBreaker {
    static let declaration = Block<ParsedCircuitBreaker>(
        "`circuit-breaker`",
        "When a failing partner is left alone for a while: its calls are then answered at once, by the row `transport: circuit-open` of the error table. Failures are transport failures and answers with 5xx.",
        [
            Key(
                "failures", \.failures, .percentage, default: "50%", "The share of failed calls that opens it.",
                example: "50%"),
            Key(
                "of", \.of, .integer(1...1_000_000), default: "20", "The calls that have to be seen first.",
                example: "20"),
            Key("within", \.within, .duration, default: "10s", "The time that is looked at.", example: "10s"),
            Key(
                "open-for", \.openFor, .duration, default: "15s",
                "How long the partner is left alone. Then one call finds out whether it works again.", example: "15s"),
            Key(
                "slow", \.slow, .duration, "A call that takes longer than this counts as failed.", example: "2s"),
        ]
    ) { breaker, decoder in
        if let failures = breaker.failures, failures.value.hundredths == 0 {
            decoder.sink.add(
                Diagnostic(
                    "WB1107", "a share of `0%` opens the circuit without a failure", at: failures.span,
                    "has to be at least `1%`", help: "write the share of failed calls that is too much, such as `50%`"))
            return false
        }
        return decoder.areLonger([breaker.within, breaker.openFor, breaker.slow])
    }
}

extension NodeDecoder {
    /// Whether times are longer than nothing.
    mutating func areLonger(_ values: [Located<Duration>?]) -> Bool {
        for value in values {
            guard let value, value.value <= .zero else { continue }
            sink.add(
                Diagnostic(
                    "WB1107", "a time of nothing makes no sense here", at: value.span, "has to be longer than `0s`",
                    help: "write a time, or leave the key out for the default"))
            return false
        }
        return true
    }
}

extension ParsedRateLimit {
    static let declaration = Block<ParsedRateLimit>(
        "`rate-limit`",
        "How many calls there may be in a time, over all loops of the gateway. Below `endpoint` it is the partner's, and counts every attempt; below an operation or a consumer, that one's calls.",
        [
            Key("rate", \.rate, .rate, isRequired: true, "Calls per time, evenly spread.", example: "100/s"),
            Key(
                "burst", \.burst, .integer(1...1_000_000), default: "1", "Calls that may come at once.",
                example: "20"),
            Key(
                "wait", \.wait, .duration, default: "0s",
                "How long a call waits for its turn before it is refused with 429. Those who wait are served in turns, consumer by consumer.",
                example: "2s"),
        ])
}

extension ParsedConcurrency {
    static let declaration = Block<ParsedConcurrency>(
        "`concurrency`", "How many calls at once the partner gets, over all loops of the gateway.",
        [
            Key("limit", \.limit, .integer(1...100_000), isRequired: true, "Calls at once.", example: "32"),
            Key(
                "queue", \.queue, .integer(0...1_000_000), default: "0",
                "Calls that may wait, as long as their time allows. Further ones are answered by the row `transport: queue-full`.",
                example: "100"),
            Key(
                "adaptive", \.adaptive, .boolean, default: "false",
                "Finds the limit by the partner's latency, up to `limit`: lower when answers slow down or fail.",
                example: "true"),
        ])
}

extension ParsedDeadline {
    static let declaration = Block<ParsedDeadline>(
        "`deadline`",
        "How long a consumer says that it waits. The less of it and of `timeout: total` counts; then the answer is 504.",
        [
            Key(
                "header", \.header, .headerName, isRequired: true,
                "The header of the consumer's request: milliseconds (`1500`), or a number with a unit as gRPC writes it (`5S`, `200m`).",
                example: "X-Request-Timeout")
        ])
}

extension ParsedPlace {
    static let declaration = Block<ParsedPlace>(
        "a place of a partner", "One of several addresses where the partner answers.",
        [
            Key("url", \.url, .url, isRequired: true, "The address.", example: "https://eu.acme-bank.example/v2"),
            Key(
                "weight", \.weight, .integer(1...1000), default: "1",
                "How often it is called, compared with the others of its priority.", example: "3"),
            Key(
                "priority", \.priority, .integer(0...100), default: "0",
                "Failover order: places with a greater number are called when none with a lesser one works.",
                example: "1"),
        ])
}

extension ValueType where Value == [ParsedPlace] {
    /// One URL, or a list of URLs and of blocks with a URL.
    static var places: ValueType {
        let block = BlockReference { ParsedPlace.declaration.facts }
        return ValueType(.either([.url, .list(.either([.url, .block(block)]))])) { node, decoder in
            guard case .sequence(let items) = node.content else { return place(node, &decoder).map { [$0] } }
            guard !items.isEmpty else {
                decoder.sink.add(.empty("an empty list", key: decoder.key, at: node.span))
                return nil
            }
            let places = items.compactMap { place($0, &decoder) }
            return places.count == items.count ? places : nil
        }
    }

    private static func place(_ node: YAMLNode, _ decoder: inout NodeDecoder) -> ParsedPlace? {
        if case .mapping = node.content {
            guard let place = decoder.block(node, as: ParsedPlace.self), !place.isPoisoned else { return nil }
            return place
        }
        var place = ParsedPlace(span: node.span)
        guard let url = ValueType<Located<ParsedURL>>.url.decode(node, &decoder) else { return nil }
        place.url = url
        return place
    }
}

extension ParsedHealth {
    static let declaration = Block<ParsedHealth>(
        "`health`", "Asks each of several places whether it works; one that does not is left out until it does.",
        [
            Key(
                "path", \.path, .httpPath, isRequired: true,
                "The path, behind that of the URL; a status below 400 is a good answer.", example: "/health"),
            Key("interval", \.interval, .duration, default: "10s", "The time between two questions.", example: "10s"),
            Key("timeout", \.timeout, .duration, default: "2s", "How long the answer may take.", example: "2s"),
            Key(
                "healthy", \.healthy, .integer(1...100), default: "2",
                "Good answers, one after the other, until a place is used again.", example: "2"),
            Key(
                "unhealthy", \.unhealthy, .integer(1...100), default: "3",
                "Bad answers, one after the other, until a place is left out.", example: "3"),
        ]
    ) { health, decoder in
        decoder.areLonger([health.interval, health.timeout])
    }
}

extension ValueType where Value == Located<String> {
    /// A path on a server.
    static var httpPath: ValueType {
        ValueType(.text) { node, decoder in
            decoder.value(node, format: "a path on the server", help: "begin it with `/`, such as `/health`") { text in
                text.utf8.first == 0x2F && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
            }
        }
    }
}

extension ParsedOutliers {
    static let declaration = Block<ParsedOutliers>(
        "`outliers`", "When one of several places is left out for a while, because calls to it fail.",
        [
            Key(
                "failures", \.failures, .integer(1...1000), default: "5",
                "Transport failures and answers with 5xx, one after the other.", example: "5"),
            Key(
                "eject-for", \.ejectFor, .duration, default: "30s",
                "How long the first time; it grows each further time, up to ten times as long.", example: "30s"),
            Key(
                "most", \.most, .percentage, default: "50%", "The share of places that may be left out at once.",
                example: "50%"),
        ]
    ) { outliers, decoder in
        decoder.areLonger([outliers.ejectFor])
    }
}

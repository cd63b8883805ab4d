import Diagnostics

extension ParsedCache {
    static let declaration = Block<ParsedCache>(
        "`cache`",
        "Answers are kept as the consumer gets them, and given again to calls with the same key; only good ones (2xx). Rules, contracts and permissions hold for every call. Consumers never get each other's answers unless `shared: true` says so.",
        [
            Key("ttl", \.ttl, .duration, isRequired: true, "How long an answer is good.", example: "5m"),
            Key(
                "key", \.key, .list(.expression), default: "the whole request",
                "What tells answers apart: expressions over the request. Without it, path, query and body do, and the headers that mappings read. The consumer is always part of it unless `shared: true`.",
                example: "[country]"),
            Key(
                "shared", \.shared, .boolean, default: "false",
                "Whether consumers get each other's answers. Only for data that is the same for all of them.",
                example: "true"),
            Key(
                "size", \.size, .size, default: "16MiB",
                "What the kept answers may take, shared out between the loops; what was not used goes first.",
                example: "64MiB"),
            Key(
                "stale-if-error", \.staleIfError, .duration, default: "0s",
                "How long after its time an answer stands in for a partner that fails: no connection, a timeout, 5xx, an open circuit, a full queue.",
                example: "1h"),
            Key(
                "stale-while-revalidate", \.staleWhileRevalidate, .duration, default: "0s",
                "How long after its time an answer is still given at once, while one call fetches it anew.",
                example: "30s"),
            Key(
                "read-only", \.readOnly, .boolean, default: "false",
                "Says that the call changes nothing at the partner, although its method is not GET or HEAD: a lookup by POST, as with SOAP.",
                example: "true"),
        ]
    ) { cache, decoder in
        guard decoder.areLonger([cache.ttl]) else { return false }
        guard let size = cache.size, size.value < 1 << 16 else { return true }
        decoder.sink.add(
            Diagnostic(
                "WB1107", "a cache of less than `64KiB` makes no sense", at: size.span, "has to be at least `64KiB`",
                help: "write the size that the answers need, such as `16MiB`"))
        return false
    }
}

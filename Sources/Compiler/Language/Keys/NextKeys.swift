import Diagnostics

extension ParsedNext {
    static let declaration = Block<ParsedNext>(
        "`next`",
        "The partner's new version, on trial: a share of the calls goes there (traffic split, canary), or is copied there with the answers ignored and compared (shadow, mirror). It has connections, a circuit and counters of its own. When it can't be reached, or fails five times one after the other, the current version gets its share.",
        [
            Key(
                "url", \.url, .url, isRequired: true,
                "The new version's address. Paths of calls are put behind its path, in place of that of `endpoint: url`.",
                example: "https://v2.acme-bank.example/v2"),
            Key(
                "split", \.split, .share, default: "0%",
                "The share of calls that go to the new version. `0%` turns it off and keeps the rest as it is written.",
                example: "5%"),
            Key(
                "by", \.by, .expression, default: "by chance, call by call",
                "Calls with the same value of this go to the same version, as long as `split` is not made smaller: `consumer.name`, `request.headers.X-Tenant`, a path parameter. The body is not in scope.",
                example: "consumer.name"),
            Key(
                "shadow", \.shadow, .share, default: "0%",
                "The share of the other calls that are sent to the new version as well. Nobody waits for these copies; their answers are compared and thrown away. They carry `Waybill-Shadow: 1`.",
                example: "10%"),
            Key(
                "operations", \.operations, .list(.identifier), default: "all",
                "The operations that the new version serves: only their calls go there or are copied.",
                example: "[get-balance]"),
            Key(
                "unsafe", \.isUnsafe, .boolean, default: "false",
                "Whether calls may be copied that change something at the partner: POST, PUT, PATCH, DELETE, all of SOAP. Only where the new version does nothing real with them: the copy of a payment would be a second payment.",
                example: "true"),
            Key(
                "copies", \.copies, .integer(1...10_000), default: "16",
                "Copies under way at most, over all loops; further ones are not made, and counted.", example: "16"),
            Key(
                "compare", \.compare, .list(.text),
                "Fields of the partner's answer whose difference is counted. The HTTP status is compared in any case.",
                example: "[Result.Code, Amount]"),
            Key(
                "tls", \.tls, .block(), default: "that of the endpoint",
                "Certificate and trust towards the new version.",
                example: "{ authority: certs/acme-bank/ca-v2.pem }"),
            Key(
                "timeout", \.timeout, .block(), default: "that of the endpoint",
                "How long the new version may take. `total` is for copies; a call that goes there has the time of all calls.",
                example: "{ connect: 1s, response: 2s, total: 3s }"),
        ])
}

extension ValueType where Value == Located<Share> {
    static var share: ValueType {
        ValueType(.percentage) { node, decoder in
            decoder.value(
                node, format: "a share of calls", help: "write `5%` or `0.5%`, from `0%` to `100%`", Share.init(text:))
        }
    }
}

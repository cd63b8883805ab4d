import Diagnostics

extension ParsedIdempotency {
    static let declaration = Block<ParsedIdempotency>(
        "`idempotency`",
        "The same key gives the same answer, and one call: a repetition gets the answer of the first call with `Idempotency-Replayed: true`, across restarts too. A repetition has the same consumer, operation, method, path, query and body; with another body it is refused with 422. Needs `store` in `routes/gateway.yaml`.",
        [
            Key(
                "key", \.key, .expression, isRequired: true,
                "Where the key is: `header` for the field `Idempotency-Key`, or an expression over the request. At most 255 characters.",
                example: "header"),
            Key(
                "keep", \.keep, .duration, default: "24h", "How long answers are kept.", example: "24h"),
            Key(
                "required", \.required, .boolean, default: "true",
                "Whether a call without a key is refused with 400. With `false` it is made as if nothing was declared.",
                example: "false"),
            Key(
                "concurrent", \.concurrent,
                .choice([
                    Choice("wait", .wait, "it gets that call's answer, if it comes in its own time"),
                    Choice("reject", .reject, "it is refused with 409"),
                ]),
                default: "wait", "What happens to a repetition while the first call is under way.", example: "reject"),
            Key(
                "on-unknown", \.onUnknown,
                .choice([
                    Choice("refuse", .refuse, "it is refused with 409: somebody has to look"),
                    Choice("retry", .retry, "it is made again: the partner recognises repetitions itself"),
                ]),
                default: "refuse",
                "What happens to a repetition of a call that was sent and had no answer: a timeout, a cut connection, a gateway that was killed.",
                example: "retry"),
        ]
    ) { idempotency, decoder in
        decoder.areLonger([idempotency.keep])
    }
}

extension ParsedStore {
    static let declaration = Block<ParsedStore>(
        "`store` of the gateway",
        "Where answers are kept for `idempotency`: one SQLite file, `answers.db`. It holds answers as they were sent, so keep its folder as safe as the audit trail, on a local disk. A change takes effect at the next start.",
        [
            Key(
                "path", \.path, .outputPath, isRequired: true, "The folder; it may lie outside of the workspace.",
                example: "state/"),
            Key(
                "size", \.size, .size, default: "256MiB",
                "What the file may grow to. When it is full, calls with new keys are refused with 503 until old answers expire.",
                example: "1GiB"),
        ]
    ) { store, decoder in
        guard let size = store.size, size.value < 1 << 20 else { return true }
        decoder.sink.add(
            Diagnostic(
                "WB1107", "a store of less than `1MiB` makes no sense", at: size.span, "has to be at least `1MiB`",
                help: "write the size that answers of `keep` need, such as `256MiB`"))
        return false
    }
}

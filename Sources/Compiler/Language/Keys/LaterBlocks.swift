/// Blocks of keys that the language has and this version does not run: they are documented, and refused where they are used.
enum LaterBlocks {
    static let retry = BlockDeclaration(
        "`retry`", "Which failed calls are made again, and how often.",
        [
            later("attempts", .integer(1...10), "Calls at most, the first included.", "3"),
            later("backoff", .durationRange, "The least and the greatest pause.", "100ms..2s"),
            later(
                "for", .list(.text), "What is tried again: transport failures and HTTP statuses.",
                "[connect, timeout, 503]"),
            later("budget", .percentage, "The share of calls that may be repetitions.", "20%"),
        ])

    static let circuitBreaker = BlockDeclaration(
        "`circuit-breaker`", "When a failing partner is left alone for a while.",
        [
            later("failures", .percentage, "The share of failed calls that opens it.", "50%"),
            later("of", .integer(1...1_000_000), "The calls that have to be seen first.", "20"),
            later("within", .duration, "The time that is looked at.", "10s"),
            later("open-for", .duration, "How long the partner is left alone.", "15s"),
        ])

    static let rateLimit = BlockDeclaration(
        "`rate-limit`", "How many calls in a time the partner gets at most.",
        [
            later("rate", .rate, "Calls per time.", "100/s"),
            later("burst", .integer(1...1_000_000), "Calls that may come at once.", "20"),
            later("wait", .duration, "How long a call waits for its turn before it is refused.", "2s"),
        ])

    static let concurrency = BlockDeclaration(
        "`concurrency`", "How many calls at once the partner gets at most.",
        [
            later("limit", .integer(1...100_000), "Calls at once.", "32"),
            later("queue", .integer(0...1_000_000), "Calls that may wait.", "100"),
        ])

    static let wsSecurity = BlockDeclaration(
        "`ws-security`", "User name token and time stamp in the SOAP header.",
        [
            later("username", .text, "The user name.", "\"waybill\""),
            later("password", .secret, "The password.", "\"${env:ACME_PASSWORD}\""),
            later("digest", .boolean, "Sends a digest in place of the password.", "true"),
            later("timestamp", .duration, "How long the message is valid.", "5m"),
        ])

    static let oauth2 = BlockDeclaration(
        "`oauth2`", "An access token by client credentials.",
        [
            later("token-url", .url, "Where tokens are given out.", "https://id.acme.example/token"),
            later("client-id", .text, "Our name there.", "waybill"),
            later("client-secret", .secret, "Our secret there.", "\"${env:ACME_SECRET}\""),
            later("scopes", .list(.text), "What the token is for.", "[payments]"),
        ])

    static let hmac = BlockDeclaration(
        "`hmac`", "A signature over the message in a header.",
        [
            later("header", .text, "The header's name.", "X-Signature"),
            later("secret", .secret, "The shared secret.", "\"${env:ACME_HMAC}\""),
        ])

    static let step = BlockDeclaration(
        "a step", "Another operation whose result is a value in scope.",
        [
            later("call", .text, "`partner.operation`.", "crm.get-customer"),
            later("with", .map(keys: "fields", .expression), "What it is called with.", "{ id: debtor.customerId }"),
        ])

    static let idempotency = BlockDeclaration(
        "`idempotency`", "The same key gives the same answer, and one call.",
        [
            later("key", .expression, "Where the key is.", "header"),
            later("keep", .duration, "How long answers are kept.", "24h"),
        ])

    static let cache = BlockDeclaration(
        "`cache`", "Keeps the partner's answers.",
        [
            later("ttl", .duration, "How long an answer is good.", "5m"),
            later("key", .list(.expression), "What tells answers apart.", "[country]"),
            later("stale-if-error", .duration, "How long an old answer may stand in for a failing partner.", "1h"),
        ])

    static let jwt = BlockDeclaration(
        "`jwt`", "A signed token.",
        [
            later("issuer", .text, "Who signs.", "\"https://id.corp.example\""),
            later("audience", .text, "Whom it is for.", "waybill"),
            later("jwks", .url, "Where the keys are.", "\"https://id.corp.example/keys\""),
            later("claims", .map(keys: "claims", .text), "What it has to say.", "{ dept: \"sales\" }"),
        ])

    private static func later(_ name: String, _ kind: ValueKind, _ summary: String, _ example: String) -> KeyDeclaration
    {
        KeyDeclaration(name, kind, summary, example: example, availability: .notYet)
    }
}

/// Blocks of keys that the language has and this version does not run: they are documented, and refused where they are used.
enum LaterBlocks {
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

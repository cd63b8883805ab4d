import Diagnostics

extension ParsedTests {
    static let declaration = Block<ParsedTests>(
        "a test file", "Examples that must hold.",
        [
            Key(
                "tests", \.tests, .list(.block()), isRequired: true, "The examples.",
                example: "- name: a card in order\n  call: authorize-payment")
        ])
}

extension ParsedTest {
    static let declaration = Block<ParsedTest>(
        "an example", "One example: what is sent, what the partner gets and answers, and what comes out.",
        [
            Key("name", \.name, .text, isRequired: true, "What it shows.", example: "a card in order"),
            Key("call", \.call, .text, isRequired: true, "The operation.", example: "authorize-payment"),
            Key("as", \.as, .identifier, "The consumer that calls.", example: "erp"),
            Key(
                "send", \.send, .block(), "What the consumer sends.",
                example: "{ path: { paymentId: \"P-1\" }, body: { amount: { value: 12.50, currency: EUR } } }"),
            Key(
                "partner", \.partner, .block(), "What the partner gets and answers.",
                example: "{ expects: { Amount: 12.50 }, replies: { status: 200, body: { Result: { Code: \"00\" } } } }"),
            Key(
                "expect", \.expect, .block(), "What the consumer gets: the fields that are written here.",
                example: "{ status: 201, body: { state: \"authorized\" } }"),
        ])
}

extension ParsedTestRequest {
    static let declaration = Block<ParsedTestRequest>(
        "`send`", "What a consumer sends.",
        [
            Key(
                "path", \.path, .map("parameters", of: .text), "The parameters of the path.",
                example: "{ paymentId: \"P-1\" }"),
            Key("query", \.query, .map("parameters", of: .text), "The query.", example: "{ expand: \"all\" }"),
            Key("headers", \.headers, .map("header names", of: .text), "Headers.", example: "{ X-Branch: \"12\" }"),
            Key(
                "body", \.body, .document, "The body, as YAML.", example: "{ amount: { value: 12.50, currency: EUR } }"),
            Key(
                "body-file", \.bodyFile, .path, "A file with the body.", example: "routes/acme-bank/examples/order.json"
            ),
        ]
    ) { $0.body == nil || $0.bodyFile == nil || $1.twoBodies($0.bodyFile?.span) }
}

extension ParsedTestPartner {
    static let declaration = Block<ParsedTestPartner>(
        "`partner` of an example", "The partner's part of an example.",
        [
            Key(
                "expects", \.expects, .document, "What the partner has to get: the fields that are written here.",
                example: "{ Amount: 12.50 }"),
            Key(
                "replies", \.replies, .block(), "What the partner answers; `waybill mock` gives the same answer.",
                example: "{ status: 200, body: { Result: { Code: \"00\" } } }"),
        ])
}

extension ParsedTestAnswer {
    static let declaration = Block<ParsedTestAnswer>(
        "an answer", "An answer: the partner's in `replies`, the consumer's in `expect`.",
        [
            Key("status", \.status, .integer(100...599), default: "200", "The HTTP status.", example: "200"),
            Key("headers", \.headers, .map("header names", of: .text), "Headers.", example: "{ Retry-After: \"5\" }"),
            Key("body", \.body, .document, "The body, as YAML.", example: "{ state: \"authorized\" }"),
            Key(
                "body-file", \.bodyFile, .path, "A file with the body.",
                example: "routes/acme-bank/examples/authorized.json"),
        ]
    ) { $0.body == nil || $0.bodyFile == nil || $1.twoBodies($0.bodyFile?.span) }
}

extension NodeDecoder {
    fileprivate mutating func twoBodies(_ file: SourceSpan?) -> Bool {
        sink.add(
            Diagnostic(
                "WB1117", "`body` and `body-file` exclude each other", at: file, "a second body",
                help: "keep one of the two"))
        return false
    }
}

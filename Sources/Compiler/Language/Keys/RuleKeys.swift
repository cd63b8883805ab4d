import Diagnostics
import RouteGraph

extension ParsedRules {
    static let declaration = Block<ParsedRules>(
        "a rules file", "When requests are refused, in the order of the file; the first rule that holds decides.",
        [
            Key(
                "rules", \.rules, .list(.block()), isRequired: true, "The rules.",
                example:
                    "- name: SEPA limit\n  when: amount.value > 15000\n  reject: { status: 422, code: amount-over-limit }"
            )
        ])
}

extension ParsedRule {
    static let declaration = Block<ParsedRule>(
        "a rule", "One rule.",
        [
            Key(
                "name", \.name, .text, isRequired: true, "What it is about, for audit and coverage.",
                example: "SEPA limit"),
            Key(
                "when", \.when, .expression, isRequired: true, "The request is refused when this holds.",
                example: "amount.currency = \"EUR\" and amount.value > 15000"),
            Key(
                "reject", \.reject, .block(), isRequired: true, "What the consumer is told.",
                example: "{ status: 422, code: amount-over-limit, detail: \"SEPA payments are limited to 15 000 EUR\" }"
            ),
        ])
}

extension ParsedRejection {
    static let declaration = Block<ParsedRejection>(
        "`reject`", "What the consumer of a refused request is told.",
        [
            Key("status", \.status, .integer(400...599), default: "422", "The HTTP status.", example: "422"),
            Key(
                "code", \.code, .identifier, isRequired: true, "The stable code of the problem.",
                example: "amount-over-limit"),
            Key(
                "retry", \.retry, .retryAdvice, default: "never", "Whether the consumer may send the call again.",
                example: "never"),
            Key(
                "title", \.title, .expression, default: "the rule's name", "A short title.",
                example: "\"Amount over the limit\""),
            Key(
                "detail", \.detail, .expression, "What happened this time.",
                example: "\"SEPA payments are limited to 15 000 EUR\""),
        ])
}

extension ParsedErrorTable {
    static let declaration = Block<ParsedErrorTable>(
        "an error table",
        "What consumers are told when a partner fails. The first row that matches decides; the last is `otherwise`.",
        [
            Key(
                "partner-code", \.partnerCode, .expression,
                "Where the partner puts its own code; it decides whether a 200 is an error.", example: "Result.Code"),
            Key("success", \.success, .oneOrMore(.text), "The partner codes that are no errors.", example: "[\"00\"]"),
            Key(
                "errors", \.errors, .list(.block()), isRequired: true, "The rows.",
                example:
                    "- { http: 5xx, status: 502, code: partner-unavailable, retry: safe }\n- { otherwise: true, status: 502, code: partner-error }"
            ),
        ])
}

extension ParsedErrorRow {
    static let declaration = Block<ParsedErrorRow>(
        "an error row", "One row. It matches when all of its conditions do.",
        [
            Key(
                "fault", \.fault, .oneOrMore(.text), "SOAP fault codes without their prefix; `*` stands for any text.",
                example: "\"Client.Auth*\""),
            Key("partner", \.partner, .oneOrMore(.text), "Codes of the partner.", example: "[\"51\", \"61\"]"),
            Key("http", \.http, .oneOrMore(.statusPattern), "HTTP statuses of the partner's answer.", example: "5xx"),
            Key(
                "transport", \.transport, .oneOrMore(.transportFailure), "What happened before there was an answer.",
                example: "timeout"),
            Key(
                "when", \.when, .expression, "Holds for the partner's answer.",
                example: "Result.Code = \"05\" and amount.value > 1000"),
            Key("otherwise", \.otherwise, .boolean, "Whatever no row before matched: the last row.", example: "true"),
            Key(
                "status", \.status, .integer(400...599), isRequired: true, "The HTTP status that the consumer gets.",
                example: "502"),
            Key(
                "code", \.code, .identifier, isRequired: true, "The stable code of the problem.",
                example: "partner-unavailable"),
            Key(
                "category", \.category, .failureCategory,
                default: "`partner`, or `transport` and `timeout` for a `transport` row",
                "The kind of problem.", example: "partner"),
            Key(
                "retry", \.retry, .retryAdvice, default: "never", "Whether the consumer may send the call again.",
                example: "later"),
            Key("title", \.title, .expression, "A short title.", example: "\"Partner rejected our credentials\""),
            Key("detail", \.detail, .expression, "What happened this time.", example: "Result.Text"),
        ]
    ) { row, decoder in
        let conditions =
            !row.fault.isEmpty || !row.partner.isEmpty || !row.http.isEmpty || !row.transport.isEmpty || row.when != nil
        if let otherwise = row.otherwise {
            if conditions || !otherwise.value {
                decoder.sink.add(.otherwiseWithConditions(otherwise))
                return false
            }
            return true
        }
        if !conditions {
            decoder.sink.add(.rowWithoutCondition(at: row.code?.span ?? row.span.firstByte))
            return false
        }
        return true
    }
}

extension ValueType where Value == Located<RetryAdvice> {
    static var retryAdvice: ValueType {
        .choice([
            Choice("never", .never, "the same call fails again"),
            Choice("later", .later, "not done, may work later"),
            Choice("safe", .safe, "may be sent again at once, if the operation allows it"),
        ])
    }
}

extension ValueType where Value == Located<TransportFailure> {
    static var transportFailure: ValueType {
        .choice(TransportFailure.allCases.map { Choice($0.rawValue, $0) })
    }
}

extension ValueType where Value == Located<FailureCategory> {
    static var failureCategory: ValueType {
        .choice(FailureCategory.allCases.map { Choice($0.rawValue, $0) })
    }
}

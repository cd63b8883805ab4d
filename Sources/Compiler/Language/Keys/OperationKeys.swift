import Diagnostics

extension ParsedOperation {
    static let declaration = Block<ParsedOperation>(
        "an operation",
        "One operation. Without `map`, bodies pass through untouched and are streamed; without `contract`, nothing is validated.",
        [
            Key(
                "summary", \.summary, .text, "What it does, in a sentence.",
                example: "Reserve funds on the debtor's account"),
            Key(
                "accept", \.accept, .accept, isRequired: true,
                "Where consumers call it: a method and a path. `{name}` stands for one part of the path and is in scope of expressions. Or the keys of a SOAP facade.",
                example: "POST /payments/{paymentId}/authorization"),
            Key(
                "allow", \.allow, .list(.identifier), isRequired: true,
                "The consumers that may call it; nobody else may.",
                example: "[erp, billing]"),
            Key(
                "request", \.request, .block(), "What is done with the consumer's request.",
                example: "{ map: mappings/acme-bank/authorize.request.map.yaml }"),
            Key("call", \.call, .block(), "What is called at the partner.", example: "{ operation: AuthorizePayment }"),
            Key(
                "response", \.response, .block(), "What is done with the partner's answer.",
                example: "{ map: mappings/acme-bank/authorize.response.map.yaml }"),
            Key("errors", \.errors, .path, "The error table.", example: "mappings/acme-bank/errors.yaml"),
            Key(
                "audit", \.audit, .block(), "What the audit record of a call holds.",
                example: "{ capture: bodies, redact: [debtor.account.iban] }"),
            Key(
                "rate-limit", \.rateLimit, .block(), "How often it may be called, by all consumers together.",
                example: "{ rate: 10/s, burst: 5, wait: 1s }"),
            Key(
                "idempotency", \.idempotency, .block(), "The same key gives the same answer, and one call.",
                example: "{ key: header, keep: 24h }"),
            .later(
                "steps", .map(keys: "step names", .block(BlockReference { LaterBlocks.step })),
                "Other operations whose results are values in scope.",
                example: "{ customer: { call: crm.get-customer, with: { id: debtor.customerId } } }"),
            Key(
                "cache", \.cache, .block(), "Answers are kept for a while, and given again.",
                example: "{ ttl: 5m, key: [country], stale-if-error: 1h }"),
        ])
}

extension ParsedRequest {
    static let declaration = Block<ParsedRequest>(
        "`request`", "What is done with the consumer's request, in this order: validated, checked by rules, mapped.",
        [
            Key(
                "contract", \.contract, .contractPath,
                "What a request has to look like; it types the paths of the mapping.",
                example: "routes/acme-bank/contracts/payment-order.schema.json"),
            Key(
                "rules", \.rules, .path, "The rules that may refuse it.", example: "routes/acme-bank/limits.rules.yaml"),
            .later(
                "decide", .map(keys: "names", .contractPath), "DMN decisions whose results are values in scope.",
                example: "{ risk: routes/acme-bank/risk.dmn#RiskClass }"),
            Key(
                "map", \.map, .path, "The mapping that makes the partner's message of it.",
                example: "mappings/acme-bank/authorize.request.map.yaml"),
        ])
}

extension ParsedCall {
    static let declaration = Block<ParsedCall>(
        "`call`",
        "What is called at the partner. An operation of a WSDL or of an OpenAPI document; SOAP without a WSDL: `action` and `element`; REST without OpenAPI: `method` and `path`.",
        [
            Key(
                "operation", \.operation, .text,
                "An operation of the endpoint's contract: its name in the WSDL, its `operationId` in the OpenAPI document, or its method and path there (`GET /charges/{id}`).",
                example: "AuthorizePayment"),
            Key(
                "action", \.action, .text, "The SOAP action, where there is no WSDL.", example: "\"urn:acme:authorize\""
            ),
            Key(
                "element", \.element, .text,
                "The element in the SOAP body, with a prefix of `namespaces`, where there is no WSDL.",
                example: "\"pay:Authorize\""),
            Key("method", \.method, .method, default: "that of `accept`", "The HTTP method.", example: "POST"),
            Key(
                "path", \.path, .pathTemplate, default: "that of `url`",
                "The path behind that of `url`. Expressions stand between braces and are percent-encoded.",
                example: "\"/v2/charges/{id}\""),
            Key(
                "parameters", \.parameters, .map("names", of: .expression),
                "Path parameters of an OpenAPI operation, by their names in the contract. One that `accept` has by the same name needs no line.",
                example: "{ chargeId: request.path.paymentId }"),
            Key(
                "query", \.query, .map("parameters", of: .expression),
                "Query parameters: text or expressions; one that is null is left out.", example: "{ expand: \"all\" }"),
            Key(
                "headers", \.headers, .map("header names", of: .expression),
                "Headers: text or expressions; one that is null is left out.",
                example: "{ X-Branch: debtor.branch }"),
        ]
    ) { call, decoder in
        var isSound = true
        let soap = call.operation ?? call.action ?? call.element
        if let soap, let http = call.method?.span ?? call.path?.span {
            decoder.sink.add(
                .exclude(
                    call.operation == nil ? "a SOAP operation" : "`operation`", "a method or path", at: http,
                    other: soap.span,
                    help: call.operation == nil
                        ? "SOAP is always POST to the endpoint's URL: remove `method` and `path`"
                        : "the contract gives the operation's method and path: remove `method` and `path`"))
            isSound = false
        }
        if call.operation == nil, let first = call.parameters.first {
            decoder.sink.add(
                .exclude(
                    "`parameters`", "a call without `operation`", at: first.name.span,
                    other: call.path?.span ?? call.span.firstByte,
                    help:
                        "write the expressions into `path`, between braces; `parameters` fill the path of an operation")
            )
            isSound = false
        }
        if let operation = call.operation, let other = call.action ?? call.element {
            decoder.sink.add(
                .exclude(
                    "`operation`", "`action` or `element`", at: other.span, other: operation.span,
                    help: "the WSDL gives action and element: keep `operation` only"))
            isSound = false
        }
        for header in call.headers where !HeaderName.isValid(header.name.value) {
            decoder.sink.add(.notAHeader(header.name))
            isSound = false
        }
        for header in call.headers where HeaderName.isReserved(header.name.value) {
            decoder.sink.add(.reservedHeader(header.name))
            isSound = false
        }
        return isSound
    }
}

extension ParsedResponse {
    static let declaration = Block<ParsedResponse>(
        "`response`", "What is done with the partner's answer.",
        [
            Key(
                "status", \.status, .integer(200...299), default: "200", "The status of a mediated answer.",
                example: "201"),
            Key(
                "map", \.map, .path, "The mapping that makes the consumer's answer of it.",
                example: "mappings/acme-bank/authorize.response.map.yaml"),
            Key(
                "contract", \.contract, .contractPath, "What the consumer's answer has to look like.",
                example: "routes/acme-bank/contracts/authorization.schema.json"),
        ])
}

extension ParsedOperationAudit {
    static let declaration = Block<ParsedOperationAudit>(
        "`audit` of an operation", "What the audit record of a call holds besides times, names, sizes and outcome.",
        [
            Key(
                "capture", \.capture,
                .choice([
                    Choice("metadata", .metadata, "no bodies"),
                    Choice("bodies", .bodies, "request and answer on both sides"),
                ]),
                default: "metadata", "Whether bodies are kept, up to 16 KiB of each.", example: "bodies"),
            Key(
                "redact", \.redact, .list(.text),
                "Dotted paths of fields that are blanked out in kept bodies: the consumer's and the partner's. Names match in any case; a body that can't be read is not kept.",
                example: "[debtor.account.iban, remittance]"),
        ])
}

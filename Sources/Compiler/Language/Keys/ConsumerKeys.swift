import Diagnostics

extension ParsedConsumers {
    static let declaration = Block<ParsedConsumers>(
        "the consumers file", "The internal systems that may call, and how they prove who they are.",
        [
            Key(
                "consumers", \.consumers, .map("consumer names", of: .block(), areIdentifiers: true), isRequired: true,
                "The consumers, under the names that `allow` uses.",
                example: "{ erp: { certificate: { subject: \"CN=erp,O=Corp\" } } }")
        ])
}

extension ParsedConsumer {
    static let declaration = Block<ParsedConsumer>(
        "a consumer", "How one internal system proves who it is: by a client certificate or by a key.",
        [
            Key(
                "certificate", \.certificate, .block(),
                "A client certificate that a listener's `client-authority` vouches for.",
                example: "{ subject: \"CN=erp,O=Corp\" }"),
            Key(
                "api-key", \.apiKey, .secret, "A key, sent in the header or as `Authorization: ApiKey …`.",
                example: "\"${file:/run/secrets/billing-key}\""),
            Key(
                "header", \.header, .headerName, default: "X-API-Key", "The header of the key.",
                example: "X-Billing-Key"),
            Key(
                "anonymous", \.anonymous, .boolean, default: "false",
                "Whether callers that prove nothing are this consumer: for networks that do the proving themselves.",
                example: "true"),
            Key(
                "rate-limit", \.rateLimit, .block(), "How often it may call, all operations together.",
                example: "{ rate: 50/s, burst: 10, wait: 500ms }"),
            .later(
                "jwt", .block(BlockReference { LaterBlocks.jwt }), "A signed token.",
                example:
                    "{ issuer: \"https://id.corp.example\", audience: waybill, jwks: \"https://id.corp.example/keys\", claims: { dept: \"sales\" } }"
            ),
        ]
    ) { consumer, decoder in
        if let certificate = consumer.certificate, let key = consumer.apiKey {
            decoder.sink.add(
                .exclude(
                    "`api-key`", "`certificate`", at: key.span, other: certificate.span.firstByte,
                    help: "a consumer has one way to prove who it is: declare a second consumer for the other"))
            return false
        }
        if consumer.certificate == nil, consumer.apiKey == nil, consumer.anonymous?.value != true {
            decoder.sink.add(
                Diagnostic(
                    "WB1102", "the consumer has no way to prove who it is",
                    at: consumer.header?.span ?? consumer.span.firstByte,
                    "needs `certificate` or `api-key`",
                    help: "add `api-key: \"${env:ERP_KEY}\"` or `certificate: { subject: \"CN=erp,O=Corp\" }`"))
            return false
        }
        if let header = consumer.header, consumer.apiKey == nil {
            decoder.sink.add(.belongTogether("header", "api-key", at: header.span))
            return false
        }
        return true
    }
}

extension ParsedConsumerCertificate {
    static let declaration = Block<ParsedConsumerCertificate>(
        "`certificate` of a consumer", "Which client certificates are the consumer's.",
        [
            Key(
                "subject", \.subject, .distinguishedName, isRequired: true,
                "The certificate's subject as RFC 4514 writes it.",
                example: "\"CN=erp,O=Corp\"")
        ])
}

extension ValueType where Value == Located<String> {
    /// A subject: parts such as `CN=erp` with commas between them (RFC 4514, section 2).
    static var distinguishedName: ValueType {
        ValueType(.text) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            let isName = text.value.replacing("\\,", with: "").split(separator: ",").allSatisfy { part in
                let type = part.split(separator: "=", maxSplits: 1).first ?? ""
                return part.contains("=") && type.contains { $0.isLetter || $0.isNumber }
            }
            guard isName, !text.value.isEmpty else {
                decoder.sink.add(
                    .badFormat(
                        text, format: "a certificate's subject", key: decoder.key,
                        help:
                            "write it like `CN=erp,O=Corp`; `waybill certs list` shows the subjects of your certificates"
                    ))
                return nil
            }
            return text
        }
    }
}

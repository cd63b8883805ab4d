/// What a reference page says besides the declarations.
struct LanguagePage: Sendable {
    let kind: LanguageFile
    let name: String
    let fileName: String
    let title: String
    let introduction: String
    let example: String

    var language: String { kind == .csv ? "csv" : "yaml" }

    static let all: [LanguagePage] = [
        LanguagePage(
            kind: .route, name: "route", fileName: "routes/<partner>/<any>.route.yaml", title: "A partner",
            introduction: "One file for each partner: its endpoint, and the operations that consumers may use.",
            example: """
                partner: acme-bank
                title: Acme Bank, domestic payments
                owner: payments-integration

                endpoint:
                  url: ${var:acme-url}
                  protocol: soap-1.1
                  contract: routes/acme-bank/contracts/payments.wsdl
                  tls:
                    certificate: certs/acme-bank/client.pem
                    key: certs/acme-bank/client.key
                    authority: certs/acme-bank/ca.pem
                  timeout: { connect: 1s, response: 5s, total: 8s }

                operations:
                  authorize-payment:
                    summary: Reserve funds on the debtor's account
                    accept: POST /payments/{paymentId}/authorization
                    allow: [erp, billing]
                    request:
                      contract: routes/acme-bank/contracts/payment-order.schema.json
                      rules: routes/acme-bank/limits.rules.yaml
                      map: mappings/acme-bank/authorize.request.map.yaml
                    call: { operation: AuthorizePayment }
                    response:
                      status: 201
                      map: mappings/acme-bank/authorize.response.map.yaml
                      contract: routes/acme-bank/contracts/authorization.schema.json
                    errors: mappings/acme-bank/errors.yaml
                """),
        LanguagePage(
            kind: .mapping, name: "mapping", fileName: "mappings/<partner>/<any>.map.yaml", title: "A mapping",
            introduction: """
                How one message is made of another: one row for each field of the target, so that a pull request shows which field
                changed. Quoted is text, anything else is FEEL. In scope: the body's own fields (also as `body`), `request`
                (`method`, `path`, `query`, `headers`, and in a response mapping `body`), `response` (`status`, `headers`),
                `consumer`, `correlation`, tables as functions, and FEEL's own functions.
                """,
            example: """
                from: routes/acme-bank/contracts/payment-order.schema.json
                to: routes/acme-bank/contracts/payments.wsdl#AuthorizePayment
                tables: { alpha3: mappings/tables/country-alpha3.csv }
                rows:
                  MessageId:                correlation.id
                  PaymentId:                request.path.paymentId
                  Channel:                  "WEB"
                  Debtor.Name:              debtor.name
                  Debtor.Country:           alpha3(debtor.country)
                  Amount:                   amount.value
                  Amount.@currency:         amount.currency
                  Purpose:                  if purpose = "salary" then "SALA" else "OTHR"
                  Remittance.Line[]:
                    each: remittance
                    rows:
                      Seq:  index
                      Text: { from: item.text, truncate: 35 }
                  Debtor.Phone:             { from: debtor.phone, when: debtor.phone != null }
                """),
        LanguagePage(
            kind: .errors, name: "errors", fileName: "mappings/<partner>/errors.yaml", title: "An error table",
            introduction: """
                What consumers are told when a partner fails. The first row that matches decides. Also `<any>.errors.yaml`.
                """,
            example: """
                partner-code: Result.Code
                success: ["00"]
                errors:
                  - { fault: "Client.Auth*",   status: 502, code: partner-refused-us,  retry: never, title: "Partner rejected our credentials" }
                  - { partner: ["51", "61"],   status: 409, code: insufficient-funds,  retry: never, detail: Result.Text }
                  - { http: 429,               status: 503, code: partner-busy,        retry: later }
                  - { http: 5xx,               status: 502, code: partner-unavailable, retry: safe }
                  - { transport: timeout,      status: 504, code: partner-timeout,     retry: safe }
                  - when: Result.Code = "05" and amount.value > 1000
                    status: 409
                    code: refer-to-issuer
                    retry: never
                  - { otherwise: true,         status: 502, code: partner-error,       retry: never }
                """),
        LanguagePage(
            kind: .rules, name: "rules", fileName: "routes/<partner>/<any>.rules.yaml", title: "Rules",
            introduction: "When requests are refused before the partner hears of them.",
            example: """
                rules:
                  - name: SEPA limit
                    when: amount.currency = "EUR" and amount.value > 15000
                    reject: { status: 422, code: amount-over-limit, detail: "SEPA payments are limited to 15 000 EUR" }
                """),
        LanguagePage(
            kind: .table, name: "table", fileName: "mappings/tables/<any>.table.yaml", title: "A code list",
            introduction: "A table that a mapping names under `tables` and uses as a function.",
            example: """
                title: ISO 3166 country codes, two letters to three
                rows:
                  DE: DEU
                  FR: FRA
                """),
        LanguagePage(
            kind: .csv, name: "csv", fileName: "mappings/tables/<any>.csv", title: "A code list as CSV",
            introduction: """
                Two columns by RFC 4180: the code, and what stands for it. A first line `from,to` or `key,value`, or one that begins
                with `#`, is a header. Cells with a comma or a quote stand in quotes.
                """,
            example: """
                from,to
                DE,DEU
                FR,FRA
                """),
        LanguagePage(
            kind: .consumers, name: "consumers", fileName: "routes/consumers.yaml", title: "Consumers",
            introduction: "The internal systems that may call, and how they prove who they are.",
            example: """
                consumers:
                  erp:     { certificate: { subject: "CN=erp,O=Corp" } }
                  billing: { api-key: "${file:/run/secrets/billing-key}" }
                """),
        LanguagePage(
            kind: .gateway, name: "gateway", fileName: "routes/gateway.yaml", title: "Gateway settings",
            introduction: "What platform teams set. The file may be left out.",
            example: """
                listen:
                  - address: 0.0.0.0:8080
                  - address: 0.0.0.0:8443
                    tls:
                      certificate: certs/gateway/server.pem
                      key: certs/gateway/server.key
                      client-authority: certs/gateway/clients.pem
                admin:   { address: 127.0.0.1:9090 }
                limits:  { header: 16KiB, body: 1MiB, connections: 10000, depth: 64 }
                audit:   { file: { path: audit/, rotate: 256MiB } }
                reload:  { watch: true, debounce: 100ms }
                """),
        LanguagePage(
            kind: .environment, name: "environment", fileName: "routes/environments/<name>.yaml",
            title: "An environment",
            introduction: """
                What differs per environment: a name and a value for each `${var:name}`. `--environment <name>` chooses one; every
                environment has to give every variable. The author chooses the names.
                """,
            example: """
                acme-url: https://sandbox.acme-bank.example/payments
                acme-timeout: 10s
                """),
        LanguagePage(
            kind: .tests, name: "tests", fileName: "routes/<partner>/<any>.test.yaml", title: "Examples",
            introduction: "Examples that must hold. `waybill mock` answers with the partner's replies.",
            example: """
                tests:
                  - name: a card in order
                    call: authorize-payment
                    as: erp
                    send: { path: { paymentId: "P-1" }, body: { amount: { value: 12.50, currency: EUR } } }
                    partner:
                      expects: { Amount: 12.50 }
                      replies: { status: 200, body: { Result: { Code: "00" } } }
                    expect: { status: 201, body: { state: "authorized" } }
                """),
    ]

    static let valuesIntroduction = """
        Where text or an expression is expected, a quoted value (`"EUR"`) is text and anything else is FEEL (`amount.currency`,
        `12.50`, `true`). A list in such a place is a list of such values. Everywhere else quotes make no difference.

        `${var:name}` puts in the value that the chosen environment gives, in any value that is not FEEL. `${env:NAME}` and
        `${file:/path}` refer to secrets and stand only where secrets do; a secret is never written in a file. `$${` is a plain `${`.
        """

    static let values: [(String, String)] = [
        ("text", "`Acme Bank`, `\"007\"`"),
        ("an identifier", "`acme-bank`: letters, digits, `-` and `_`, beginning with a letter or digit, at most 64"),
        ("`true` or `false`", "as they are; `yes`, `no`, `on`, `off` are refused"),
        ("a duration", "`100ms`, `5s`, `1m30s`, `24h`, `7d`; the units are `us`, `ms`, `s`, `m`, `h`, `d`"),
        ("a range of durations", "`100ms..2s`"),
        ("a size", "`512B`, `16KiB`, `1MiB`, `2GiB`; a number without a unit counts bytes"),
        ("a rate", "`100/s`, `30/m`, `5/10s`"),
        ("a percentage", "`20%`"),
        ("a path", "`certs/acme-bank/client.pem`: relative to the workspace, without `..`"),
        (
            "a path to a contract",
            "`routes/acme-bank/contracts/payments.wsdl#AuthorizePayment`: a path, and after `#` the part that is meant"
        ),
        ("a URL", "`https://api.acme-bank.example/v2`: without credentials, query and fragment"),
        ("an address", "`0.0.0.0:8080`, `[::1]:9090`"),
        (
            "a secret reference",
            "`${env:ACME_PASSWORD}`, `${file:/run/secrets/acme}`; `${vault:…}` is not available in this version"
        ),
        ("an HTTP status", "`429`, or a class: `5xx`"),
        ("a pin", "`sha256/` and the Base64 of the SHA-256 of a subject public key (RFC 7469, section 2.4)"),
        ("a method and a path", "`POST /payments/{paymentId}/authorization`"),
        ("a path with `{expressions}`", "`/v2/charges/{charge.id}`; values are percent-encoded"),
    ]
}

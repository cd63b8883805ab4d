import Diagnostics

extension ParsedMapping {
    static let declaration = Block<ParsedMapping>(
        "a mapping", "How one message is made of another: one row for each field of the target.",
        [
            Key(
                "from", \.from, .contractPath, "The contract of what is read; it types the paths.",
                example: "routes/acme-bank/contracts/payment-order.schema.json"),
            Key(
                "to", \.to, .contractPath, "The contract of what is written; it gives order, namespaces and types.",
                example: "routes/acme-bank/contracts/payments.wsdl#AuthorizePayment"),
            Key(
                "tables", \.tables, .map("names", of: .path, areIdentifiers: true),
                "Code lists, used as functions: `alpha3(x)` and `alpha3.reverse(x)`.",
                example: "{ alpha3: mappings/tables/country-alpha3.csv }"),
            Key(
                "rows", \.rows, .rows, isRequired: true,
                "Target path to value. Quoted is text, anything else is FEEL. Attributes are `\"@name\"`; lists end with `[]`. A row whose value is null writes nothing.",
                example: "Debtor.Name: debtor.name\nChannel: \"WEB\""),
        ])
}

extension ParsedRowBlock {
    static let declaration = Block<ParsedRowBlock>(
        "a mapping row", "A row that is spelled out.",
        [
            Key("from", \.from, .expression, "The value.", example: "debtor.name"),
            Key("default", \.default, .expression, "Takes the place of null.", example: "\"unknown\""),
            Key(
                "truncate", \.truncate, .integer(1...1_000_000), "Characters at most; the rest is cut off.",
                example: "35"),
            Key(
                "when", \.when, .expression, "The row is written only when this holds.", example: "debtor.phone != null"
            ),
            Key("note", \.note, .text, "Why it is so, for the next reader.", example: "agreed with Acme on 3 May"),
            Key(
                "otherwise", \.otherwise,
                .choice([Choice("fail", .fail, "the request is refused with 422, which names the row")]),
                "What happens to a value that does not fit the target's contract.", example: "fail"),
            Key(
                "each", \.each, .expression,
                "A list: `from` or `rows` is written once for each of its items, with `item` and `index` in scope.",
                example: "remittance"),
            Key("rows", \.rows, .rows, "The rows of one item.", example: "{ Text: item.text }"),
        ]
    ) { row, decoder in
        if row.each != nil, row.from == nil, row.rows.isEmpty {
            decoder.sink.add(.belongTogether("each", "rows", at: row.each?.span ?? row.span.firstByte))
            return false
        }
        if let first = row.rows.first, row.each == nil {
            decoder.sink.add(.belongTogether("rows", "each", at: first.target.span))
            return false
        }
        if let from = row.from, let first = row.rows.first {
            decoder.sink.add(
                .exclude(
                    "`rows`", "`from`", at: from.span, other: first.target.span,
                    help: "an item is either one value, `from`, or a group of fields, `rows`"))
            return false
        }
        if row.each == nil, row.from == nil, row.default == nil {
            decoder.sink.add(
                Diagnostic(
                    "WB1102", "`from` is missing in a mapping row", at: row.span.firstByte, "needs a value",
                    help: "add `from: debtor.name`"))
            return false
        }
        return true
    }
}

extension ParsedTableFile {
    static let declaration = Block<ParsedTableFile>(
        "a code list", "A table that mappings use as a function.",
        [
            Key("title", \.title, .text, "What it holds.", example: "ISO 3166 country codes, two letters to three"),
            Key(
                "rows", \.rows, .map("codes", of: .text), isRequired: true, "Code to value, both text.",
                example: "DE: DEU\nFR: FRA"),
        ])
}
